using System.Net;
using System.Net.Sockets;

namespace CompatBot.Protocols.Ftp.Data;

/// <summary>
/// Where one data connection will come from, or is to be made to: used once. Only the host of the control connection may be at its other
/// end, so that nobody is attacked through this server (RFC 2577 section 3) and nobody takes another's data.
/// </summary>
internal sealed class DataPort : IDisposable
{
    private const int PortMin = 1024;

    private readonly IPAddress _peer;
    private readonly TcpListener? _listener;
    private readonly IPEndPoint? _target;

    private DataPort(IPAddress peer, TcpListener? listener, IPEndPoint? target) => (_peer, _listener, _target) = (peer, listener, target);

    /// <summary>The port that a passive one listens on.</summary>
    public int Number => ((IPEndPoint)_listener!.LocalEndpoint).Port;

    /// <summary>Listens; null when every port of the range is taken, or no file can be opened.</summary>
    public static DataPort? Listen(IPAddress peer, IPAddress local, (int First, int Last)? range)
    {
        var (first, count) = range is var (from, to) ? (from, to - from + 1) : (0, 1);
        var begin = Random.Shared.Next(count);
        for (var i = 0; i < count; i++)
        {
            TcpListener? listener = null;
            try
            {
                listener = new TcpListener(local, range is null ? 0 : first + ((begin + i) % count));
                listener.Start(backlog: 1);
                return new DataPort(peer, listener, null);
            }
            catch (SocketException)
            {
                listener?.Dispose(); // Null: as many files are open as may be.
            }
        }

        return null;
    }

    /// <summary>PORT and EPRT; null when it is not a port of the client itself that a user's program may have.</summary>
    public static DataPort? Connect(IPAddress peer, IPEndPoint target) =>
        target.Address.Equals(peer) && target.Port >= PortMin ? new DataPort(peer, null, target) : null;

    /// <summary>Takes or makes the connection.</summary>
    /// <exception cref="IOException">It does not come.</exception>
    public async ValueTask<Socket> OpenAsync(CancellationToken cancellation)
    {
        try
        {
            if (_target is not null)
            {
                var made = new Socket(_target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    await made.ConnectAsync(_target, cancellation);
                    return made;
                }
                catch
                {
                    made.Dispose();
                    throw;
                }
            }

            while (true)
            {
                var taken = await _listener!.AcceptSocketAsync(cancellation);
                var remote = ((IPEndPoint)taken.RemoteEndPoint!).Address;
                if ((remote.IsIPv4MappedToIPv6 ? remote.MapToIPv4() : remote).Equals(_peer))
                {
                    _listener.Dispose(); // Nobody else is to come.
                    return taken;
                }

                taken.Dispose(); // A stranger.
            }
        }
        catch (SocketException error)
        {
            throw new IOException("No data connection", error);
        }
    }

    public void Dispose() => _listener?.Dispose();
}
