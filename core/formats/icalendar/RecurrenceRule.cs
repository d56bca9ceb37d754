using System.Globalization;

namespace CompatBot.Formats.Icalendar;

/// <summary>How often a rule's periods follow each other.</summary>
public enum Frequency
{
    Secondly, Minutely, Hourly, Daily, Weekly, Monthly, Yearly,
}

/// <summary>What a rule does with a date that is none, such as 31 April.</summary>
public enum SkippedDay
{
    Omit, Backward, Forward,
}

/// <summary>One item of BYDAY.</summary>
/// <param name="Nth">Which one of its month or year, from the end when negative; 0: all.</param>
public readonly record struct ByDay(int Nth, DayOfWeek Day);

/// <summary>An RRULE value (RFC 5545 section 3.3.10).</summary>
public sealed record RecurrenceRule(Frequency Frequency)
{
    private static readonly string[] Days = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];

    public int Interval { get; init; } = 1;

    /// <summary>Instances in all; null: no bound.</summary>
    public int? Count { get; init; }

    /// <summary>The last moment, on the clock that it is written in; null: no bound.</summary>
    public CalendarTime? Until { get; init; }

    public DayOfWeek WeekStart { get; init; } = DayOfWeek.Monday;

    public IReadOnlyList<int> Months { get; init; } = [];

    public IReadOnlyList<int> WeekNumbers { get; init; } = [];

    public IReadOnlyList<int> YearDays { get; init; } = [];

    public IReadOnlyList<int> MonthDays { get; init; } = [];

    public IReadOnlyList<ByDay> WeekDays { get; init; } = [];

    public IReadOnlyList<int> Hours { get; init; } = [];

    public IReadOnlyList<int> Minutes { get; init; } = [];

    public IReadOnlyList<int> Seconds { get; init; } = [];

    public IReadOnlyList<int> Positions { get; init; } = [];

    /// <summary>What becomes of a day that its month does not have (RFC 7529 section 4.1).</summary>
    public SkippedDay Skip { get; init; }

    /// <returns>Null when the text is no rule, or one of another calendar (RFC 7529) than the Gregorian.</returns>
    public static RecurrenceRule? Parse(string text)
    {
        RecurrenceRule? rule = null;
        var parts = text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (var part in parts)
        {
            if (!part.StartsWith("FREQ=", StringComparison.OrdinalIgnoreCase)) continue;
            if (Enum.TryParse<Frequency>(part[5..], true, out var frequency)) rule = new RecurrenceRule(frequency);
        }

        foreach (var part in parts)
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || rule is null) return null;
            rule = rule.With(part[..equals].ToUpperInvariant(), part[(equals + 1)..]);
        }

        return rule;
    }

    private RecurrenceRule? With(string name, string value) => name switch
    {
        "INTERVAL" => Number(value, 1, int.MaxValue) is { } interval ? this with { Interval = interval } : null,
        "COUNT" => Number(value, 1, int.MaxValue) is { } count ? this with { Count = count } : null,
        "UNTIL" => CalendarTime.Parse(value) is { } until ? this with { Until = until } : null,
        "WKST" => Day(value) is { } day ? this with { WeekStart = day } : null,
        "BYMONTH" => Numbers(value, 1, 12, signed: false) is { } list ? this with { Months = list } : null,
        "BYWEEKNO" => Numbers(value, 1, 53, signed: true) is { } list ? this with { WeekNumbers = list } : null,
        "BYYEARDAY" => Numbers(value, 1, 366, signed: true) is { } list ? this with { YearDays = list } : null,
        "BYMONTHDAY" => Numbers(value, 1, 31, signed: true) is { } list ? this with { MonthDays = list } : null,
        "BYDAY" => DaysOf(value) is { } list ? this with { WeekDays = list } : null,
        "BYHOUR" => Numbers(value, 0, 23, signed: false) is { } list ? this with { Hours = list } : null,
        "BYMINUTE" => Numbers(value, 0, 59, signed: false) is { } list ? this with { Minutes = list } : null,
        "BYSECOND" => Numbers(value, 0, 60, signed: false) is { } list ? this with { Seconds = WithoutLeap(list) } : null,
        "BYSETPOS" => Numbers(value, 1, 366, signed: true) is { } list ? this with { Positions = list } : null,
        "SKIP" => Enum.TryParse<SkippedDay>(value, true, out var skip) ? this with { Skip = skip } : null,
        "RSCALE" when !value.Equals("GREGORIAN", StringComparison.OrdinalIgnoreCase) => null,
        _ => this, // FREQ, and what later RFCs may add.
    };

    private static List<int>? Numbers(string text, int least, int most, bool signed)
    {
        var list = new List<int>();
        foreach (var item in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var negative = signed && item.StartsWith('-');
            if (Number(item.TrimStart(signed ? ['-', '+'] : []), least, most) is not { } number) return null;
            if (!list.Contains(negative ? -number : number)) list.Add(negative ? -number : number);
        }

        list.Sort();
        return list;
    }

    private static List<ByDay>? DaysOf(string text)
    {
        var list = new List<ByDay>();
        foreach (var item in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (item.Length < 2 || Day(item[^2..]) is not { } day) return null;
            var nth = 0;
            if (item.Length > 2)
            {
                if (Number(item[..^2].TrimStart('-', '+'), 1, 53) is not { } number) return null;
                nth = item[0] == '-' ? -number : number;
            }

            list.Add(new ByDay(nth, day));
        }

        return list;
    }

    private static DayOfWeek? Day(string text)
    {
        var index = Array.FindIndex(Days, day => day.Equals(text, StringComparison.OrdinalIgnoreCase));
        return index < 0 ? null : (DayOfWeek)index;
    }

    /// <summary>A leap second is the one before it.</summary>
    private static int[] WithoutLeap(List<int> seconds) => [.. seconds.Select(one => Math.Min(one, 59)).Distinct()];

    private static int? Number(string text, int least, int most)
    {
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)) return null;
        return value >= least && value <= most ? value : null;
    }
}
