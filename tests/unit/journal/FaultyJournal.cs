using CompatBot.Core.Store;

namespace CompatBot.UnitTests.Journal;

/// <summary>A store whose journal refuses appends when told to, or holds them back until released.</summary>
internal sealed class FaultyJournal(IStore inner) : IStore, IJournalStore
{
    private readonly List<TaskCompletionSource> _held = [];

    /// <summary>Decides about each append; None lets it through.</summary>
    public Func<JournalAppend, Refusal> Fault { get; set; } = _ => Refusal.None;

    public bool Hold { get; set; }

    public IJournalStore Journal => this;

    public IBlobStore Blobs => inner.Blobs;

    public ISnapshotStore Snapshots => inner.Snapshots;

    public IDropbox Dropbox => inner.Dropbox;

    public IDirectory Directory => inner.Directory;

    public async ValueTask<Refusal> AppendAsync(JournalAppend append, CancellationToken cancellation)
    {
        var refusal = Fault(append);
        var result = refusal == Refusal.None ? await inner.Journal.AppendAsync(append, cancellation) : refusal;
        if (!Hold) return result;
        var held = new TaskCompletionSource();
        lock (_held) _held.Add(held);
        await held.Task;
        return result;
    }

    /// <summary>Lets the held appends complete, the newest first.</summary>
    public void Release()
    {
        Hold = false;
        TaskCompletionSource[] held;
        lock (_held) held = [.. _held];
        foreach (var append in held.Reverse()) append.SetResult();
    }

    public IAsyncEnumerable<StoredEntry> ReadAsync(AccountId account, ulong after, CancellationToken cancellation) =>
        inner.Journal.ReadAsync(account, after, cancellation);

    public ValueTask<ulong> HeadAsync(AccountId account, CancellationToken cancellation) => inner.Journal.HeadAsync(account, cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
