using System.IO.Compression;
using CompatBot.Core.Content;
using CompatBot.Protocols.Net;

namespace CompatBot.Protocols.Ftp.Data;

/// <summary>
/// Reads what a zlib stream holds (MODE Z), and knows whether it came whole: its last octets are the Adler-32 of all (RFC 1950), which
/// .NET does not miss when a connection ends before them.
/// </summary>
internal sealed class Inflation : IAsyncDisposable
{
    private readonly Tail _tail;
    private readonly ZLibStream _zlib;
    private readonly ContentHash _hash = new(HashKind.Adler32);

    public Inflation(Stream source)
    {
        _tail = new Tail(source);
        _zlib = new ZLibStream(_tail, CompressionMode.Decompress, leaveOpen: true);
    }

    /// <returns>0 at the end.</returns>
    /// <exception cref="IOException">It broke, is no zlib stream, or ends early.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        try
        {
            var count = await _zlib.ReadAsync(buffer, cancellation);
            _hash.Append(buffer.Span[..count]);
            if (count > 0 || _hash.Finish().AsSpan().SequenceEqual(_tail.Last.Span)) return count;
        }
        catch (InvalidDataException error)
        {
            throw new IOException("The zlib stream is broken", error);
        }

        throw new IOException("The zlib stream ends early");
    }

    public async ValueTask DisposeAsync()
    {
        await _zlib.DisposeAsync();
        _hash.Dispose();
    }

    /// <summary>Keeps the last four octets that were read.</summary>
    private sealed class Tail(Stream source) : ForwardStream
    {
        private readonly byte[] _last = new byte[4];
        private int _count;

        public ReadOnlyMemory<byte> Last => _last.AsMemory(0, _count);

        public override bool CanWrite => false;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await source.ReadAsync(buffer, cancellationToken);
            foreach (var octet in buffer.Span[Math.Max(0, count - _last.Length)..count]) Keep(octet);
            return count;
        }

        private void Keep(byte octet)
        {
            if (_count < _last.Length)
            {
                _last[_count++] = octet;
                return;
            }

            _last.AsSpan(1).CopyTo(_last);
            _last[^1] = octet;
        }
    }
}
