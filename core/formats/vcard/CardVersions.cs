using System.Buffers;
using System.Text;
using CompatBot.Formats.Mime;
using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Vcard;

/// <summary>Gives a contact in the version that a client asks for: vCard 3.0 (RFC 2426) or 4.0 (RFC 6350), from these or 2.1.</summary>
public static class CardVersions
{
    /// <summary>The version of a card's octets; "3.0" where it says none.</summary>
    public static string Of(Component card) => card.Find("VERSION")?.Value.Trim() ?? "3.0";

    /// <summary>The card in another version, as text; null when it has that version already, or is no card.</summary>
    /// <param name="octets">A stored contact.</param>
    /// <param name="version">"3.0" or "4.0".</param>
    public static string? To(ReadOnlySpan<byte> octets, string version)
    {
        if (Component.Read(octets, out var roots) is not null || roots[0].Name != "VCARD") return null;
        var from = Of(roots[0]);
        if (from == version) return null;
        var card = roots[0];
        if (from == "2.1" && Component.Read(Joined(octets), out roots) is null) card = Modern(roots[0]);
        var text = new StringBuilder();
        (version == "4.0" ? CardTo4.Convert(card) : CardTo3.Convert(card)).Write(text);
        return text.ToString();
    }

    /// <summary>Joins the lines that quoted-printable values of vCard 2.1 are broken into.</summary>
    private static byte[] Joined(ReadOnlySpan<byte> octets)
    {
        var text = new StringBuilder(octets.Length);
        var isOpen = false;
        foreach (var raw in Encoding.UTF8.GetString(octets).Split('\n'))
        {
            var line = raw.TrimEnd('\r');
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            isOpen |= colon > 0 && line.AsSpan(0, colon).Contains("QUOTED-PRINTABLE", StringComparison.OrdinalIgnoreCase);
            if (isOpen && line.EndsWith('='))
            {
                text.Append(line, 0, line.Length - 1);
                continue;
            }

            isOpen = false;
            text.Append(line).Append("\r\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>A card of version 2.1 in the words of 3.0: values decoded, TYPE where types are.</summary>
    private static Component Modern(Component card) => card.With(card.Properties.Select(Modern), card.Components);

    private static ContentLine Modern(ContentLine line)
    {
        var parameters = new List<Parameter>();
        var value = line.Value;
        foreach (var one in line.Parameters)
        {
            var given = one.Values.Count > 0 ? one.Values[0] : "";
            var isEncoding = one.Name.Equals("ENCODING", StringComparison.OrdinalIgnoreCase);
            if (IsWord(one, "QUOTED-PRINTABLE") || (isEncoding && given.Equals("QUOTED-PRINTABLE", StringComparison.OrdinalIgnoreCase)))
            {
                value = Structured(Decoded(value, line["CHARSET"] ?? "utf-8"), line.Name);
            }
            else if (IsWord(one, "BASE64") || (isEncoding && given.Equals("BASE64", StringComparison.OrdinalIgnoreCase)))
            {
                parameters.Add(new Parameter("ENCODING", ["b"]));
                value = string.Concat(value.Where(c => !char.IsWhiteSpace(c)));
            }
            else if (!one.Name.Equals("CHARSET", StringComparison.OrdinalIgnoreCase) && !isEncoding)
            {
                parameters.Add(one);
            }
        }

        return line with { Parameters = parameters, Value = value };
    }

    private static bool IsWord(Parameter one, string word) =>
        one.Name == "TYPE" && one.Values is [var only] && only.Equals(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>What was decoded as a value again: semicolons stand between the parts of a structured one.</summary>
    private static string Structured(string text, string name)
    {
        var value = text.Replace("\r\n", "\\n", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)
            .Replace(",", "\\,", StringComparison.Ordinal);
        return name is "N" or "ADR" or "ORG" ? value : value.Replace(";", "\\;", StringComparison.Ordinal);
    }

    private static string Decoded(string value, string charset)
    {
        var decoder = TransferDecoder.For("quoted-printable");
        var octets = new ArrayBufferWriter<byte>();
        decoder.Decode(Encoding.UTF8.GetBytes(value), octets);
        decoder.Finish(octets);
        return Charsets.GetOrUtf8(charset).GetString(octets.WrittenSpan);
    }
}
