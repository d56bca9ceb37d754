using System.IO.Compression;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Xunit;

namespace CompatBot.DialogueTests;

/// <summary>One client of a connection handler, in memory.</summary>
public sealed class DialogueClient : IAsyncDisposable
{
    /// <summary>How long a reply may take on a busy machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>How long the server may take to come to a wait before the clock moves.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);

    private readonly Pipe _toServer = new();
    private readonly Pipe _toClient = new(new PipeOptions(pauseWriterThreshold: 1 << 20, resumeWriterThreshold: 1 << 19));
    private readonly WatchedReader _atServer;
    private readonly Connection _connection;
    private readonly byte[] _one = new byte[1];
    private Stream _stream;

    public DialogueClient(ConnectionHandler server, IPAddress? address = null)
    {
        _stream = new TwoPipes(_toClient.Reader.AsStream(), _toServer.Writer.AsStream());
        _atServer = new WatchedReader(_toServer.Reader);
        var (near, far) = (new Duplex(_atServer, _toClient.Writer), new Duplex(_toClient.Reader, _toServer.Writer));
        _connection = new Connection(near, far, _toServer, _toClient)
        {
            RemoteEndPoint = new IPEndPoint(address ?? IPAddress.Loopback, 50000),
        };
        Serving = ServeAsync(server);
    }

    /// <summary>Ends when the handler has returned.</summary>
    public Task Serving { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>What the server showed in the handshake.</summary>
    public X509Certificate2? ServerCertificate { get; private set; }

    /// <summary>Sends bytes in one packet.</summary>
    public async Task SendAsync(byte[] bytes)
    {
        _atServer.Sending();
        await _stream.WriteAsync(bytes, Cancellation);
        await _stream.FlushAsync(Cancellation);
    }

    /// <summary>Waits until the server has taken what was sent and waits for more; not for long: it may be doing something else.</summary>
    public Task UntilServerWaitsAsync() => Task.WhenAny(_atServer.Waiting, Task.Delay(Settling, Cancellation));

    /// <summary>Sends text as UTF-8 in one packet; a hang-up of the server is found by the next expectation.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Sends text as UTF-8, one byte a packet, so that parsers are proven against every split.</summary>
    public async Task SendSlowlyAsync(string text)
    {
        foreach (var b in Encoding.UTF8.GetBytes(text)) await SendAsync([b]);
    }

    /// <summary>The next line without CRLF; null when the server hung up.</summary>
    public async Task<string?> ReadLineAsync()
    {
        var line = new List<byte>();
        while (await _stream.ReadAsync(_one, Cancellation).AsTask().WaitAsync(Patience, Cancellation) == 1)
        {
            line.Add(_one[0]);
            if (line.Count >= 2 && line[^2] == '\r' && line[^1] == '\n') return Encoding.UTF8.GetString([.. line[..^2]]);
        }

        return line.Count == 0 ? null : $"(cut off) {Encoding.UTF8.GetString([.. line])}";
    }

    /// <summary>Exactly so many bytes.</summary>
    public async Task<byte[]> ReadBytesAsync(int count)
    {
        var bytes = new byte[count];
        await _stream.ReadExactlyAsync(bytes, Cancellation).AsTask().WaitAsync(Patience, Cancellation);
        return bytes;
    }

    /// <summary>The client's side of a TLS handshake; any certificate will do.</summary>
    public async Task StartTlsAsync()
    {
#pragma warning disable CA5359 // The test's certificate was made a moment ago; who signed it is not the question here.
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "mail.test" }, Cancellation)
            .WaitAsync(Patience, Cancellation);
        _stream = tls;
        ServerCertificate = tls.RemoteCertificate as X509Certificate2;
    }

    /// <summary>From here on both directions are DEFLATE.</summary>
    public Task StartDeflate()
    {
        _stream = new TwoPipes(
            new DeflateStream(_stream, CompressionMode.Decompress), new DeflateStream(_stream, CompressionLevel.Optimal));
        return Task.CompletedTask;
    }

    /// <summary>Sends no more: the server sees the end of input.</summary>
    public async Task HangUpAsync() => await _toServer.Writer.CompleteAsync();

    public async ValueTask DisposeAsync()
    {
        await _toServer.Writer.CompleteAsync();
        var rest = _toClient.Reader.AsStream().CopyToAsync(Stream.Null, CancellationToken.None);
        await Serving.WaitAsync(Patience, CancellationToken.None);
        await rest;
        await _connection.DisposeAsync();
    }

    private async Task ServeAsync(ConnectionHandler server)
    {
        try
        {
            await server.OnConnectedAsync(_connection);
        }
        finally
        {
            await _toClient.Writer.CompleteAsync();
        }
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class Connection(IDuplexPipe transport, IDuplexPipe application, Pipe toServer, Pipe toClient)
        : DefaultConnectionContext("test", transport, application)
    {
        // Never disposed: an abort by the server's timer may come at any time.
        private readonly CancellationTokenSource _closed = new();

        public override CancellationToken ConnectionClosed => _closed.Token;

        public override void Abort(ConnectionAbortedException abortReason)
        {
            toServer.Writer.Complete(abortReason);
            toClient.Writer.CancelPendingFlush();
            _closed.Cancel();
        }    }

    private sealed class TwoPipes(Stream input, Stream output) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            input.ReadAsync(buffer, cancellationToken);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            // As on a real socket: what is sent to a server that has hung up is lost without a word.
            try
            {
                await output.WriteAsync(buffer, cancellationToken);
            }
            catch (InvalidOperationException)
            {
            }
        }

        public override void Flush() => output.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => input.Read(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => output.Write(buffer, offset, count);
    }
}
