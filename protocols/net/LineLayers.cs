using System.IO.Pipelines;
using System.Security.Authentication;
using CompatBot.Protocols.Net.Lines;
using CompatBot.Protocols.Net.Tls;

namespace CompatBot.Protocols.Net;

/// <summary>What lies between the lines and the transport: TLS, and compression above it.</summary>
public sealed partial class LineConnection
{
    private DeflateLayer? _deflate;

    /// <summary>Both sides compress what they send.</summary>
    public bool IsCompressed => _deflate is not null;

    /// <summary>The TLS handshake, as the server: on accept, or after the reply to STARTTLS was written.</summary>
    /// <returns>False: it failed, or plaintext lay behind STARTTLS; the connection is of no more use.</returns>
    public async ValueTask<bool> StartTlsAsync()
    {
        if (_server.Tls is not { } settings || IsTls || (Output.UnflushedBytes > 0 && !await FlushAsync())) return false;
        var binding = settings.EndPointBinding;
        Release();
        Wait(Waiting.Handshake, _server.Limits.HandshakeTimeout);
        try
        {
            _tls = await TlsLayer.AcceptAsync(_context.Transport, settings.For(Protocol), ClearingMemoryPool.Layers, Closed);
        }
        catch (Exception error) when (error is AuthenticationException || IsHangUp(error))
        {
            _ended = true;
            Metrics.HandshakesFailed.Add();
            _server.Log.HandshakeFailed(Protocol, error.GetType().Name);
            return false;
        }
        finally
        {
            WaitForNothing();
        }

        (_input, Output) = (_tls.Input, _tls.Output);
        EndPointBinding = binding;
        return true;
    }

    /// <summary>From here on both sides compress what they send (RFC 4978); what lies behind the command is compressed already.</summary>
    /// <returns>False: the peer is gone.</returns>
    public async ValueTask<bool> StartDeflateAsync()
    {
        if (IsCompressed || (Output.UnflushedBytes > 0 && !await FlushAsync())) return false;
        Release();
        _deflate = new DeflateLayer(new DuplexPipeStream(_input, Output));
        var pool = ClearingMemoryPool.Layers; // Rented from only while bytes are there.
        _input = PipeReader.Create( // No reads of nothing, which an inflater takes for its end.
            _deflate, new StreamPipeReaderOptions(pool, pool.MaxBufferSize, leaveOpen: true, useZeroByteReads: false));
        Output = PipeWriter.Create(_deflate, new StreamPipeWriterOptions(pool, pool.MaxBufferSize, leaveOpen: true));
        return true;
    }

    private async ValueTask CloseLayersAsync()
    {
        Wait(Waiting.Output, _server.Limits.WriteTimeout);
        await _input.CompleteAsync();
        await Output.CompleteAsync();
        if (_deflate is not null) await _deflate.DisposeAsync();
        if (_tls is null) return;
        if (!_ended) await _tls.ShutdownAsync();
        await _tls.DisposeAsync();
    }
}
