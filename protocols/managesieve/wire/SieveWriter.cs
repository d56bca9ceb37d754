using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace CompatBot.Protocols.ManageSieve.Wire;

/// <summary>Writes lines of the server: words, and strings in quotes or as literals (RFC 5804 section 4).</summary>
internal readonly struct SieveWriter(PipeWriter output)
{
    /// <summary>Longest string in quotes, in octets.</summary>
    private const int QuotedBytesMax = 1024;

    public void Raw(string text) => output.Write(Encoding.UTF8.GetBytes(text));

    public void String(string text)
    {
        var octets = Encoding.UTF8.GetBytes(text);
        if (octets.Length > QuotedBytesMax || octets.AsSpan().ContainsAny("\r\n\0"u8))
        {
            Literal(octets);
            return;
        }

        Raw($"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
    }

    /// <summary>A string that is a line of its own.</summary>
    public void Literal(string text)
    {
        Literal(Encoding.UTF8.GetBytes(text));
        End();
    }

    private void Literal(byte[] octets)
    {
        Raw($"{{{octets.Length}}}\r\n");
        output.Write(octets);
    }

    public void End() => output.Write("\r\n"u8);
}
