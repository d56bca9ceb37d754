namespace CompatBot.Core.Metrics;

/// <summary>A count. Adding to it is one interlocked instruction: it allocates nothing and does not ask whether anybody listens.</summary>
public sealed class Tally
{
    private long _value;

    public long Value => Interlocked.Read(ref _value);

    public void Add(long count = 1) => Interlocked.Add(ref _value, count);
}
