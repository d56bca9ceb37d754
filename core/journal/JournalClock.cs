namespace CompatBot.Core.Journal;

/// <summary>The journal's unit of time: microseconds since 1970 UTC.</summary>
public static class JournalClock
{
    public static long MicrosecondsOf(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset TimeOf(long microseconds) => DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds);
}
