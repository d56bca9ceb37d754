using System.IO.Compression;
using System.Net.Security;
using System.Security.Authentication;
using CompatBot.Protocols.Net;

namespace CompatBot.Protocols.Ftp.Data;

/// <summary>The octets of one transfer, in clear or under TLS. Each read and write has to end within the time for a stall.</summary>
internal sealed class DataConnection : IAsyncDisposable
{
    private static readonly LineMetrics Metrics = LineMetrics.Of("ftp");

    private readonly DataStream _data;
    private readonly Stream _stream;
    private readonly ZLibStream? _deflation;
    private readonly Inflation? _inflation;
    private readonly FtpLimits _limits;
    private readonly CancellationTokenSource _stop;
    private readonly CancellationTokenRegistration _registration;

    private DataConnection(
        DataStream data, Stream stream, bool isDeflated, bool isUpload, FtpLimits limits, CancellationToken cancellation)
    {
        (_data, _stream, _limits, _stop) = (data, stream, limits, new CancellationTokenSource());
        if (isDeflated && isUpload) _inflation = new Inflation(stream);
        else if (isDeflated) _deflation = new ZLibStream(stream, CompressionLevel.Fastest, leaveOpen: true);
        _registration = cancellation.UnsafeRegister(static stop => ((CancellationTokenSource)stop!).Cancel(), _stop);
    }

    /// <summary>What came said itself that it ends here: zlib does, and TLS by its close_notify, which not all clients send.</summary>
    public bool IsEndSaid => _inflation is not null || (_stream is SslStream && !_data.IsOver);

    /// <param name="session">Whose settings count.</param>
    /// <param name="port">Where it comes from or goes to.</param>
    /// <param name="isUpload">Octets come; otherwise they go.</param>
    /// <param name="cancellation">ABOR, or the client's end.</param>
    /// <exception cref="IOException">There is none.</exception>
    public static async ValueTask<DataConnection> OpenAsync(
        FtpSession session, DataPort port, bool isUpload, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(session.Limits.DataOpenTimeout);
        Stream? stream = null;
        try
        {
            var data = new DataStream(await port.OpenAsync(limit.Token));
            stream = data;
            if (session.IsDataProtected)
            {
                // The same options as the control connection's: its tickets are good here, as FileZilla and vsftpd's clients demand.
                var tls = new SslStream(stream, leaveInnerStreamOpen: false);
                stream = tls;
                await tls.AuthenticateAsServerAsync(session.Services.Server.Tls!.For(session.Connection.Protocol), limit.Token);
            }

            return new DataConnection(data, stream, session.IsDeflated, isUpload, session.Limits, cancellation);
        }
        catch (Exception error) when (error is AuthenticationException or IOException or OperationCanceledException)
        {
            if (stream is not null) await stream.DisposeAsync();
            throw new IOException("No data connection", error);
        }
    }

    /// <returns>0 at the end.</returns>
    /// <exception cref="IOException">It broke, stalled or was stopped.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        try
        {
            _stop.CancelAfter(_limits.DataStallTimeout);
            var count = _inflation is null
                ? await _stream.ReadAsync(buffer, _stop.Token)
                : await _inflation.ReadAsync(buffer, _stop.Token);
            Metrics.BytesIn.Add(count);
            return count;
        }
        catch (OperationCanceledException error)
        {
            throw new IOException("The transfer was stopped", error);
        }
    }

    /// <exception cref="IOException">It broke, stalled or was stopped.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> octets)
    {
        try
        {
            _stop.CancelAfter(_limits.DataStallTimeout);
            await (_deflation ?? _stream).WriteAsync(octets, _stop.Token);
            Metrics.BytesOut.Add(octets.Length);
        }
        catch (OperationCanceledException error)
        {
            throw new IOException("The transfer was stopped", error);
        }
    }

    /// <summary>Says that nothing follows: under TLS, that nobody cut it off.</summary>
    /// <exception cref="IOException">The client is gone.</exception>
    public async ValueTask EndAsync()
    {
        try
        {
            if (_deflation is not null) await _deflation.DisposeAsync(); // Writes the end of the zlib stream.
            if (_stream is SslStream tls) await tls.ShutdownAsync();
            _stop.CancelAfter(_limits.DataStallTimeout);
            await _data.FlushAsync(_stop.Token);
        }
        catch (OperationCanceledException error)
        {
            throw new IOException("The transfer was stopped", error);
        }
    }

    /// <summary>The same behind an upload: a client that has said all may be gone, and one that waits for it is not kept waiting.</summary>
    public async ValueTask AcknowledgeAsync()
    {
        try
        {
            await EndAsync();
        }
        catch (IOException)
        {
            // It has said all.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _registration.DisposeAsync();
        _stop.Dispose();
        if (_inflation is not null) await _inflation.DisposeAsync(); // The other would write, into what may be broken.
        await _stream.DisposeAsync();
    }
}
