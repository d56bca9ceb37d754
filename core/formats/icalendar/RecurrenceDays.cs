namespace CompatBot.Formats.Icalendar;

/// <summary>The instances that a rule gives in one of its periods: the days that pass its filters, at the times that it names.</summary>
internal sealed class RecurrenceDays
{
    private readonly RecurrenceRule _rule;
    private readonly WorkBound _work;
    private readonly IReadOnlyList<int> _months;
    private readonly IReadOnlyList<int> _monthDays;
    private readonly IReadOnlyList<ByDay> _weekDays;
    private readonly IReadOnlyList<int> _hours;
    private readonly IReadOnlyList<int> _minutes;
    private readonly IReadOnlyList<int> _seconds;
    private readonly List<DateTime> _times = [];

    public RecurrenceDays(RecurrenceRule rule, DateTime start, WorkBound work)
    {
        (_rule, _work) = (rule, work);
        (_months, _monthDays, _weekDays) = (rule.Months, rule.MonthDays, rule.WeekDays);
        var dayIsNamed = rule.YearDays.Count + rule.MonthDays.Count + rule.WeekDays.Count > 0;
        switch (rule.Frequency)
        {
            case Frequency.Yearly when rule.WeekNumbers.Count > 0 && !dayIsNamed:
            case Frequency.Weekly when !dayIsNamed:
                _weekDays = [new ByDay(0, start.DayOfWeek)];
                break;
            case Frequency.Yearly when !dayIsNamed:
                if (_months.Count == 0) _months = [start.Month];
                _monthDays = [start.Day];
                break;
            case Frequency.Monthly when !dayIsNamed:
                _monthDays = [start.Day];
                break;
        }

        _hours = rule.Hours.Count > 0 || rule.Frequency <= Frequency.Hourly ? rule.Hours : [start.Hour];
        _minutes = rule.Minutes.Count > 0 || rule.Frequency <= Frequency.Minutely ? rule.Minutes : [start.Minute];
        _seconds = rule.Seconds.Count > 0 || rule.Frequency <= Frequency.Secondly ? rule.Seconds : [start.Second];
    }

    /// <summary>The instances of a period, ascending, as far as the work may go. The list is used again by the next call.</summary>
    public List<DateTime> In(DateTime period)
    {
        _times.Clear();
        var (day, end) = _rule.Frequency switch
        {
            Frequency.Yearly => (period, new DateTime(period.Year, 12, 31)),
            Frequency.Monthly => (period, period.AddMonths(1).AddDays(_rule.Skip == SkippedDay.Forward ? 0 : -1)),
            Frequency.Weekly => (period, period > DateTime.MaxValue.AddDays(-7) ? DateTime.MaxValue.Date : period.AddDays(6)),
            _ => (period.Date, period.Date),
        };
        for (; ; day = day.AddDays(1))
        {
            var before = _times.Count;
            if (Passes(day, period)) AddTimes(day, period);
            if (!_work.Spend(1 + _times.Count - before) || day >= end) return _times;
        }
    }

    /// <summary>From a period without instances, the next that can have one.</summary>
    public long Skip(DateTime period, long index, DateTime start)
    {
        // Shorter periods than a day: on with the next day, or hour, that passes.
        if (_rule.Frequency >= Frequency.Daily) return index + 1;
        var next = !Passes(period.Date, period) ? period.Date.AddDays(1)
            : _rule.Hours.Count > 0 && !_rule.Hours.Contains(period.Hour) ? period.Date.AddHours(period.Hour + 1)
            : DateTime.MinValue;
        if (next <= period) return index + 1;
        var jump = Recurrence.Jump(_rule, start, next);
        while (Recurrence.PeriodAt(_rule, start, jump) is { } at && at < next) jump++;
        return Math.Max(index + 1, jump);
    }

    private bool Passes(DateTime day, DateTime period)
    {
        if (!IsMoved(day, period))
        {
            if (_rule.Frequency == Frequency.Monthly && day.Month != period.Month) return false;
            if (_months.Count > 0 && !_months.Contains(day.Month)) return false;
            if (_monthDays.Count > 0 && !InMonth(day)) return false;
        }

        if (_weekDays.Count > 0 && !_weekDays.Any(one => IsNth(day, one))) return false;
        if (_rule.YearDays.Count > 0 && !InYear(day)) return false;
        return _rule.WeekNumbers.Count == 0 || _rule.Frequency != Frequency.Yearly || InWeek(day);
    }

    /// <summary>Whether a day stands for one that its month, or the month before, does not have.</summary>
    private bool IsMoved(DateTime day, DateTime period)
    {
        if (_rule.Skip == SkippedDay.Omit || _rule.Frequency < Frequency.Monthly) return false;
        if (_monthDays.Count == 0 || day == DateTime.MinValue) return false;
        var last = _rule.Skip == SkippedDay.Backward ? day : day.AddDays(-1);
        if (last.Day != DateTime.DaysInMonth(last.Year, last.Month)) return false;
        if (_rule.Frequency == Frequency.Monthly && last.Month != period.Month) return false;
        return (_months.Count == 0 || _months.Contains(last.Month)) && _monthDays.Any(one => one > last.Day);
    }

    private bool InMonth(DateTime day) =>
        _monthDays.Contains(day.Day) || _monthDays.Contains(day.Day - DateTime.DaysInMonth(day.Year, day.Month) - 1);

    private bool InYear(DateTime day)
    {
        var length = DateTime.IsLeapYear(day.Year) ? 366 : 365;
        return _rule.YearDays.Contains(day.DayOfYear) || _rule.YearDays.Contains(day.DayOfYear - length - 1);
    }

    /// <summary>Weeks are numbered so that the first has at least four days of its year.</summary>
    private bool InWeek(DateTime day)
    {
        var week = Recurrence.WeekOf(day, _rule.WeekStart);
        var year = week.AddDays(3).Year;
        var number = ((week.AddDays(3).DayOfYear - 1) / 7) + 1;
        if (_rule.WeekNumbers.Contains(number)) return true;
        var lastWeek = Recurrence.WeekOf(new DateTime(year, 12, 28), _rule.WeekStart).AddDays(3);
        if (Recurrence.WeekOf(new DateTime(year, 12, 31), _rule.WeekStart).AddDays(3) is var later && later.Year == year) lastWeek = later;
        var weeks = ((lastWeek.DayOfYear - 1) / 7) + 1;
        return _rule.WeekNumbers.Contains(number - weeks - 1);
    }

    private bool IsNth(DateTime day, ByDay one)
    {
        if (day.DayOfWeek != one.Day) return false;
        var isNumbered = one.Nth != 0 && _rule.Frequency is Frequency.Monthly or Frequency.Yearly && _rule.WeekNumbers.Count == 0;
        if (!isNumbered || one.Nth == 0) return true;
        var inYear = _rule.Frequency == Frequency.Yearly && _months.Count == 0;
        var (at, length) = inYear
            ? (day.DayOfYear, DateTime.IsLeapYear(day.Year) ? 366 : 365)
            : (day.Day, DateTime.DaysInMonth(day.Year, day.Month));
        return one.Nth > 0 ? ((at - 1) / 7) + 1 == one.Nth : ((length - at) / 7) + 1 == -one.Nth;
    }

    private void AddTimes(DateTime day, DateTime period)
    {
        if (_rule.Frequency >= Frequency.Daily)
        {
            foreach (var hour in _hours)
            {
                foreach (var minute in _minutes)
                {
                    foreach (var second in _seconds) _times.Add(day.AddSeconds((((hour * 60) + minute) * 60) + second));
                }
            }

            return;
        }

        if (_hours.Count > 0 && !_hours.Contains(period.Hour)) return;
        var isMinute = _rule.Frequency <= Frequency.Minutely;
        if (isMinute && _minutes.Count > 0 && !_minutes.Contains(period.Minute)) return;
        if (_rule.Frequency == Frequency.Secondly)
        {
            if (_seconds.Count == 0 || _seconds.Contains(period.Second)) _times.Add(period);
            return;
        }

        foreach (var minute in isMinute ? [period.Minute] : _minutes)
        {
            foreach (var second in _seconds) _times.Add(day.AddSeconds((((period.Hour * 60) + minute) * 60) + second));
        }
    }
}
