using System.Collections.Frozen;
using CompatBot.Core.Store;

namespace CompatBot.Core.Identity;

/// <summary>
/// What a device may do: which realms, over which protocols, and whether it may write. Realms are also cryptography (the
/// device's keyslot holds no other keys); protocols and read-only are for callers to enforce.
/// </summary>
/// <example>"*" everything; "mail" one realm; "mail:read imap" reading mail, over IMAP alone.</example>
public sealed class Scopes : IEquatable<Scopes>
{
    /// <summary>Longest text of a device's scopes, in bytes.</summary>
    public const int TextBytesMax = 256;

    private static readonly FrozenSet<string> ProtocolNames = FrozenSet.Create(
        "imap", "smtp", "pop3", "dav", "ftp", "jmap", "managesieve", "portal", "cli", "share", "member");

    private readonly HashSet<Realm> _realms;
    private readonly HashSet<string> _protocols;

    private Scopes(bool full, HashSet<Realm> realms, HashSet<string> protocols, bool readOnly)
    {
        (Full, _realms, _protocols, ReadOnly) = (full, realms, protocols, readOnly);
        Text = Print();
    }

    /// <summary>Every realm, every protocol, writing.</summary>
    public static Scopes All { get; } = new(true, [], [], false);

    /// <summary>All realms: such a device holds the master key and can make and revoke devices.</summary>
    public bool Full { get; }

    /// <summary>Callers refuse every change that such a device asks for.</summary>
    public bool ReadOnly { get; }

    /// <summary>Of a device that another account uses: it holds another naming key than the account's own devices.</summary>
    public bool IsShare => _protocols.Contains("share");

    /// <summary>Of a device that a member of one shared collection uses: it holds no realm's key, but what opens those of shares.</summary>
    public bool IsMember => _protocols.Contains("member");

    /// <summary>Canonical text: parses back to the same scopes.</summary>
    public string Text { get; }

    public IEnumerable<Realm> Realms => Full ? Enum.GetValues<Realm>() : _realms.Order();

    /// <summary>Words separated by blanks or commas: "*", a realm, a realm or "*" with ":read", a protocol.</summary>
    /// <returns>Null when a word is unknown, no realm is named, or only a part of the realms is marked read-only.</returns>
    public static Scopes? Parse(string text) =>
        text.Length > TextBytesMax ? null : Parse(text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries));

    public static Scopes? Parse(IEnumerable<string> words)
    {
        var full = false;
        int reading = 0, writing = 0;
        HashSet<Realm> realms = [];
        HashSet<string> protocols = [];
        foreach (var raw in words)
        {
            var word = raw.Trim().ToLowerInvariant();
            if (ProtocolNames.Contains(word))
            {
                protocols.Add(word);
                continue;
            }

            var read = word.EndsWith(":read", StringComparison.Ordinal);
            var name = read ? word[..^5] : word;
            if (read) reading++;
            else writing++;
            if (name == "*") full = true;
            else if (RealmOf(name) is { } realm) realms.Add(realm);
            else return null;
        }

        // One device, one right: a mixture of reading and writing realms would need a check in every command of every protocol.
        if (reading + writing == 0 || (reading > 0 && writing > 0)) return null;
        if (protocols.Contains("member") && (full || realms.Count != 1 || !protocols.Contains("share"))) return null;
        if (full) realms.Clear();
        return new(full, realms, protocols, reading > 0);
    }

    public bool Allows(Realm realm) => Full || _realms.Contains(realm);

    /// <param name="protocol">A name such as "imap"; a device that names no protocol may use all.</param>
    public bool Allows(string protocol) => _protocols.Count == 0 || _protocols.Contains(protocol.ToLowerInvariant());

    public bool Equals(Scopes? other) => other is not null && Text == other.Text;

    public override bool Equals(object? obj) => Equals(obj as Scopes);

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Text;

    private string Print()
    {
        var suffix = ReadOnly ? ":read" : "";
        var names = Full ? ["*" + suffix] : _realms.Order().Select(realm => NameOf(realm) + suffix);
        return string.Join(' ', names.Concat(_protocols.Order(StringComparer.Ordinal)));
    }

    private static Realm? RealmOf(string name) => name switch
    {
        "mail" => Realm.Mail,
        "calendar" => Realm.Calendar,
        "contacts" => Realm.Contacts,
        "files" => Realm.Files,
        "settings" => Realm.Settings,
        _ => null,
    };

    private static string NameOf(Realm realm) => realm switch
    {
        Realm.Mail => "mail",
        Realm.Calendar => "calendar",
        Realm.Contacts => "contacts",
        Realm.Files => "files",
        Realm.Settings => "settings",
        _ => throw new ArgumentOutOfRangeException(nameof(realm), realm, null),
    };
}
