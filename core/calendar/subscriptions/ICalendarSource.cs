namespace CompatBot.Core.Calendar.Subscriptions;

/// <summary>Fetches calendars from elsewhere: whatever is there, within bounds of its own.</summary>
public interface ICalendarSource
{
    /// <param name="source">http or https.</param>
    /// <param name="etag">Of what is known; empty: nothing.</param>
    /// <param name="modified">The same.</param>
    /// <param name="cancellation">Gives it up.</param>
    ValueTask<FetchedCalendar> FetchAsync(Uri source, string etag, string modified, CancellationToken cancellation);
}

/// <summary>What came of fetching.</summary>
/// <param name="Octets">Null: what is known is still so, or it failed.</param>
/// <param name="ETag">As it came; empty: none.</param>
/// <param name="Modified">As it came; empty: none.</param>
/// <param name="Failure">In words for a person; empty: it did not fail.</param>
public sealed record FetchedCalendar(ReadOnlyMemory<byte>? Octets, string ETag, string Modified, string Failure)
{
    /// <summary>Nothing changed since.</summary>
    public static FetchedCalendar Same { get; } = new(null, "", "", "");

    public static FetchedCalendar Failed(string why) => new(null, "", "", why);
}
