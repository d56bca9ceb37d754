using System.Diagnostics;
using System.Threading.Tasks.Sources;
using CompatBot.Core.Store;

namespace CompatBot.Storage.Sqlite.Writing;

/// <summary>One thing to write. Whoever has the turn runs it, perhaps twice (a transaction can fail and be tried in parts).</summary>
/// <param name="run">Refuses before it writes anything, or undoes what it wrote; SQLite's errors pass through.</param>
/// <param name="bytes">What it adds to a transaction, roughly.</param>
/// <param name="aim">Whether it may use the reserve of a full disk.</param>
internal sealed class WriteRequest(Func<SqliteShelves, Refusal> run, long bytes, WriteAim aim) : IValueTaskSource<Refusal>
{
    private readonly long _queuedAt = Stopwatch.GetTimestamp();

    // Waiters go on elsewhere: whatever they do next must not hold up the writer.
    private ManualResetValueTaskSourceCore<Refusal> _completion = new() { RunContinuationsAsynchronously = true };
    private bool _isDone;

    public long Bytes { get; } = bytes;

    public WriteAim Aim { get; } = aim;

    /// <summary>Who asks has nothing else to do until it is written, and holds up nobody.</summary>
    public bool MayWriteHere { get; init; }

    public ValueTask<Refusal> Completion => new(this, _completion.Version);

    public Refusal Run(SqliteShelves shelves) => run(shelves);

    public void Complete(Refusal refusal)
    {
        _isDone = true;
        StorageMetrics.CommitSeconds.Record(Stopwatch.GetElapsedTime(_queuedAt).TotalSeconds);
        if (refusal == Refusal.StoreFull) StorageMetrics.RefusedFull.Add();
        else if (refusal == Refusal.Unavailable) StorageMetrics.RefusedUnavailable.Add();
        _completion.SetResult(refusal);
    }

    /// <summary>Passes a bug on to whoever waits; nothing, when the request was answered already.</summary>
    public void Fail(Exception error)
    {
        if (!_isDone)
        {
            _isDone = true;
            _completion.SetException(error);
        }
    }

    Refusal IValueTaskSource<Refusal>.GetResult(short token) => _completion.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<Refusal>.GetStatus(short token) => _completion.GetStatus(token);

    void IValueTaskSource<Refusal>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags);
}

/// <summary>What a write is for.</summary>
internal enum WriteAim
{
    /// <summary>Keeps something more than before.</summary>
    Add,

    /// <summary>Deletes, or changes what is there: goes through on a full disk.</summary>
    Free,
}
