using System.Buffers;
using System.IO.Pipelines;

namespace CompatBot.Protocols.Net.Tls;

/// <summary>
/// The two pipes of a connection as the one stream that SslStream wants. A read of zero bytes waits for data and takes none. What is
/// written waits for a flush, or for more: SslStream writes each record by itself, and a call of the system for each is half of its cost.
/// </summary>
internal sealed class DuplexPipeStream(PipeReader input, PipeWriter output) : ForwardStream
{
    /// <summary>Bytes that wait for no flush.</summary>
    private const int UnflushedBytesMax = 128 << 10;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await input.ReadAsync(cancellationToken);
        var taken = (int)Math.Min(read.Buffer.Length, buffer.Length);
        var part = read.Buffer.Slice(0, taken);
        part.CopyTo(buffer.Span);
        input.AdvanceTo(part.End);
        return taken;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        output.Write(buffer.Span);
        return output.UnflushedBytes < UnflushedBytesMax ? default : new(FlushAsync(cancellationToken));
    }

    /// <exception cref="IOException">The peer is gone.</exception>
    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (output.UnflushedBytes == 0) return;
        var flushed = await output.FlushAsync(cancellationToken);
        if (flushed.IsCompleted) throw new IOException("The connection is closed.");
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
}
