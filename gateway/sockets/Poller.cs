using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace CompatBot.Gateway.Sockets;

/// <summary>
/// One thread that waits for sockets to be ready (epoll(7)), each of them only while somebody waits for it: a connection whose thread
/// takes what comes by itself wakes nobody else.
/// </summary>
internal sealed partial class Poller : IDisposable
{
    public const uint Readable = 0x001;
    public const uint Writable = 0x004;
    public const uint Failed = 0x008;
    public const uint HungUp = 0x010;
    public const uint PeerFinished = 0x2000;

    private const uint OneShot = 1u << 30;
    private const int Add = 1;
    private const int Modify = 3;
    private const int CloseOnExec = 0x80000;
    private const int EventsMax = 256;
    private const int Interrupted = 4;

    /// <summary>What the kernel says when the poller shall end.</summary>
    private const long Stopping = 0;

    // struct epoll_event is packed on x64 only.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventBytes = DataOffset + sizeof(long);

    private readonly int _epoll;
    private readonly int _stop;
    private readonly Thread _thread;
    private readonly ConcurrentDictionary<long, PolledSocket> _sockets = new();
    private long _last = Stopping;

    /// <exception cref="IOException">The system has no such file descriptors left.</exception>
    public Poller()
    {
        _epoll = Demand(EpollCreate(CloseOnExec));
        _stop = Demand(EventFile(0, CloseOnExec));
        Control(Add, _stop, Readable, Stopping);
        _thread = new Thread(Loop) { IsBackground = true, Name = "sockets" };
        _thread.Start();
    }

    /// <returns>A number for a socket that will be waited for.</returns>
    public long Enter(PolledSocket socket)
    {
        var number = Interlocked.Increment(ref _last);
        _sockets[number] = socket;
        return number;
    }

    /// <summary>The socket is about to be closed, which takes it out of the kernel's list.</summary>
    public void Leave(long number) => _sockets.TryRemove(number, out _);

    /// <summary>Has the socket told once, of the next of these events.</summary>
    public void Wait(int file, uint events, long number, bool isKnown) => Control(isKnown ? Modify : Add, file, events | OneShot, number);

    public void Dispose()
    {
        var one = 1L;
        _ = WriteFile(_stop, ref one, sizeof(long));
        _thread.Join();
        _ = CloseFile(_stop);
        _ = CloseFile(_epoll);
    }

    private void Loop()
    {
        Span<byte> events = stackalloc byte[EventsMax * EventBytes];
        while (true)
        {
            var count = EpollWait(_epoll, ref MemoryMarshal.GetReference(events), EventsMax, -1);
            if (count < 0 && Marshal.GetLastPInvokeError() != Interrupted) throw Error();
            for (var i = 0; i < count; i++)
            {
                var one = events.Slice(i * EventBytes, EventBytes);
                var number = MemoryMarshal.Read<long>(one[DataOffset..]);
                if (number == Stopping) return;
                if (_sockets.TryGetValue(number, out var socket)) socket.Tell(MemoryMarshal.Read<uint>(one));
            }
        }
    }

    private void Control(int operation, int file, uint events, long number)
    {
        Span<byte> one = stackalloc byte[EventBytes];
        one.Clear();
        MemoryMarshal.Write(one, events);
        MemoryMarshal.Write(one[DataOffset..], number);
        Demand(EpollControl(_epoll, operation, file, ref MemoryMarshal.GetReference(one)));
    }

    private static int Demand(int result) => result >= 0 ? result : throw Error();

    private static IOException Error() => new(Marshal.GetLastPInvokeErrorMessage());

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int EpollControl(int epoll, int operation, int file, ref byte one);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int EpollWait(int epoll, ref byte events, int count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFile(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteFile(int file, ref long value, nint count);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseFile(int file);
}
