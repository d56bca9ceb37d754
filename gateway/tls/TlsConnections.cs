using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using CompatBot.Gateway.Http;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Tls;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace CompatBot.Gateway.Tls;

/// <summary>TLS under HTTP, by the same layer as under every other protocol.</summary>
internal sealed class TlsConnections(TlsSettings tls, TimeSpan within, TimeProvider time)
{
    /// <summary>Has every connection of a port begin with a handshake.</summary>
    public static void Expect(ListenOptions listen, TlsSettings tls, TimeProvider time)
    {
        var connections = new TlsConnections(tls, HttpLimits.HandshakeTimeout, time);
        listen.Use(next => connection => connections.RunAsync(connection, next));
    }

    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (await AcceptAsync(connection) is not { } layer) return;
        var below = connection.Transport;
        var agreement = new Agreement(layer.Stream);
        connection.Features.Set<ITlsConnectionFeature>(agreement);
        connection.Features.Set<ITlsHandshakeFeature>(agreement);
        connection.Features.Set<ITlsApplicationProtocolFeature>(agreement);
        try
        {
            connection.Transport = layer;
            await next(connection);
            await layer.ShutdownAsync();
        }
        catch (IOException)
        {
            // The client is gone.
        }
        finally
        {
            connection.Transport = below;
            await layer.DisposeAsync();
        }
    }

    /// <returns>Null: it came to nothing.</returns>
    private async ValueTask<TlsLayer?> AcceptAsync(ConnectionContext connection)
    {
        using var late = new CancellationTokenSource(within, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(late.Token, connection.ConnectionClosed);
        try
        {
            return await TlsLayer.AcceptAsync(connection.Transport, tls.HttpOptions, ClearingMemoryPool.Sockets, limit.Token);
        }
        catch (Exception error) when (error is AuthenticationException or IOException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>What Kestrel asks for: that there is TLS, its version, and which HTTP it carries. Clients show no certificates.</summary>
    private sealed class Agreement(SslStream stream) : ITlsConnectionFeature, ITlsHandshakeFeature, ITlsApplicationProtocolFeature
    {
        public X509Certificate2? ClientCertificate { get; set; }

        public SslProtocols Protocol => stream.SslProtocol;

        public TlsCipherSuite? NegotiatedCipherSuite => stream.NegotiatedCipherSuite;

#pragma warning disable SYSLIB0058 // The interface still has what NegotiatedCipherSuite took the place of.
        CipherAlgorithmType ITlsHandshakeFeature.CipherAlgorithm => CipherAlgorithmType.None;

        int ITlsHandshakeFeature.CipherStrength => 0;

        HashAlgorithmType ITlsHandshakeFeature.HashAlgorithm => HashAlgorithmType.None;

        int ITlsHandshakeFeature.HashStrength => 0;

        ExchangeAlgorithmType ITlsHandshakeFeature.KeyExchangeAlgorithm => ExchangeAlgorithmType.None;

        int ITlsHandshakeFeature.KeyExchangeStrength => 0;
#pragma warning restore SYSLIB0058

        public ReadOnlyMemory<byte> ApplicationProtocol => stream.NegotiatedApplicationProtocol.Protocol;

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult(ClientCertificate);
    }
}
