using System.IO.Compression;

namespace CompatBot.Protocols.Net.Lines;

/// <summary>A connection whose directions are streams of DEFLATE (RFC 1951): every flush sends all that was written (RFC 4978).</summary>
internal sealed class DeflateLayer(Stream inner) : ForwardStream
{
    private readonly DeflateStream _input = new(inner, CompressionMode.Decompress, leaveOpen: true);
    private readonly DeflateStream _output = new(inner, CompressionLevel.Fastest, leaveOpen: true);

    /// <exception cref="IOException">What came is no DEFLATE.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await _input.ReadAsync(buffer, cancellationToken);
        }
        catch (InvalidDataException error)
        {
            throw new IOException("What came is no DEFLATE", error);
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _output.WriteAsync(buffer, cancellationToken);

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _output.FlushAsync(cancellationToken);
        await inner.FlushAsync(cancellationToken);
    }

    public override async ValueTask DisposeAsync()
    {
        try
        {
            await _output.DisposeAsync(); // Writes the end of the stream.
            await inner.FlushAsync();
        }
        finally
        {
            await _input.DisposeAsync();
            await base.DisposeAsync();
        }
    }
}
