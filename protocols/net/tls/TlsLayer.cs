using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;

namespace CompatBot.Protocols.Net.Tls;

/// <summary>TLS, as the server, over the two pipes of a connection: two pipes again, in clear. An idle one holds no buffer.</summary>
public sealed class TlsLayer : IDuplexPipe, IAsyncDisposable
{
    private TlsLayer(SslStream stream, ClearingMemoryPool pool)
    {
        TlsBuffers.ReleaseWhenEmpty(stream);
        Stream = stream;
        Input = PipeReader.Create(stream, new StreamPipeReaderOptions(pool, pool.MaxBufferSize, leaveOpen: true, useZeroByteReads: true));
        Output = PipeWriter.Create(stream, new StreamPipeWriterOptions(pool, pool.MaxBufferSize, leaveOpen: true));
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    /// <summary>Knows what the handshake agreed on; only the pipes read and write it.</summary>
    public SslStream Stream { get; }

    /// <summary>The handshake.</summary>
    /// <param name="below">The connection's pipes, which stay open.</param>
    /// <param name="options">Certificate and versions.</param>
    /// <param name="pool">Rented from only while octets are there.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="AuthenticationException">The client asks for what is not offered, or speaks no TLS.</exception>
    /// <exception cref="IOException">The client is gone.</exception>
    public static async ValueTask<TlsLayer> AcceptAsync(
        IDuplexPipe below, SslServerAuthenticationOptions options, ClearingMemoryPool pool, CancellationToken cancellation)
    {
        var stream = new SslStream(new DuplexPipeStream(below.Input, below.Output), leaveInnerStreamOpen: false);
        try
        {
            await stream.AuthenticateAsServerAsync(options, cancellation);
            return new TlsLayer(stream, pool);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Says that nothing follows (RFC 8446 section 6.1), so that nobody can cut the end off. That goes out when the pipe below ends, and a
    /// client that takes nothing is not waited for here.
    /// </summary>
    /// <exception cref="IOException">The client is gone.</exception>
    public async ValueTask ShutdownAsync()
    {
        await Output.CompleteAsync();
        await Stream.ShutdownAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Input.CompleteAsync();
        await Output.CompleteAsync();
        await Stream.DisposeAsync();
    }
}
