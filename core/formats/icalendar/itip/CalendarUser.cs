using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Icalendar.Itip;

/// <summary>Who organizes and who attends: calendar user addresses (RFC 5545 section 3.3.3), and what their properties say.</summary>
public static class CalendarUser
{
    private static readonly string[] SchedulingParameters = ["SCHEDULE-AGENT", "SCHEDULE-STATUS", "SCHEDULE-FORCE-SEND"];
    private static readonly string[] AttachmentParameters = ["MANAGED-ID"]; // RFC 8607: of the organizer's own server.

    /// <summary>What spellings of one user have in common: a mail address in lower case without its scheme, another URI as it is.</summary>
    public static string Of(string uri)
    {
        var text = uri.Trim();
        if (!text.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase)) return text;
        var address = text["mailto:".Length..];
        var query = address.IndexOf('?', StringComparison.Ordinal);
        return Uri.UnescapeDataString(query < 0 ? address : address[..query]).Trim().ToLowerInvariant();
    }

    public static string Of(ContentLine line) => Of(line.Value);

    /// <summary>The user as a property's value.</summary>
    public static string UriOf(string user) => user.Contains(':', StringComparison.Ordinal) ? user : "mailto:" + user;

    public static string? OrganizerOf(Component component) => component.Find("ORGANIZER") is { } line ? Of(line) : null;

    /// <summary>The ATTENDEE of a user; null: does not attend.</summary>
    public static ContentLine? AttendeeOf(Component component, string user) =>
        component.All("ATTENDEE").FirstOrDefault(line => Of(line) == user);

    /// <summary>NEEDS-ACTION where it is not said, or the user does not attend.</summary>
    public static string StatusOf(Component? component, string user) =>
        component is not null && AttendeeOf(component, user) is { } line ? StatusOf(line) : "NEEDS-ACTION";

    public static string StatusOf(ContentLine attendee) => attendee["PARTSTAT"]?.ToUpperInvariant() ?? "NEEDS-ACTION";

    /// <summary>Whether the server sends and takes in for this user (RFC 6638 section 7.1).</summary>
    public static bool IsScheduled(ContentLine line) =>
        line["SCHEDULE-AGENT"] is not { } agent || agent.Equals("SERVER", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the client wants a message sent although nothing changed (RFC 6638 section 7.2).</summary>
    public static bool IsForced(ContentLine line, string method) =>
        method.Equals(line["SCHEDULE-FORCE-SEND"], StringComparison.OrdinalIgnoreCase);

    /// <summary>The line with one parameter set, or taken away where the value is null.</summary>
    public static ContentLine With(ContentLine line, string parameter, string? value)
    {
        var kept = line.Parameters.Where(one => !one.Name.Equals(parameter, StringComparison.OrdinalIgnoreCase));
        return line with { Parameters = value is null ? [.. kept] : [.. kept, new Parameter(parameter, [value])] };
    }

    /// <summary>Without what is between a client and its own server only.</summary>
    public static ContentLine Stripped(ContentLine line) => line.Name switch
    {
        "ATTENDEE" or "ORGANIZER" => Without(line, SchedulingParameters),
        "ATTACH" => Without(line, AttachmentParameters),
        _ => line,
    };

    private static ContentLine Without(ContentLine line, string[] parameters) => line with
    {
        Parameters = [.. line.Parameters.Where(one => !parameters.Contains(one.Name, StringComparer.OrdinalIgnoreCase))],
    };
}
