using CompatBot.Core.Store;

namespace CompatBot.Core.Journal;

/// <summary>One open realm of an account, shared by its sessions: reads it in, commits to it, and keeps its snapshot fresh.</summary>
public abstract class OpenRealm<TState> where TState : class, IRealmState<TState>
{
    /// <summary>Entries after which a new snapshot is worth writing: replaying as many takes some ten milliseconds.</summary>
    private const ulong SnapshotEvery = 4096;

    private readonly JournalLog _journal;
    private readonly RealmLog<TState> _log;
    private readonly SemaphoreSlim _saving = new(1, 1);
    private ulong _savedAt;

    private protected OpenRealm(JournalLog journal, RealmLog<TState> log) => (_journal, _log) = (journal, log);

    /// <summary>The newest durable state.</summary>
    public TState State => _log.Current;

    public ChangeFeed Changes => _journal.Changes;

    /// <summary>The newest durable entry.</summary>
    internal ulong Head => _journal.Head.Sequence;

    /// <summary>The realm's past.</summary>
    internal RealmPast<TState> Past => _log.Past;

    /// <summary>Reads the realm in.</summary>
    /// <exception cref="JournalException">The journal is damaged or of a newer version.</exception>
    private protected async ValueTask ReadAsync(CancellationToken cancellation)
    {
        await _log.StartAsync(cancellation);
        try
        {
            await _journal.OpenAsync(_log, cancellation);
        }
        catch (JournalException) when (_log.Origin.Sequence > 0)
        {
            // A snapshot that does not fit the chain is only a bad shortcut: the journal decides.
            _log.StartOver();
            await _journal.OpenAsync(_log, cancellation);
        }

        _savedAt = _log.Origin.Sequence;
    }

    /// <summary>Waits for all commits and writes the snapshot.</summary>
    internal virtual async ValueTask CloseAsync(CancellationToken cancellation)
    {
        await _journal.SettledAsync(_ => { }, cancellation);
        await SaveAsync(cancellation);
    }

    /// <summary>Writes a snapshot now. A refusal is not reported: the journal has everything.</summary>
    internal async ValueTask SaveAsync(CancellationToken cancellation)
    {
        await _saving.WaitAsync(cancellation);
        try
        {
            await FlushAsync(cancellation);
            if (_journal.Head.Sequence == _savedAt) return;
            var (state, head) = (State, default(JournalHead));
            await _journal.SettledAsync(newest => (state, head) = (State, newest), cancellation);
            if (await _log.SaveAsync(state, head, cancellation) == Refusal.None) _savedAt = head.Sequence;
        }
        finally
        {
            _saving.Release();
        }
    }

    internal async ValueTask<Outcome<T>> CommitAsync<T>(
        DeviceId? device,
        Func<TState, DateTimeOffset, Proposal<T>> build,
        IReadOnlyList<SealedBlob> blobs,
        CancellationToken cancellation)
    {
        var outcome = await _journal.CommitAsync(_log, device, build, blobs, cancellation);
        if (!outcome.Declined && _journal.Head.Sequence - _savedAt >= SnapshotEvery && _saving.CurrentCount > 0)
        {
            await SaveAsync(cancellation);
        }

        return outcome;
    }

    /// <summary>A state in which everything that was queued is contained.</summary>
    internal async ValueTask<TState> SettledAsync(CancellationToken cancellation)
    {
        var state = State;
        await _journal.SettledAsync(_ => state = State, cancellation);
        return state;
    }

    /// <summary>Replaces the form of the states, not their meaning: parts of them were loaded.</summary>
    private protected ValueTask ReshapeAsync(Func<TState, ValueTask<TState>> reshape, CancellationToken cancellation) =>
        _journal.ExclusiveAsync(() => _log.ReshapeAsync(reshape), cancellation);

    /// <summary>Writes what else belongs to a snapshot.</summary>
    private protected virtual ValueTask FlushAsync(CancellationToken cancellation) => ValueTask.CompletedTask;
}
