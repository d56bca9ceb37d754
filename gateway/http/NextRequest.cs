using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace CompatBot.Gateway.Http;

/// <summary>
/// Waits a moment for the next request of a client that asks one after the other: the thread that answered has it at once then. Otherwise
/// it comes by the thread that watches all sockets, which wakes one of the pool's, and that takes as long as answering.
/// </summary>
internal static class NextRequest
{
    /// <summary>How long a thread waits, and only for who left less time between the last answer and this request.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    /// <summary>Threads that may wait at the same time. The pool has as many more than it would have.</summary>
    private static readonly int WaitingMax = Environment.ProcessorCount;

    private static int _waiting;

    /// <summary>Lets the pool have threads for those that wait.</summary>
    public static void Prepare()
    {
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(workers + WaitingMax, ports);
    }

    /// <summary>Measures the pace of a connection.</summary>
    public static ConnectionDelegate Pace(ConnectionDelegate next) => connection =>
    {
        connection.Features.Set(new ConnectionPace());
        return next(connection);
    };

    /// <summary>Runs a request, and waits for the next one where that will come on this thread.</summary>
    public static async Task RunAsync(HttpContext context, Func<HttpContext, Task> answerAsync, TimeProvider time)
    {
        var pace = context.Features.Get<ConnectionPace>();
        var isHurried = pace is not null && time.GetElapsedTime(pace.Answered) <= Moment;
        var answer = answerAsync(context);
        var isHere = answer.IsCompletedSuccessfully; // Else another thread is on the way to read what comes.
        await answer;
        if (pace is null) return;
        var waits = isHurried && isHere && HttpProtocol.IsHttp11(context.Request.Protocol);
        if (waits) await context.Response.CompleteAsync(); // Nobody waits for what is not sent.
        pace.Answered = time.GetTimestamp();
        if (waits && context.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket) Wait(socket);
    }

    private static void Wait(Socket socket)
    {
        if (Interlocked.Increment(ref _waiting) <= WaitingMax) socket.Poll(Moment, SelectMode.SelectRead);
        Interlocked.Decrement(ref _waiting);
    }

    /// <summary>When a connection was answered last.</summary>
    private sealed class ConnectionPace
    {
        public long Answered { get; set; }
    }
}
