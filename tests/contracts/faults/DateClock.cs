namespace CompatBot.ContractTests.Faults;

/// <summary>A date that moves only when a test moves it; elapsed time is real.</summary>
public sealed class DateClock : TimeProvider
{
    /// <summary>Half past an hour.</summary>
    public DateTimeOffset Now { get; set; } = new(2026, 3, 1, 12, 30, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}
