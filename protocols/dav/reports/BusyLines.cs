using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Vobject;

namespace CompatBot.Protocols.Dav.Reports;

/// <summary>Busy times as FREEBUSY properties (RFC 5545 section 3.8.2.6).</summary>
internal static class BusyLines
{
    /// <summary>One for each span, those that touch as one, cut to what was asked for.</summary>
    public static IEnumerable<ContentLine> Of(IEnumerable<(string Type, long From, long Until)> periods, long from, long until)
    {
        foreach (var group in periods.GroupBy(one => one.Type).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var parameters = group.Key == "BUSY" ? (IReadOnlyList<Parameter>)[] : [new Parameter("FBTYPE", [group.Key])];
            foreach (var (start, end) in Merged(group.Select(one => (Math.Max(one.From, from), Math.Min(one.Until, until)))))
            {
                yield return new ContentLine(
                    "FREEBUSY", parameters, $"{CalendarExpansion.UtcText(start)}/{CalendarExpansion.UtcText(end)}");
            }
        }
    }

    /// <summary>Spans that touch as one.</summary>
    private static List<(long From, long Until)> Merged(IEnumerable<(long From, long Until)> spans)
    {
        var merged = new List<(long From, long Until)>();
        foreach (var (from, until) in spans.Order())
        {
            if (merged.Count > 0 && from <= merged[^1].Until) merged[^1] = (merged[^1].From, Math.Max(until, merged[^1].Until));
            else merged.Add((from, until));
        }

        return merged;
    }
}
