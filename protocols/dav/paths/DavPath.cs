using System.Buffers;
using System.Text;
using CompatBot.Core.Store;

namespace CompatBot.Protocols.Dav.Paths;

/// <summary>The parts of the URL space.</summary>
internal enum DavArea
{
    /// <summary>"/", and whatever is above the accounts.</summary>
    Above,

    /// <summary>/dav/principals/ADDRESS/, and the groups of who acts for that account, below it.</summary>
    Principal,

    /// <summary>/dav/files/ADDRESS/...</summary>
    Files,

    /// <summary>/dav/calendars/ADDRESS/...</summary>
    Calendars,

    /// <summary>/dav/addressbooks/ADDRESS/...</summary>
    AddressBooks,

    /// <summary>/dav/uploads/ADDRESS/UPLOAD/PART</summary>
    Uploads,

    /// <summary>/dav/directory/...: accounts that agreed to be found.</summary>
    Directory,

    /// <summary>/dav/push/ADDRESS/ID: subscriptions to collections.</summary>
    Push,

    /// <summary>Anything else: nothing is there.</summary>
    Nowhere,
}

/// <summary>A request's path, decoded once. Names are as the client wrote them.</summary>
/// <param name="Address">Lower case; empty above the accounts.</param>
/// <param name="Names">Below the account's folder.</param>
internal sealed record DavPath(DavArea Area, string Address, IReadOnlyList<string> Names, bool EndsWithSlash)
{
    /// <summary>The path that the client sees instead, of a calendar that another account shares; null: this one.</summary>
    public DavAlias? Alias { get; init; }

    /// <summary>Most names in a path.</summary>
    private const int NamesMax = 256;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The realm whose items lie here; null for none.</summary>
    public Realm? Realm => Area switch
    {
        DavArea.Files or DavArea.Uploads => Core.Store.Realm.Files,
        DavArea.Calendars => Core.Store.Realm.Calendar,
        DavArea.AddressBooks or DavArea.Directory => Core.Store.Realm.Contacts,
        _ => null,
    };

    /// <param name="path">Percent-encoded, absolute, without query.</param>
    /// <returns>Null when it is none: a bad escape, text that is not UTF-8, a dot segment, NUL or a slash inside of a name.</returns>
    public static DavPath? Parse(ReadOnlySpan<char> path)
    {
        if (path.IsEmpty || path[0] != '/') return null;
        var names = new List<string>();
        foreach (var range in path.Split('/'))
        {
            if (path[range].IsEmpty) continue; // Doubled and trailing slashes mean nothing.
            if (names.Count == NamesMax || Decode(path[range]) is not { } name) return null;
            if (name is "." or ".." || name.AsSpan().ContainsAny('/', '\0')) return null;
            names.Add(name);
        }

        var slash = path[^1] == '/';
        if (names.Count == 0 || names is ["dav"]) return new DavPath(DavArea.Above, "", [], slash);
        if (names[0] != "dav") return new DavPath(DavArea.Nowhere, "", names, slash);
        if (names[1] == "directory") return new DavPath(DavArea.Directory, "", names[2..], slash);
        var area = names[1] switch
        {
            "principals" => DavArea.Principal,
            "files" => DavArea.Files,
            "calendars" => DavArea.Calendars,
            "addressbooks" => DavArea.AddressBooks,
            "uploads" => DavArea.Uploads,
            "push" => DavArea.Push,
            _ => DavArea.Nowhere,
        };
        if (names.Count == 2 && area != DavArea.Nowhere) area = DavArea.Above;
        var isGroup = names.Count == 4 && names[3] is Sharing.Proxies.Read or Sharing.Proxies.Write;
        if (area == DavArea.Principal && names.Count > 3 && !isGroup) area = DavArea.Nowhere;
        var address = names.Count > 2 ? names[2].ToLowerInvariant() : "";
        return new DavPath(area, address, names.Count > 3 ? names[3..] : [], slash);
    }

    /// <summary>The path of a URL in a header: absolute, or an absolute path.</summary>
    /// <param name="url">As it came.</param>
    /// <param name="host">The request's host and port: those of the URL must be the same.</param>
    /// <param name="elsewhere">It names another host.</param>
    public static DavPath? OfUrl(string url, string host, out bool elsewhere)
    {
        elsewhere = false;
        var rest = url.AsSpan().Trim();
        if (!rest.StartsWith("/"))
        {
            var scheme = rest.IndexOf("://", StringComparison.Ordinal);
            if (scheme < 0) return null;
            rest = rest[(scheme + 3)..];
            var end = rest.IndexOf('/');
            var authority = end < 0 ? rest : rest[..end];
            elsewhere = !authority.Equals(host, StringComparison.OrdinalIgnoreCase);
            rest = end < 0 ? "/" : rest[end..];
        }

        var query = rest.IndexOfAny('?', '#');
        return Parse(query < 0 ? rest : rest[..query]);
    }

    private static string? Decode(ReadOnlySpan<char> text)
    {
        if (!text.ContainsAnyExceptInRange('!', '~') && !text.Contains('%')) return text.ToString();
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                // Clients that do not escape send UTF-8, which Kestrel gives as it came.
                var run = char.IsHighSurrogate(text[i]) && i + 1 < text.Length ? 2 : 1;
                count += Encoding.UTF8.GetBytes(text.Slice(i, run), bytes.AsSpan(count));
                i += run - 1;
                continue;
            }

            if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2])) return null;
            bytes[count++] = Convert.FromHexString(text.Slice(i + 1, 2))[0];
            i += 2;
        }

        try
        {
            return Strict.GetString(bytes, 0, count);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}

/// <summary>How a member sees a shared calendar: as one of the own.</summary>
internal sealed record DavAlias(string Address, string Name);

/// <summary>Writes paths as hrefs.</summary>
internal static class DavHref
{
    private static readonly SearchValues<char> PlainCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@");

    public static string Root(DavArea area, string address) => area switch
    {
        DavArea.Principal => $"/dav/principals/{Encode(address)}/",
        DavArea.Files => $"/dav/files/{Encode(address)}/",
        DavArea.Calendars => $"/dav/calendars/{Encode(address)}/",
        DavArea.AddressBooks => $"/dav/addressbooks/{Encode(address)}/",
        DavArea.Uploads => $"/dav/uploads/{Encode(address)}/",
        DavArea.Directory => "/dav/directory/",
        DavArea.Push => $"/dav/push/{Encode(address)}/",
        _ => "/dav/",
    };

    /// <param name="path">Without a slash at the end.</param>
    public static string Of(DavPath path) => path switch
    {
        { Names.Count: 0 } => Root(path.Area, path.Address),
        { Alias: { } alias } => Root(path.Area, alias.Address) + Joined([alias.Name, .. path.Names.Skip(1)]),
        _ => Root(path.Area, path.Address) + Joined(path.Names),
    };

    private static string Joined(IEnumerable<string> names) => string.Join('/', names.Select(Encode));

    /// <summary>One name, percent-encoded in UTF-8 with capital digits (RFC 3986 section 3.3, pchar).</summary>
    public static string Encode(string name)
    {
        if (!name.AsSpan().ContainsAnyExcept(PlainCharacters)) return name;
        var bytes = Encoding.UTF8.GetBytes(name);
        var text = new StringBuilder(bytes.Length * 2);
        foreach (var value in bytes)
        {
            if (PlainCharacters.Contains((char)value)) text.Append((char)value);
            else text.Append('%').Append(value.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }

        return text.ToString();
    }
}
