using System.Text.Json;
using NodaTime;

namespace CompatBot.Protocols.Dav.Timezones;

/// <summary>The JSON of each action of the time zone service (RFC 7808 section 5).</summary>
internal static class ZoneAnswers
{
    private static readonly (string Name, string Template, string[] Parameters)[] Actions =
    [
        ("capabilities", "/capabilities", []),
        ("list", "/zones{?changedsince}", ["changedsince"]),
        ("get", "/zones{/tzid}", []),
        ("expand", "/zones{/tzid}/observances{?start,end}", ["start", "end"]),
        ("find", "/zones{?pattern}", ["pattern"]),
        ("leapseconds", "/leapseconds", []),
    ];

    public static void WriteCapabilities(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("version", 1);
        json.WriteStartObject("info");
        json.WriteString("primary-source", "IANA:" + ZoneData.Version);
        json.WriteStartArray("formats");
        json.WriteStringValue("text/calendar");
        json.WriteStringValue("application/calendar+json");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartArray("actions");
        foreach (var (name, template, parameters) in Actions)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("uri-template", template);
            json.WriteStartArray("parameters");
            foreach (var parameter in parameters)
            {
                json.WriteStartObject();
                json.WriteString("name", parameter);
                json.WriteBoolean("required", name is "expand" or "find");
                json.WriteBoolean("multi", false);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void WriteList(Utf8JsonWriter json, IEnumerable<string> names)
    {
        json.WriteStartObject();
        json.WriteString("synctoken", ZoneData.Version);
        json.WriteStartArray("timezones");
        foreach (var name in names)
        {
            json.WriteStartObject();
            json.WriteString("tzid", name);
            json.WriteString("etag", ZoneData.Version);
            json.WriteString("publisher", "IANA");
            json.WriteString("version", ZoneData.Version);
            json.WriteStartArray("aliases");
            foreach (var alias in ZoneData.AliasesOf(name)) json.WriteStringValue(alias);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>What holds when the span begins, and each change in it.</summary>
    public static void WriteObservances(Utf8JsonWriter json, string name, DateTimeZone zone, Instant from, Instant until)
    {
        json.WriteStartObject();
        json.WriteString("tzid", name);
        json.WriteString("start", ZoneData.Text(from));
        json.WriteString("end", ZoneData.Text(until));
        json.WriteStartArray("observances");
        foreach (var interval in zone.GetZoneIntervals(from, until))
        {
            var isBefore = !interval.HasStart || interval.Start < from;
            var onset = isBefore ? from : interval.Start;
            json.WriteStartObject();
            json.WriteString("name", interval.Name);
            json.WriteString("onset", ZoneData.Text(onset));
            json.WriteNumber("utc-offset-from", (isBefore ? interval.WallOffset : zone.GetUtcOffset(onset - Duration.Epsilon)).Seconds);
            json.WriteNumber("utc-offset-to", interval.WallOffset.Seconds);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void WriteLeapSeconds(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("expires", LeapSeconds.Expires);
        json.WriteString("publisher", "IANA");
        json.WriteString("version", ZoneData.Version);
        json.WriteStartArray("leapseconds");
        foreach (var (offset, onset) in LeapSeconds.All)
        {
            json.WriteStartObject();
            json.WriteNumber("utc-offset", offset);
            json.WriteString("onset", onset);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
