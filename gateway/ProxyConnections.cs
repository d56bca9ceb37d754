using System.Buffers;
using System.Net;
using CompatBot.Gateway.Config;
using CompatBot.Protocols.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace CompatBot.Gateway;

/// <summary>
/// Connections of proxies in front begin with the PROXY header, in clear and before TLS; from there on they are the client's. One without
/// it is dropped, for its client could pretend to be anybody; and so is nothing that comes from elsewhere, where the header is no header.
/// </summary>
internal sealed class ProxyConnections(IReadOnlyList<IPNetwork> proxies, TimeSpan within, TimeProvider time)
{
    private static readonly TimeSpan HeaderWithin = TimeSpan.FromSeconds(10);

    /// <summary>Has a port look for the header, where there are proxies.</summary>
    public static void Expect(ListenOptions listen, ServeOptions options, TimeProvider time)
    {
        if (options.Proxies is not { Count: > 0 } proxies) return;
        var connections = new ProxyConnections(proxies, HeaderWithin, time);
        listen.Use(next => connection => connections.RunAsync(connection, next));
    }

    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (connection.RemoteEndPoint is not IPEndPoint { Address: var address } || !Contains(address))
        {
            await next(connection);
            return;
        }

        try
        {
            using var late = new CancellationTokenSource(within, time);
            while (true)
            {
                var read = await connection.Transport.Input.ReadAsync(late.Token);
                var head = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, ProxyHeader.BinaryBytesMax));
                var status = ProxyHeader.Read(head.IsSingleSegment ? head.FirstSpan : head.ToArray(), out var length, out var client);
                if (status == ProxyRead.Done)
                {
                    connection.Transport.Input.AdvanceTo(read.Buffer.GetPosition(length));
                    if (client is not null) connection.RemoteEndPoint = client;
                    break;
                }

                connection.Transport.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (status == ProxyRead.Malformed || read.IsCompleted) return;
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or ConnectionResetException)
        {
            return; // It said nothing, or is gone.
        }

        await next(connection);
    }

    private bool Contains(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return proxies.Any(network => network.Contains(plain));
    }
}
