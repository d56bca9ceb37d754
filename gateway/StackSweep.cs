using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace CompatBot.Gateway;

/// <summary>
/// Gives back the part of the stacks that the thread pool's threads do not use, and overwrites the small blocks of native memory that
/// they freed. What calls left on a stack stays readable for as long as the thread idles: not only locals, but the vector registers
/// that the system saves there whenever the runtime interrupts a thread, and those hold what was last copied or searched. Small freed
/// blocks wait in a cache of their thread, where the C library's own overwriting (M_PERTURB) does not reach.
/// </summary>
public static unsafe partial class StackSweep
{
    /// <summary>Bytes below the caller's frame; deeper than any call of ours.</summary>
    public const int SweptBytes = 512 << 10;

    private const int DontNeed = 4;

    /// <summary>Blocks of one size that the C library's cache of a thread holds at most (glibc.malloc.tcache_count).</summary>
    private const int CachedBlocksMax = 7;

    /// <summary>Bytes of the smallest and the largest cached block, and from one size to the next.</summary>
    private const int CachedBytesMin = 24, CachedBytesMax = 1032, CachedBytesStep = 16;

    /// <summary>How long threads wait for each other; one that is busy is left out.</summary>
    private static readonly TimeSpan MeetingTimeout = TimeSpan.FromMilliseconds(200);

    /// <summary>Sweeps the caller's stack and, as far as they are free, those of all the pool's threads.</summary>
    public static void Run()
    {
        Sweep();
        var others = ThreadPool.ThreadCount - 1;
        if (others < 1) return;

        // The pool wakes no more threads than it means to use now: those of a busier time would sleep through the meeting.
        ThreadPool.GetMinThreads(out var workers, out var ports);
        var raised = workers <= others && ThreadPool.SetMinThreads(others + 1, ports);
        var meeting = new Meeting(others);
        for (var i = 0; i < others; i++) ThreadPool.UnsafeQueueUserWorkItem(static one => one.Attend(), meeting, preferLocal: false);
        meeting.Close(MeetingTimeout);
        if (raised) ThreadPool.SetMinThreads(workers, ports);
    }

    private static void Sweep()
    {
        SweepCachedBlocks();
        SweepStack();
    }

    /// <summary>Takes every block out of the thread's cache, clears it and puts it back.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void SweepCachedBlocks()
    {
        var blocks = stackalloc void*[CachedBlocksMax];
        for (nuint bytes = CachedBytesMin; bytes <= CachedBytesMax; bytes += CachedBytesStep)
        {
            for (var i = 0; i < CachedBlocksMax; i++)
            {
                blocks[i] = NativeMemory.Alloc(bytes);
                NativeMemory.Clear(blocks[i], bytes);
            }

            for (var i = 0; i < CachedBlocksMax; i++) NativeMemory.Free(blocks[i]);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void SweepStack()
    {
        Span<byte> unused = stackalloc byte[SweptBytes];
        CryptographicOperations.ZeroMemory(unused);
        if (!OperatingSystem.IsLinux()) return;
        fixed (byte* start = unused)
        {
            // Whole pages go back to the system and come again as zeros.
            var page = (nuint)Environment.SystemPageSize;
            var first = ((nuint)start + page - 1) & ~(page - 1);
            var end = ((nuint)start + SweptBytes) & ~(page - 1);
            _ = madvise((void*)first, end - first, DontNeed); // Refused: then they are zeros all the same.
        }
    }

    [LibraryImport("libc")]
    private static partial int madvise(void* address, nuint length, int advice);

    /// <summary>Holds each thread until all have come, so that none sweeps twice in place of another.</summary>
    private sealed class Meeting(int expected)
    {
        private readonly Lock _lock = new();
        private readonly ManualResetEventSlim _over = new();
        private int _left = expected;
        private bool _closed;

        public void Attend()
        {
            lock (_lock)
            {
                if (_closed) return;
                if (--_left == 0) _over.Set();
            }

            Sweep();
            _over.Wait();
        }

        public void Close(TimeSpan timeout)
        {
            _over.Wait(timeout);
            lock (_lock) _closed = true;
            _over.Set();
        }
    }
}
