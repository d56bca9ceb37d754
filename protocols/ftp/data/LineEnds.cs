using System.Buffers;

namespace CompatBot.Protocols.Ftp.Data;

/// <summary>TYPE A: CRLF on the wire, LF in the file (RFC 959 section 3.1.1.1). Octets come in parts that are cut anywhere.</summary>
internal struct LineEnds
{
    private bool _afterCr;

    /// <summary>For the wire: each LF that has no CR gets one.</summary>
    public void ToWire(ReadOnlySpan<byte> octets, ArrayBufferWriter<byte> output)
    {
        output.ResetWrittenCount();
        foreach (var octet in octets)
        {
            if (octet == '\n' && !_afterCr) output.Write("\r"u8);
            output.GetSpan(1)[0] = octet;
            output.Advance(1);
            _afterCr = octet == '\r';
        }
    }

    /// <summary>For the file: a CR before an LF goes. A CR at the end of a part waits for the next.</summary>
    public void ToFile(ReadOnlySpan<byte> octets, ArrayBufferWriter<byte> output)
    {
        output.ResetWrittenCount();
        foreach (var octet in octets)
        {
            if (_afterCr && octet != '\n') output.Write("\r"u8);
            _afterCr = octet == '\r';
            if (_afterCr) continue;
            output.GetSpan(1)[0] = octet;
            output.Advance(1);
        }
    }

    /// <summary>What waited at the end of a file.</summary>
    public readonly ReadOnlyMemory<byte> Rest => _afterCr ? "\r"u8.ToArray() : default;
}
