using System.Net;
using System.Net.Sockets;
using CompatBot.Protocols.Net.Dns;

namespace CompatBot.Protocols.Smtp.Relay;

/// <summary>Connects to the first of several addresses that answers: each starts a little behind the last (RFC 8305 section 5).</summary>
internal static class RelayRace
{
    private static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(250);

    /// <param name="ends">At least one, the preferred first.</param>
    /// <returns>The connection, and which of the addresses it goes to.</returns>
    /// <exception cref="SocketException">Of the last one to fail; none answers.</exception>
    public static async Task<(Socket Socket, IPEndPoint End)> ConnectAsync(IReadOnlyList<IPEndPoint> ends, CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        List<Task<(Socket Socket, IPEndPoint End)>> running = [];
        Task<(Socket Socket, IPEndPoint End)>? won = null, failed = null;
        for (var next = 0; won is null && (next < ends.Count || running.Count > 0);)
        {
            if (next < ends.Count) running.Add(OneAsync(ends[next++], over.Token));
            var pause = next < ends.Count ? Task.Delay(Stagger, over.Token) : null;
            var first = await Task.WhenAny(pause is null ? running : [.. running, pause]);
            if (first == pause) continue;
            var done = (Task<(Socket Socket, IPEndPoint End)>)first;
            running.Remove(done);
            if (done.IsCompletedSuccessfully) won = done;
            else failed = done;
        }

        await over.CancelAsync();
        foreach (var late in running) _ = DropAsync(late);
        return await (won ?? failed!);
    }

    /// <summary>Connects to a web server by the names that the relay knows: for HttpClient.</summary>
    /// <param name="may">Which addresses may be reached.</param>
    /// <exception cref="SocketException">It has none of them, or none answers.</exception>
    public static async ValueTask<Stream> OpenAsync(
        IDnsResolver resolver, DnsEndPoint end, Func<IPAddress, bool> may, CancellationToken cancellation)
    {
        var four = await resolver.QueryAsync(end.Host, DnsType.A, cancellation);
        var six = await resolver.QueryAsync(end.Host, DnsType.Aaaa, cancellation);
        List<IPEndPoint> ends = [.. four.Addresses.Concat(six.Addresses).Where(may).Select(address => new IPEndPoint(address, end.Port))];
        if (ends.Count == 0) throw new SocketException((int)SocketError.HostNotFound);
        return new NetworkStream((await ConnectAsync(ends, cancellation)).Socket, ownsSocket: true);
    }

    private static async Task DropAsync(Task<(Socket Socket, IPEndPoint End)> late)
    {
        try
        {
            (await late).Socket.Dispose();
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            // It has no connection to drop.
        }
    }

    private static async Task<(Socket Socket, IPEndPoint End)> OneAsync(IPEndPoint end, CancellationToken cancellation)
    {
        var socket = new Socket(end.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(end, cancellation);
            return (socket, end);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
