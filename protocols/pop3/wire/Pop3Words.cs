using System.Globalization;
using System.Text;

namespace CompatBot.Protocols.Pop3.Wire;

/// <summary>The words of a command line (RFC 1939 section 3): a keyword and arguments, one blank between them.</summary>
public ref struct Pop3Words
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _rest;

    public Pop3Words(ReadOnlySpan<byte> line)
    {
        var end = line.IndexOf((byte)' ');
        Keyword = end < 0 ? line : line[..end];
        _rest = end < 0 ? default : line[(end + 1)..];
    }

    public ReadOnlySpan<byte> Keyword { get; }

    /// <summary>Nothing but blanks is left: some clients end a line with one.</summary>
    public readonly bool IsAtEnd => _rest.IndexOfAnyExcept((byte)' ') < 0;

    /// <summary>The next word.</summary>
    public bool Word(out ReadOnlySpan<byte> word)
    {
        _rest = _rest.TrimStart((byte)' ');
        var end = _rest.IndexOf((byte)' ');
        word = end < 0 ? _rest : _rest[..end];
        _rest = end < 0 ? default : _rest[(end + 1)..];
        return !word.IsEmpty;
    }

    /// <summary>A number in digits.</summary>
    public bool Number(out int number)
    {
        number = 0;
        return Word(out var word) && int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>All that is left, blanks too: a password is whatever follows PASS and its blank.</summary>
    public bool Rest(out string text)
    {
        text = "";
        if (_rest.IsEmpty) return false;
        try
        {
            text = Strict.GetString(_rest);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }

        _rest = default;
        return true;
    }
}
