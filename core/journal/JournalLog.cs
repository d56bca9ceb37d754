using System.Diagnostics;
using System.Runtime.ExceptionServices;
using CompatBot.Core.Identity;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Metrics;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Google.Protobuf;

namespace CompatBot.Core.Journal;

/// <summary>
/// The journal of one open account: builds changes on the tip, seals them into entries, appends them in order, and makes the
/// states visible when the entries are durable. Commits overlap: many may be on their way to the disk in one flush.
/// </summary>
public sealed class JournalLog(AccountId account, IJournalStore store, TimeProvider time)
{
    /// <summary>How often a commit is built again after somebody else wrote first.</summary>
    private const int AttemptsMax = 16;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private int _waiting; // To commit.
    private readonly List<IRealmLog> _realms = [];
    private readonly Dictionary<Realm, long> _closedUsage = [];
    private QuotaBox _quota = new(default);
    private JournalHead _tip;
    private JournalHead _durable;
    private long _tipMicroseconds;
    private Task _lastCompletion = Task.CompletedTask;
    private int _generation;
    private int _failedGeneration = -1;

    /// <summary>How much content the account's realms may have together; the newest counts for the next commit.</summary>
    public Quota Quota
    {
        get => Volatile.Read(ref _quota).Value;
        set => Volatile.Write(ref _quota, new QuotaBox(value));
    }

    public ChangeFeed Changes { get; } = new();

    /// <summary>The newest durable entry.</summary>
    public JournalHead Head => _durable;

    /// <summary>Counts, for the quota, what a realm has while it is not open. Before anything is opened.</summary>
    internal void CountClosed(Realm realm, long bytes) => _closedUsage[realm] = bytes;

    /// <summary>Reads a realm's entries from its origin to the head and lets it take part from now on.</summary>
    /// <exception cref="JournalException">The chain is broken, an entry does not open, or it is of a newer version.</exception>
    internal async ValueTask OpenAsync(IRealmLog realm, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            await _lastCompletion;
            var reached = await ReplayAsync(realm.Origin, [realm], cancellation);
            if (_realms.Count > 0 && reached.Sequence < _durable.Sequence) throw new JournalException("The journal became shorter");
            if (_realms.Count > 0 && reached.Sequence > _durable.Sequence) await ReplayAsync(_durable, _realms, cancellation);
            _realms.Add(realm);
            if (realm.Whole is { } whole) _closedUsage.Remove(whole);
            _tip = _durable = reached;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Commits what <paramref name="build"/> makes of the newest state; called again when another writer came first.</summary>
    /// <param name="device">Who does it; null for the server itself.</param>
    /// <param name="blobs">Become durable together with the entry.</param>
    /// <returns>
    /// The proposal's value, durable; or its refusal; or Conflict, TooLarge (an entry), StoreFull, Unavailable: then nothing changed.
    /// </returns>
    internal async ValueTask<Outcome<T>> CommitAsync<TState, T>(
        RealmLog<TState> realm,
        DeviceId? device,
        Func<TState, DateTimeOffset, Proposal<T>> build,
        IReadOnlyList<SealedBlob> blobs,
        CancellationToken cancellation) where TState : class, IRealmState<TState>
    {
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            Task<Completion> completion;
            T? value;
            Interlocked.Increment(ref _waiting);
            try
            {
                await _gate.WaitAsync(cancellation);
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
            }

            try
            {
                if (_failedGeneration == _generation) await CatchUpAsync(cancellation);
                var proposal = build(realm.Tip, time.GetUtcNow());
                if (proposal.Refusal != Refusal.None) return proposal.Refusal;
                value = proposal.Value;
                completion = proposal.Change is null
                    ? Settled(_lastCompletion)
                    : await QueueAsync(realm, device, proposal.Change, blobs, cancellation);
            }
            finally
            {
                _gate.Release();
            }

            var (refusal, bug) = await completion;
            bug?.Throw();
            if (refusal == Refusal.None) return value!;
            if (refusal != Refusal.Conflict) return refusal;
        }

        return Refusal.Conflict;
    }

    /// <summary>Runs with no commit between build and queue: for loading parts of a state.</summary>
    internal async ValueTask ExclusiveAsync(Func<ValueTask> action, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            await action();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Reads states and head at a moment when they belong together.</summary>
    internal async ValueTask SettledAsync(Action<JournalHead> read, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            await _lastCompletion;
            read(_durable);
        }
        finally
        {
            _gate.Release();
        }
    }

    private static async Task<Completion> Settled(Task last)
    {
        await last;
        return default;
    }

    /// <summary>Whether a change would add more than the account may have. What is on its way to the disk counts already.</summary>
    private bool Exceeds<TState>(TState before, TState after, Change change) where TState : class, IRealmState<TState>
    {
        if (after.UsageBytes <= before.UsageBytes || TState.IsAccepted(change)) return false;
        var (quota, usage) = (Quota, after.UsageBytes - before.UsageBytes);
        foreach (var realm in _realms) usage += realm.UsageBytes;
        foreach (var closed in _closedUsage.Values) usage += closed;
        if (quota.Forbids(usage)) CoreMetrics.QuotaRefusals.Add();
        else if (quota.WarnsOf(usage)) CoreMetrics.QuotaWarnings.Add();
        return quota.Forbids(usage);
    }

    private async ValueTask<Task<Completion>> QueueAsync<TState>(
        RealmLog<TState> realm, DeviceId? device, Change change, IReadOnlyList<SealedBlob> blobs, CancellationToken cancellation)
        where TState : class, IRealmState<TState>
    {
        if (device is { } id) change.Device = ByteString.CopyFrom(id.ToBytes());
        var sequence = _tip.Sequence + 1;
        var entry = new EntryStamp(sequence, Math.Max(JournalClock.MicrosecondsOf(time.GetUtcNow()), _tipMicroseconds + 1));
        var state = await realm.AdvanceAsync(change, entry, cancellation);
        if (Exceeds(realm.Tip, state, change)) return Task.FromResult(new Completion(Refusal.OverQuota, null));
        var isFreeing = TState.IsFreeing(change);
        var sealedEntry = realm.Seal(change, realm.Tip, state, entry, _tip.Hash);
        if (sealedEntry.Length > IJournalStore.EntryBytesMax) return Task.FromResult(new Completion(Refusal.TooLarge, null));
        var head = new JournalHead(sequence, EntrySeal.Hash(sealedEntry));
        var following = await FollowAsync(realm, sealedEntry, head, entry, cancellation);

        // From here on nothing may fail between the tip and the queue: a later entry names this one's hash.
        var usage = UsageAfter(realm, state);
        var stored = new StoredEntry(sequence, sealedEntry);
        var append = store.AppendAsync(
            new JournalAppend(account, realm.Keys.Realm, stored, blobs)
            {
                IsFreeing = isFreeing, IsLone = Volatile.Read(ref _waiting) == 0, UsageBytes = usage,
            },
            CancellationToken.None);
        (_tip, _tipMicroseconds) = (head, entry.Microseconds);
        realm.SetTip(state);
        foreach (var other in following) other.SetTip();
        var completion = CompleteAsync(realm, state, following, head, append, _generation, _lastCompletion);
        _lastCompletion = completion;
        return completion;
    }

    /// <summary>What an entry makes of others that it says something to: its realm's shares, or of a share its realm.</summary>
    private async ValueTask<IReadOnlyList<Following>> FollowAsync(
        IRealmLog own, byte[] sealedEntry, JournalHead head, EntryStamp entry, CancellationToken cancellation)
    {
        List<Following>? following = null;
        EntrySeal.TryReadHeader(sealedEntry, out var header);
        var step = new JournalStep(head.Sequence, sealedEntry, header, head.Hash, null);
        foreach (var realm in _realms)
        {
            if (realm == own || realm.Open(step) is not { } change) continue;
            (following ??= []).Add(await realm.FollowAsync(change, entry, cancellation));
        }

        return following ?? (IReadOnlyList<Following>)[];
    }

    /// <summary>What the whole realm has after a change: of a share, what it had before and what is new.</summary>
    private long UsageAfter<TState>(RealmLog<TState> realm, TState after) where TState : class, IRealmState<TState>
    {
        if (realm.Whole is not null) return after.UsageBytes;
        var grown = after.UsageBytes - realm.Tip.UsageBytes;
        var whole = _realms.Find(one => one.Whole == realm.Keys.Realm);
        if (whole is not null) return whole.UsageBytes + grown;
        return _closedUsage[realm.Keys.Realm] = Math.Max(0, _closedUsage.GetValueOrDefault(realm.Keys.Realm) + grown);
    }

    /// <summary>Publishes in order: entry n+1 waits until n has been published. Never throws: the next one waits for it.</summary>
    private async Task<Completion> CompleteAsync<TState>(
        RealmLog<TState> realm,
        TState state,
        IReadOnlyList<Following> following,
        JournalHead head,
        ValueTask<Refusal> append,
        int generation,
        Task previous)
        where TState : class, IRealmState<TState>
    {
        Refusal refusal;
        ExceptionDispatchInfo? bug = null;
        try
        {
            refusal = await append;
        }
        catch (Exception error)
        {
            (refusal, bug) = (Refusal.Unavailable, ExceptionDispatchInfo.Capture(error));
        }

        await previous;
        if (refusal == Refusal.None)
        {
            Debug.Assert(head.Sequence == _durable.Sequence + 1, "Entries become durable in order");
            realm.Publish(state);
            _durable = head; // Before a share is over for those who look: they look for the next one then.
            foreach (var other in following) other.Publish();
            CoreMetrics.JournalEntries.Add();
            Changes.Publish();
        }
        else
        {
            // What was built on this entry is refused as well; the next commit starts again from what is durable.
            _failedGeneration = generation;
        }

        return new Completion(refusal, bug);
    }

    /// <summary>Goes back to what is durable and reads what others wrote.</summary>
    private async ValueTask CatchUpAsync(CancellationToken cancellation)
    {
        await _lastCompletion;
        foreach (var realm in _realms) realm.Rewind();
        _durable = await ReplayAsync(_durable, _realms, cancellation);
        _tip = _durable;
        _generation++;
    }

    private async ValueTask<JournalHead> ReplayAsync(
        JournalHead from, IReadOnlyList<IRealmLog> realms, CancellationToken cancellation)
    {
        var head = from;
        await foreach (var step in JournalWalk.FromAsync(store, account, from, cancellation))
        {
            var header = step.Sound().Header;
            foreach (var realm in realms)
            {
                if (realm.Open(step) is { } change) await realm.ReplayAsync(change, EntryStamp.Of(header), cancellation);
            }

            head = step.Head;
            _tipMicroseconds = Math.Max(_tipMicroseconds, header.TimeMicroseconds);
        }

        return head;
    }

    /// <summary>A quota that is read and written as one.</summary>
    private sealed record QuotaBox(Quota Value);

    /// <summary>What became of an append: the engine's answer, or the bug that it ran into, for its own caller alone.</summary>
    private readonly record struct Completion(Refusal Refusal, ExceptionDispatchInfo? Bug);
}
