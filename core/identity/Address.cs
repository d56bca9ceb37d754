using System.Buffers;
using System.Globalization;
using System.Text;

namespace CompatBot.Core.Identity;

/// <summary>A mail address in the one form in which it is stored and looked up: lower case, NFC, the domain in A-labels.</summary>
/// <param name="Local">Without quotes. RFC 5321 leaves its case to the server: here it does not count.</param>
public sealed record Address(string Local, string Domain)
{
    /// <summary>RFC 5321 section 4.5.3.1.1, in bytes.</summary>
    public const int LocalBytesMax = 64;

    /// <summary>RFC 1035 section 2.3.4 as a host name without its final dot, in bytes.</summary>
    public const int DomainBytesMax = 253;

    /// <summary>RFC 5321 section 4.5.3.1.3: a path of 256 with its brackets, in bytes.</summary>
    public const int BytesMax = 254;

    private const char TagSign = '+';

    // Stands for bytes that were no UTF-8: two different addresses would become one.
    private const char Replacement = '\ufffd';
    private static readonly SearchValues<char> AtomSpecials = SearchValues.Create(" \"(),:;<>@[\\]");

    /// <summary>The text before "+tag"; the same address when there is none.</summary>
    public Address Base => Local.IndexOf(TagSign, StringComparison.Ordinal) is var at and > 0 ? this with { Local = Local[..at] } : this;

    /// <summary>What follows the first "+"; null when there is none.</summary>
    public string? Tag => Local.IndexOf(TagSign, StringComparison.Ordinal) is var at and > 0 ? Local[(at + 1)..] : null;

    /// <returns>Null when the text is no address, or one that no account here could have (address literals, control characters).</returns>
    public static Address? Parse(string text)
    {
        if (text.Length is 0 or > BytesMax) return null;
        var at = text.LastIndexOf('@');
        if (at <= 0 || DomainName(text[(at + 1)..]) is not { } domain || LocalPart(text[..at]) is not { } local) return null;
        var address = new Address(local, domain);
        return Encoding.UTF8.GetByteCount(address.ToString()) <= BytesMax ? address : null;
    }

    /// <summary>Lower case, A-labels, letters, digits and inner hyphens, at least one label.</summary>
    /// <returns>Null when it is no host name.</returns>
    public static string? DomainName(string text)
    {
        if (text.Length is 0 or > DomainBytesMax || !IsSoundText(text)) return null;
        string ascii;
        try
        {
            ascii = new IdnMapping { UseStd3AsciiRules = true }.GetAscii(text.Normalize(NormalizationForm.FormC).ToLowerInvariant());
        }
        catch (ArgumentException)
        {
            return null;
        }

        if (ascii.Length > DomainBytesMax) return null;
        var labels = ascii.Split('.');
        return labels.All(IsLabel) && !labels[^1].All(char.IsAsciiDigit) ? ascii : null;
    }

    /// <summary>As it may stand in a protocol: quoted where it must be.</summary>
    public override string ToString() => IsDotAtom(Local)
        ? $"{Local}@{Domain}"
        : $"\"{Local.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"@{Domain}";

    private static string? LocalPart(string text)
    {
        if (!IsSoundText(text)) return null;
        var quoted = text.Length > 2 && text[0] == '"' && text[^1] == '"';
        var local = quoted ? Unquote(text.AsSpan(1, text.Length - 2)) : IsDotAtom(text) ? text : null;
        if (local is null || local.Any(character => char.IsControl(character) || IsInvisible(character))) return null;
        local = local.Normalize(NormalizationForm.FormC).ToLowerInvariant();
        return Encoding.UTF8.GetByteCount(local) <= LocalBytesMax ? local : null;
    }

    private static string? Unquote(ReadOnlySpan<char> text)
    {
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"' || (text[i] == '\\' && ++i == text.Length)) return null;
            plain.Append(text[i]);
        }

        return plain.Length == 0 ? null : plain.ToString();
    }

    private static bool IsDotAtom(string text) =>
        text.Length > 0 && text[0] != '.' && text[^1] != '.' && !text.Contains("..", StringComparison.Ordinal)
        && !text.AsSpan().ContainsAny(AtomSpecials);

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    // Two addresses that look alike but differ in an invisible mark could be two people's.
    private static bool IsInvisible(char character) =>
        char.GetUnicodeCategory(character) is UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    private static bool IsSoundText(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == Replacement) return false;
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return false;
            i++;
        }

        return true;
    }
}
