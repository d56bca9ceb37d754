using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace CompatBot.Gateway;

/// <summary>
/// Gives back the part of the stacks that the thread pool's threads do not use. What calls left there stays readable for as long as
/// the threads idle: not only locals, but the vector registers that the system saves there whenever the runtime interrupts a thread,
/// and those hold what was last copied or searched.
/// </summary>
public static unsafe partial class StackSweep
{
    /// <summary>Bytes below the caller's frame; deeper than any call of ours.</summary>
    public const int SweptBytes = 512 << 10;

    private const int DontNeed = 4;

    /// <summary>How long threads wait for each other; one that is busy is left out.</summary>
    private static readonly TimeSpan MeetingTimeout = TimeSpan.FromMilliseconds(200);

    /// <summary>Sweeps the caller's stack and, as far as they are free, those of all the pool's threads.</summary>
    public static void Run()
    {
        Sweep();
        var others = ThreadPool.ThreadCount - 1;
        if (others < 1) return;
        var meeting = new Meeting(others);
        for (var i = 0; i < others; i++) ThreadPool.UnsafeQueueUserWorkItem(static one => one.Attend(), meeting, preferLocal: false);
        meeting.Close(MeetingTimeout);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Sweep()
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
