using System.Buffers;
using System.Globalization;
using System.Text;

namespace CompatBot.Protocols.Smtp.Relay;

/// <summary>What another server said, or what stands for it where none could be asked.</summary>
/// <param name="Code">Three digits.</param>
/// <param name="Text">Enhanced status code and words, printable ASCII, one line.</param>
/// <param name="Host">Who said it; empty: this server.</param>
internal sealed record RelayReply(int Code, string Text, string Host = "")
{
    /// <summary>Characters that are kept of a reply: they go into notices and listings.</summary>
    public const int TextCharsMax = 400;

    private static readonly SearchValues<char> StatusLetters = SearchValues.Create(".0123456789");

    public bool IsOk => Code / 100 == 2;

    public bool IsPermanent => Code / 100 == 5;

    /// <summary>The enhanced status code (RFC 3463) at the start of the text; else the class with ".0.0".</summary>
    public string Status
    {
        get
        {
            var word = Text.AsSpan(0, Text.IndexOf(' ', StringComparison.Ordinal) is var end and >= 0 ? end : Text.Length);
            Span<Range> parts = stackalloc Range[4];
            return word.Split(parts, '.') == 3 && word[0] == (char)('0' + (Code / 100)) && !word.ContainsAnyExcept(StatusLetters)
                ? word.ToString()
                : string.Create(CultureInfo.InvariantCulture, $"{Code / 100}.0.0");
        }
    }

    /// <summary>Something to try again later.</summary>
    public static RelayReply Later(string status, string text) => new(451, $"{status} {text}");

    /// <summary>Something that will never work.</summary>
    public static RelayReply Never(string status, string text) => new(550, $"{status} {text}");

    /// <summary>Takes the octets of a reply's lines, which may be anything.</summary>
    public static string Clean(ReadOnlySpan<byte> text)
    {
        var clean = new StringBuilder(Math.Min(text.Length, TextCharsMax));
        foreach (var octet in text)
        {
            if (clean.Length == TextCharsMax) break;
            clean.Append(octet is >= 32 and < 127 ? (char)octet : '?');
        }

        return clean.ToString();
    }

    /// <summary>The reply as one line: "550 5.1.1 No such user".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Code} {Text}");
}

/// <summary>The connection is of no use any more; the reply says why.</summary>
internal sealed class RelayException(RelayReply reply, Exception? inner = null) : Exception(reply.ToString(), inner)
{
    public RelayReply Reply { get; } = reply;

    /// <summary>A word of <see cref="Security.TlsFailure"/>, where TLS was the reason.</summary>
    public string? Failure { get; init; }
}
