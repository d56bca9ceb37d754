using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace CompatBot.Gateway.Sockets;

/// <param name="Pool">Where buffers come from.</param>
/// <param name="ReadBufferBytesMax">Bytes of a connection that are read ahead of its handler.</param>
/// <param name="WriteBufferBytesMax">Bytes that wait for the client before the handler must wait too.</param>
/// <param name="StallTimeout">At its end, what waits for a client that takes nothing of it for so long is dropped.</param>
internal sealed record SocketLimits(MemoryPool<byte> Pool, long ReadBufferBytesMax, long WriteBufferBytesMax, TimeSpan StallTimeout);

/// <summary>The TCP ports of all protocols, on Linux: Kestrel takes connections from here.</summary>
internal sealed class SocketTransport(SocketLimits limits, TimeProvider time) : IConnectionListenerFactory, IDisposable
{
    private readonly Poller _poller = new();

    /// <exception cref="AddressInUseException">Somebody else listens there.</exception>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket? socket = null;
        try
        {
            socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            socket.Listen();
        }
        catch (SocketException error)
        {
            socket?.Dispose();
            throw error.SocketErrorCode == SocketError.AddressAlreadyInUse ? new AddressInUseException(error.Message, error) : error;
        }

        return new(new Listener(socket, _poller, limits, time));
    }

    public void Dispose() => _poller.Dispose();

    private sealed class Listener(Socket socket, Poller poller, SocketLimits limits, TimeProvider time) : IConnectionListener
    {
        private static readonly TimeSpan FullDelay = TimeSpan.FromMilliseconds(50);

        public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (true)
            {
                Socket accepted;
                try
                {
                    accepted = await socket.AcceptAsync(cancellationToken);
                }
                catch (ObjectDisposedException)
                {
                    return null;
                }
                catch (SocketException error) when (error.SocketErrorCode == SocketError.OperationAborted)
                {
                    return null;
                }
                catch (SocketException error)
                {
                    // The client gave up before it was taken; or the process may open no more files, which time heals.
                    if (error.SocketErrorCode == SocketError.TooManyOpenSockets) await Task.Delay(FullDelay, time, cancellationToken);
                    continue;
                }

                try
                {
                    (accepted.NoDelay, accepted.Blocking) = (true, false);
                    var connection = new SocketConnection(accepted, poller, limits, time);
                    connection.Start();
                    return connection;
                }
                catch (SocketException)
                {
                    accepted.Dispose(); // The same, a moment later.
                }
            }
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            socket.Dispose();
            return default;
        }

        public ValueTask DisposeAsync() => UnbindAsync();
    }
}
