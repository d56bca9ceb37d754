namespace CompatBot.Formats.Icalendar;

/// <summary>
/// How much work the dates of one calendar object may make, all its rules and zones together: days looked at and instances made. A rule
/// that finds nothing (30 February) or too much (every second for a century) comes to its end here, as if it had no further instances.
/// </summary>
/// <param name="units">About 20 ns each.</param>
public sealed class WorkBound(long units = WorkBound.ObjectUnits)
{
    /// <summary>What one object gets: every day for 5,000 years.</summary>
    public const long ObjectUnits = 2_000_000;

    private long _left = units;

    public bool IsSpent => _left <= 0;

    /// <returns>False when that was too much.</returns>
    public bool Spend(long more)
    {
        _left -= more;
        return _left > 0;
    }
}
