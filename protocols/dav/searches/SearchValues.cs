using System.Collections.Frozen;
using System.Globalization;
using System.Xml.Linq;
using CompatBot.Protocols.Dav.Conditions;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Xml;
using CompatBot.Protocols.Net.Http;

namespace CompatBot.Protocols.Dav.Searches;

/// <summary>Properties as values that can be compared: text, numbers, and times as their ticks.</summary>
internal static class SearchValues
{
    private static readonly FrozenDictionary<XName, Func<DavResource, object?>> Live = new Dictionary<XName, Func<DavResource, object?>>
    {
        [DavNames.DisplayName] = LiveProperties.NameOf,
        [DavNames.Dav + "getcontentlength"] = one => one.Item?.Size,
        [DavNames.Dav + "getlastmodified"] = one => Ticks(LiveProperties.ModifiedOf(one)),
        [DavNames.Dav + "creationdate"] = one => Ticks(LiveProperties.CreatedOf(one)),
        [DavNames.Dav + "getcontenttype"] = one => one.Item is { } item ? item.MediaType ?? MediaTypes.Of(item.Name) : null,
        [DavNames.GetETag] = one => one.Item is { } item ? ETags.Of(item) : null,
        [DavNames.OwnCloud + "fileid"] = one => LiveProperties.NumberOf(one),
        [DavNames.OwnCloud + "id"] = one => LiveProperties.NumberOf(one),
        [DavNames.OwnCloud + "size"] = one => LiveProperties.SizeOf(one),
    }.ToFrozenDictionary();

    private static readonly FrozenSet<XName> Times =
        new[] { DavNames.Dav + "getlastmodified", DavNames.Dav + "creationdate" }.ToFrozenSet();

    /// <summary>Properties that a query may name in its conditions and its order, besides those that clients set.</summary>
    public static IEnumerable<XName> Names => Live.Keys;

    /// <returns>Text, a number, or null: the resource has no such property.</returns>
    public static object? Of(DavResource resource, XName name)
    {
        if (Live.TryGetValue(name, out var value)) return value(resource);
        var kept = resource.Item?.Properties ?? resource.Collection?.Properties;
        return kept is not null && kept.TryGetValue(name.ToString(), out var stored) ? DeadProperties.TextOf(stored) : null;
    }

    /// <summary>A literal as what it is compared with.</summary>
    /// <exception cref="DavException">422: it is no such value.</exception>
    public static object Literal(XName name, string text)
    {
        if (Times.Contains(name))
        {
            return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
                ? time.UtcTicks
                : throw new DavException(422, null, "A literal is no time");
        }

        var isNumber = name == DavNames.Dav + "getcontentlength" || name.Namespace == DavNames.OwnCloud;
        if (!isNumber || !Live.ContainsKey(name)) return text;
        return long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new DavException(422, null, "A literal is no number");
    }

    /// <summary>Seconds count, as in the dates that clients see.</summary>
    private static long? Ticks(long? microseconds) =>
        microseconds is { } value ? DateTimeOffset.FromUnixTimeSeconds(value / 1_000_000).UtcTicks : null;
}
