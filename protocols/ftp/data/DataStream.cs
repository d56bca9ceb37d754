using System.Buffers;
using System.Net.Sockets;
using CompatBot.Protocols.Net;

namespace CompatBot.Protocols.Ftp.Data;

/// <summary>
/// The socket of a data connection. TLS and zlib read and write piece by piece, and a call of the system for each is a good part of their
/// cost: so small pieces are read ahead, and what is written in such waits for more, or for a flush.
/// </summary>
internal sealed class DataStream(Socket socket) : ForwardStream
{
    /// <summary>So many octets are read and written at once; of fewer, some wait here.</summary>
    public const int BlockBytes = 128 << 10;

    private static readonly ClearingMemoryPool Pool = new(BlockBytes);

    private IMemoryOwner<byte>? _ahead;
    private IMemoryOwner<byte>? _held;
    private int _start;
    private int _end;
    private int _heldLength;
    private NextMoment _next = new(isHurried: true);

    /// <summary>The client ended the connection, and its end was read.</summary>
    public bool IsOver { get; private set; }

    /// <param name="buffer">Empty: waits for octets, and takes none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">The connection broke.</exception>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_start < _end) return new(Take(buffer));
        return buffer.Length >= BlockBytes ? ReceiveAsync(buffer, cancellationToken) : ReadAheadAsync(buffer, cancellationToken);
    }

    /// <exception cref="IOException">The connection broke.</exception>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_heldLength + buffer.Length > BlockBytes) await SendHeldAsync(cancellationToken);
        if (buffer.Length >= BlockBytes)
        {
            await SendAsync(buffer, cancellationToken);
            return;
        }

        _held ??= Pool.Rent();
        buffer.CopyTo(_held.Memory[_heldLength..]);
        _heldLength += buffer.Length;
    }

    /// <exception cref="IOException">The connection broke.</exception>
    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await SendHeldAsync(cancellationToken);
        _held?.Dispose();
        _held = null;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            try
            {
                socket.Shutdown(SocketShutdown.Both);
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // The client was faster, or it is over already.
            }

            socket.Dispose();
            _ahead?.Dispose();
            _held?.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Take(Memory<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _end - _start);
        _ahead!.Memory.Slice(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    private async ValueTask<int> ReadAheadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        if (_ahead is null) await ReceiveAsync(Memory<byte>.Empty, cancellation); // Who says nothing holds no buffer.
        _ahead ??= Pool.Rent();
        (_start, _end) = (0, await ReceiveAsync(_ahead.Memory, cancellation));
        return Take(buffer);
    }

    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        try
        {
            _next.Wait(socket);
            var count = await socket.ReceiveAsync(buffer, SocketFlags.None, cancellation);
            _next.Came();
            IsOver |= count == 0 && !buffer.IsEmpty;
            return count;
        }
        catch (SocketException error)
        {
            throw new IOException("The data connection broke", error);
        }
    }

    private async ValueTask SendHeldAsync(CancellationToken cancellation)
    {
        if (_heldLength == 0) return;
        await SendAsync(_held!.Memory[.._heldLength], cancellation);
        _heldLength = 0;
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellation)
    {
        try
        {
            while (!octets.IsEmpty) octets = octets[await socket.SendAsync(octets, SocketFlags.None, cancellation)..];
        }
        catch (SocketException error)
        {
            throw new IOException("The data connection broke", error);
        }
    }
}
