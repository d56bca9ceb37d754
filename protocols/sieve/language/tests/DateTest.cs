using System.Globalization;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Sieve.Language.Matching;

namespace CompatBot.Protocols.Sieve.Language.Tests;

/// <summary>"date" and "currentdate" (RFC 5260).</summary>
internal static class DateTest
{
    public static SieveTest Compile(SieveArguments arguments)
    {
        var match = SieveMatch.Take(arguments);
        var index = FieldIndex.Take(arguments);
        var original = arguments.Flag("originalzone");
        var zone = Zone(arguments);
        if (original && zone is not null) throw arguments.Wrong("\":zone\" and \":originalzone\" exclude each other");
        var name = arguments.Text("the header");
        var part = arguments.Text("the date part");
        var keys = match.TakeKeys(arguments);
        arguments.End();
        return run => match.Any(
            run,
            index.Of(run.Header.Fields(name.Get(run))).Take(1)
                .Select(field => Find(WireText.Unfold(field.Value))).OfType<DateTimeOffset>()
                .Select(date => Part(original ? date : date.ToOffset(OffsetOf(run, zone)), part.Get(run))).OfType<string>(),
            keys);
    }

    public static SieveTest CompileCurrent(SieveArguments arguments)
    {
        var match = SieveMatch.Take(arguments);
        var zone = Zone(arguments);
        var part = arguments.Text("the date part");
        var keys = match.TakeKeys(arguments);
        arguments.End();
        return run => match.Any(
            run, Part(run.Host.Now.ToOffset(OffsetOf(run, zone)), part.Get(run)) is { } value ? [value] : [], keys);
    }

    /// <summary>A date, or behind the last semicolon, as in Received.</summary>
    private static DateTimeOffset? Find(string value)
    {
        var semicolon = value.LastIndexOf(';');
        return MailDate.TryParse(semicolon < 0 ? value : value[(semicolon + 1)..], out var date) ? date : null;
    }

    private static SieveText? Zone(SieveArguments arguments)
    {
        var zone = arguments.TaggedText("zone");
        if (zone?.Constant is { } constant && TryOffset(constant) is null) throw arguments.Wrong($"\"{constant}\" is no zone");
        return zone;
    }

    private static TimeSpan OffsetOf(SieveRun run, SieveText? zone) =>
        zone is null ? run.Host.Now.Offset : TryOffset(zone.Get(run)) ?? run.Host.Now.Offset;

    /// <summary>"+hhmm" or "-hhmm".</summary>
    private static TimeSpan? TryOffset(string zone)
    {
        if (zone.Length != 5 || zone[0] is not ('+' or '-') || !zone.AsSpan(1).ToString().All(char.IsAsciiDigit)) return null;
        var minutes = (int.Parse(zone.AsSpan(1, 2), CultureInfo.InvariantCulture) * 60)
            + int.Parse(zone.AsSpan(3), CultureInfo.InvariantCulture);
        return minutes > 14 * 60 ? null : TimeSpan.FromMinutes(zone[0] == '-' ? -minutes : minutes);
    }

    /// <summary>A part of a date as section 4.2 lists them; null: there is none of that name.</summary>
    private static string? Part(DateTimeOffset date, string part)
    {
        var zone = date.ToString("zzz", CultureInfo.InvariantCulture);
        return part.ToLowerInvariant() switch
        {
            "year" => Text("yyyy"),
            "month" => Text("MM"),
            "day" => Text("dd"),
            "date" => Text("yyyy-MM-dd"),
            "julian" => Julian(date).ToString(CultureInfo.InvariantCulture),
            "hour" => Text("HH"),
            "minute" => Text("mm"),
            "second" => Text("ss"),
            "time" => Text("HH:mm:ss"),
            "iso8601" => Text("yyyy-MM-ddTHH:mm:ss") + (date.Offset == TimeSpan.Zero ? "Z" : zone),
            "std11" => Text("ddd, dd MMM yyyy HH:mm:ss ") + zone.Replace(":", "", StringComparison.Ordinal),
            "zone" => zone.Replace(":", "", StringComparison.Ordinal),
            "weekday" => ((int)date.DayOfWeek).ToString(CultureInfo.InvariantCulture),
            _ => null,
        };

        string Text(string format) => date.ToString(format, CultureInfo.InvariantCulture);
    }

    /// <summary>Modified Julian Day: days since 17 November 1858.</summary>
    private static int Julian(DateTimeOffset date) => (date.Date - new DateTime(1858, 11, 17)).Days;
}
