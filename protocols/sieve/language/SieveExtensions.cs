namespace CompatBot.Protocols.Sieve.Language;

/// <summary>The extensions that a script may require, as ManageSieve lists them.</summary>
public static class SieveExtensions
{
    private static readonly string[] Known =
    [
        "fileinto", "reject", "envelope", "encoded-character", "vacation", "vacation-seconds", "subaddress",
        "comparator-i;ascii-numeric", "comparator-i;unicode-casemap", "relational", "regex", "imap4flags", "copy", "include",
        "variables", "body", "enotify", "environment", "mailbox", "special-use", "date", "index", "ihave", "duplicate", "editheader",
        "ereject", "extlists", "spamtest", "spamtestplus", "virustest",
    ];

    /// <summary>Those that need no "require" of their own and may still be required (RFC 5228 section 2.7.3).</summary>
    private static readonly string[] Silent = ["comparator-i;octet", "comparator-i;ascii-casemap"];

    /// <summary>Names in the order in which ManageSieve lists them.</summary>
    public static IReadOnlyList<string> All => Known;

    /// <summary>Ways of "notify" (RFC 5435), as ManageSieve lists them.</summary>
    public static IReadOnlyList<string> NotifyMethods { get; } = ["mailto"];

    public static bool IsKnown(string name) => Known.Contains(name, StringComparer.Ordinal)
        || Silent.Contains(name, StringComparer.Ordinal);

    /// <summary>The extension, and what it brings with it.</summary>
    internal static IEnumerable<string> With(string name) => name switch
    {
        "vacation-seconds" => [name, "vacation"], // RFC 6131 section 2
        "spamtestplus" => [name, "spamtest"],
        _ => [name],
    };
}
