namespace CompatBot.Formats.Icalendar;

/// <summary>
/// Walks through the instances of a rule, on the wall clock, one after the other, without looking further than it is asked to.
/// </summary>
public static class Recurrence
{
    /// <summary>Where the calendar ends: far enough from the end of .NET's that weeks can be counted across it.</summary>
    private const int YearMax = 9990;

    /// <summary>Instances, ascending, each once.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="start">DTSTART, on the wall clock of its zone.</param>
    /// <param name="from">
    /// Instances before it are of no interest. Where the rule has no COUNT, the walk begins near here and not at the start.
    /// </param>
    /// <param name="until">The rule's UNTIL on the same clock as <paramref name="start"/>; null: none.</param>
    /// <param name="work">Ends the walk.</param>
    public static IEnumerable<DateTime> Walk(RecurrenceRule rule, DateTime start, DateTime from, DateTime? until, WorkBound work)
    {
        var days = new RecurrenceDays(rule, start, work);
        var left = rule.Count ?? int.MaxValue;
        var first = rule.Count is null && from > start ? Jump(rule, start, from) : 0;
        var last = until is { } bound && bound > start ? bound : until is null ? DateTime.MaxValue : start;
        for (var index = first; !work.IsSpent;)
        {
            if (PeriodAt(rule, start, index) is not { } period || period > last) yield break;
            var times = days.In(period);
            if (times.Count > 0)
            {
                foreach (var time in Positioned(rule, times))
                {
                    if (time < start) continue;
                    if ((until is not null && time > until) || left-- == 0) yield break;
                    if (time >= from) yield return time;
                }

                index++;
                continue;
            }

            index = days.Skip(period, index, start);
        }
    }

    /// <summary>The beginning of a period; null behind the end of time.</summary>
    internal static DateTime? PeriodAt(RecurrenceRule rule, DateTime start, long index)
    {
        try
        {
            var steps = checked(index * rule.Interval);
            var period = rule.Frequency switch
            {
                Frequency.Yearly => new DateTime(checked((int)(start.Year + steps)), 1, 1),
                Frequency.Monthly => new DateTime(start.Year, start.Month, 1).AddMonths(checked((int)steps)),
                Frequency.Weekly => WeekOf(start.Date, rule.WeekStart).AddDays(checked(steps * 7)),
                Frequency.Daily => start.Date.AddDays(steps),
                Frequency.Hourly => start.Date.AddHours(start.Hour).AddHours(steps),
                Frequency.Minutely => start.Date.AddHours(start.Hour).AddMinutes(start.Minute).AddMinutes(steps),
                _ => start.AddSeconds(steps),
            };
            return period.Year > YearMax ? null : period;
        }
        catch (Exception error) when (error is ArgumentOutOfRangeException or OverflowException)
        {
            return null;
        }
    }

    /// <summary>The last period that does not begin behind a moment, and one before it.</summary>
    internal static long Jump(RecurrenceRule rule, DateTime start, DateTime to)
    {
        var span = to - start;
        var units = rule.Frequency switch
        {
            Frequency.Yearly => to.Year - start.Year,
            Frequency.Monthly => ((to.Year - start.Year) * 12L) + to.Month - start.Month,
            Frequency.Weekly => (long)(span.TotalDays / 7),
            Frequency.Daily => (long)span.TotalDays,
            Frequency.Hourly => (long)span.TotalHours,
            Frequency.Minutely => (long)span.TotalMinutes,
            _ => (long)span.TotalSeconds,
        };
        return Math.Max(0, (units / rule.Interval) - 1);
    }

    internal static DateTime WeekOf(DateTime day, DayOfWeek weekStart)
    {
        var back = ((int)day.DayOfWeek - (int)weekStart + 7) % 7;
        return day < DateTime.MinValue.AddDays(back) ? DateTime.MinValue : day.AddDays(-back);
    }

    private static IEnumerable<DateTime> Positioned(RecurrenceRule rule, List<DateTime> times)
    {
        if (rule.Positions.Count == 0) return times;
        var chosen = new SortedSet<DateTime>();
        foreach (var position in rule.Positions)
        {
            var at = position > 0 ? position - 1 : times.Count + position;
            if (at >= 0 && at < times.Count) chosen.Add(times[at]);
        }

        return chosen;
    }
}
