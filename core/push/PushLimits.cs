namespace CompatBot.Core.Push;

/// <summary>What clients and push services can grow, with its bound.</summary>
public sealed record PushLimits
{
    /// <summary>Subscriptions of one collection: one for each program on each device of a person.</summary>
    public int CollectionMax { get; init; } = 30;

    /// <summary>Subscriptions of all calendars, of all address books, or of all folders of an account.</summary>
    public int RealmMax { get; init; } = 300;

    /// <summary>Longest URL of a push resource, in characters.</summary>
    public int ResourceCharactersMax { get; init; } = 1000;

    /// <summary>How long a subscription lasts at most; the draft demands that it may be three days (section 3.4).</summary>
    public TimeSpan LifeMax { get; init; } = TimeSpan.FromDays(30);

    /// <summary>From a change to its message: what changes meanwhile is in the same one.</summary>
    public TimeSpan MergeFor { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Between two messages to one subscription.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>After a push service could not take a message; each time twice as long, or as it says.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest that a push service can put a message off.</summary>
    public TimeSpan RetryMax { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Times that a message is tried again; then it is dropped, and the next change is a new one.</summary>
    public int RetriesMax { get; init; } = 5;

    /// <summary>For one message, until the push service has answered.</summary>
    public TimeSpan SendTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Messages of one account's realm that are sent at the same time.</summary>
    public int AtOnce { get; init; } = 8;

    /// <summary>Realms whose messages are sent at the same time.</summary>
    public int RealmsAtOnce { get; init; } = 32;
}
