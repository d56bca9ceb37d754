using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Vcard;

/// <summary>What both directions of a conversion share.</summary>
internal static class CardWords
{
    /// <summary>Properties of 3.0 that 4.0 has no word for: they are kept under a name of their own, and come back.</summary>
    public static readonly IReadOnlyList<string> Only3 = ["AGENT", "CLASS", "LABEL", "MAILER", "NAME", "PROFILE"];

    /// <summary>Properties of 4.0 that 3.0 knows by another name; those that Apple and others gave it.</summary>
    public static readonly IReadOnlyList<(string Name3, string Name4)> Renamed =
    [
        ("X-ADDRESSBOOKSERVER-KIND", "KIND"),
        ("X-ADDRESSBOOKSERVER-MEMBER", "MEMBER"),
        ("X-ANNIVERSARY", "ANNIVERSARY"),
        ("X-GENDER", "GENDER"),
    ];

    public static bool IsBinary(string name) => name is "PHOTO" or "LOGO" or "SOUND" or "KEY";

    public static bool IsDate(string name) => name is "BDAY" or "ANNIVERSARY" or "X-ANNIVERSARY" or "REV" or "DEATHDATE";

    public static bool Is(Parameter parameter, string name) => parameter.Name.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>All TYPE values, as they stand, whether in one parameter or in many.</summary>
    public static IEnumerable<string> Types(ContentLine line) =>
        line.Parameters.Where(one => Is(one, "TYPE")).SelectMany(one => one.Values);

    public static IEnumerable<Parameter> Others(ContentLine line, params IReadOnlyList<string> names) =>
        line.Parameters.Where(one => !names.Contains(one.Name, StringComparer.OrdinalIgnoreCase));

    /// <summary>The media type of a word that 3.0 uses for it.</summary>
    public static string MediaType(string property, string word)
    {
        if (word.Contains('/', StringComparison.Ordinal)) return word.ToLowerInvariant();
        var kind = property switch { "SOUND" => "audio", "KEY" => "application", _ => "image" };
        return (property, word.ToUpperInvariant()) switch
        {
            ("KEY", "PGP") => "application/pgp-keys",
            ("KEY", "X509") => "application/pkix-cert",
            (_, "JPG") => "image/jpeg",
            (_, "") => property == "KEY" ? "application/octet-stream" : kind == "image" ? "image/jpeg" : "audio/basic",
            _ => $"{kind}/{word.ToLowerInvariant()}",
        };
    }

    /// <summary>The word of 3.0 for a media type.</summary>
    public static string Word(string mediaType) => mediaType.ToLowerInvariant() switch
    {
        "application/pgp-keys" => "PGP",
        "application/pkix-cert" => "X509",
        var other => other[(other.IndexOf('/', StringComparison.Ordinal) + 1)..].ToUpperInvariant(),
    };
}
