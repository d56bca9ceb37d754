using System.Buffers;

namespace CompatBot.Protocols.Smtp.Checks;

/// <summary>The beginning of a message, or all of it, in memory until it is known what to put on top. What it held is cleared.</summary>
internal sealed class HeldMessage : IDisposable
{
    private const int FirstBytes = 16 << 10;

    private byte[] _buffer = [];
    private int _length, _reserved;

    public ReadOnlyMemory<byte> Octets => _buffer.AsMemory(0, _length);

    /// <returns>False: it would be too much, for this message or for all together; nothing was taken.</returns>
    public bool TryAdd(ReadOnlySpan<byte> octets)
    {
        var wanted = _length + octets.Length;
        if (wanted > MailChecks.HeldBytesMax || (wanted > _reserved && !TryGrow(wanted))) return false;
        octets.CopyTo(_buffer.AsSpan(_length));
        _length = wanted;
        return true;
    }

    public void Dispose()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
        MailChecks.Free(_reserved);
        (_buffer, _length, _reserved) = ([], 0, 0);
    }

    private bool TryGrow(int wanted)
    {
        var bytes = Math.Min(MailChecks.HeldBytesMax, Math.Max(FirstBytes, Math.Max(wanted, _reserved * 4)));
        if (!MailChecks.TryHold(bytes - _reserved)) return false;
        var larger = ArrayPool<byte>.Shared.Rent(bytes);
        Octets.Span.CopyTo(larger);
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
        (_buffer, _reserved) = (larger, bytes);
        return true;
    }
}
