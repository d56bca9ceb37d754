using System.Diagnostics;
using System.Net.Sockets;

namespace CompatBot.Protocols.Net;

/// <summary>
/// Waits a moment for what a client says next, if it left less time than that before: the thread that answered has it at once then.
/// Otherwise a thread that watches sockets wakes one of the pool's, and that takes as long as answering.
/// </summary>
/// <param name="isHurried">Whether the first is waited for.</param>
public struct NextMoment(bool isHurried)
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    /// <summary>Threads that may wait at the same time. The pool has as many more than it would have.</summary>
    private static readonly int WaitingMax = Environment.ProcessorCount;

    private static int _waiting;

    private long _since;
    private bool _isHurried = isHurried;

    /// <summary>Lets the pool have threads for those that wait.</summary>
    public static void Prepare()
    {
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(workers + WaitingMax, ports);
    }

    /// <summary>What came is passed on; from now on the client is waited for.</summary>
    /// <returns>Whether the socket can be read already.</returns>
    public bool Wait(Socket socket)
    {
        _since = Stopwatch.GetTimestamp();
        if (!_isHurried) return false;
        var isReady = false;
        if (Interlocked.Increment(ref _waiting) <= WaitingMax) isReady = socket.Poll(Moment, SelectMode.SelectRead);
        Interlocked.Decrement(ref _waiting);
        return isReady;
    }

    /// <summary>Something came.</summary>
    public void Came() => _isHurried = Stopwatch.GetElapsedTime(_since) <= Moment;
}
