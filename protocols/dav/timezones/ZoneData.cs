using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Globalization;
using CompatBot.Formats.Vobject;
using NodaTime;
using NodaTime.TimeZones;

namespace CompatBot.Protocols.Dav.Timezones;

/// <summary>The time zones of the world: the IANA database that NodaTime brings along.</summary>
internal static class ZoneData
{
    private static readonly TzdbDateTimeZoneSource Source = TzdbDateTimeZoneSource.Default;
    private static readonly DateTimeZoneCache Zones = new(Source);

    /// <summary>No more than there are zones.</summary>
    private static readonly ConcurrentDictionary<string, Component> Written = new(StringComparer.Ordinal);

    /// <summary>As in "2026f".</summary>
    public static string Version { get; } = Source.TzdbVersion;

    /// <summary>Names, without those that are other names of the same, in order.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Source.CanonicalIdMap.Values.Distinct().Order(StringComparer.Ordinal)];

    private static FrozenSet<string> Known { get; } = Source.CanonicalIdMap.Keys.ToFrozenSet(StringComparer.Ordinal);

    public static bool IsKnown(string name) => Known.Contains(name);

    /// <summary>Other names of a zone.</summary>
    public static IEnumerable<string> AliasesOf(string name) => Source.Aliases[name];

    public static DateTimeZone? Find(string name) => IsKnown(name) ? Zones[name] : null;

    /// <summary>A VTIMEZONE with this name; null when there is no such zone.</summary>
    public static Component? Component(string name) =>
        Find(name) is { } zone ? Written.GetOrAdd(name, static (_, made) => ZoneWriter.Write(made.name, made.zone), (name, zone)) : null;

    /// <summary>Moments at which clocks change in a span, with what they change to.</summary>
    public static IEnumerable<ZoneInterval> Changes(DateTimeZone zone, Instant from, Instant until) =>
        zone.GetZoneIntervals(from, until).Where(one => one.HasStart && one.Start >= from && one.Start < until);

    public static string Text(Instant instant) => instant.ToString("uuuu-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
