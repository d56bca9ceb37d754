using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Google.Protobuf;

namespace CompatBot.Core.Journal;

/// <summary>A place in the journal: an entry and its hash; zero and zeros before the first entry.</summary>
public readonly record struct JournalHead(ulong Sequence, BlobName Hash);

/// <summary>One open realm as the journal sees it, whatever its state's type.</summary>
internal interface IRealmLog
{
    /// <summary>The realm that this is all of; null: it is what a member of a share sees, or nobody's state.</summary>
    Realm? Whole { get; }

    /// <summary>The snapshot that this realm started from: its entry, and that entry's hash; zero when there was none.</summary>
    JournalHead Origin { get; }

    /// <summary>What an entry says to this realm; null: nothing.</summary>
    /// <exception cref="JournalException">It is this realm's, and does not open.</exception>
    Change? Open(in JournalStep step);

    /// <summary>Takes an opened entry of this realm into the tip and the durable state.</summary>
    ValueTask ReplayAsync(Change change, EntryStamp entry, CancellationToken cancellation);

    /// <summary>Works out what an entry makes of the tip that another realm's commit is about to append.</summary>
    ValueTask<Following> FollowAsync(Change change, EntryStamp entry, CancellationToken cancellation);

    /// <summary>Octets of content, with what is on its way to the disk.</summary>
    long UsageBytes { get; }

    /// <summary>Forgets what is not durable.</summary>
    void Rewind();
}

/// <summary>What an entry makes of a realm that another commits it for.</summary>
/// <param name="SetTip">Once the entry is queued.</param>
/// <param name="Publish">Once it is durable.</param>
internal readonly record struct Following(Action SetTip, Action Publish);

/// <summary>The state of one realm: the tip, which has commits on their way to the disk, and the newest durable one.</summary>
public abstract class RealmLog<TState> : IRealmLog where TState : class, IRealmState<TState>
{
    private readonly Lock _lock = new();
    private TState _durable = TState.Empty;

    private protected RealmLog(AccountId account, RealmKeys keys, IStore store) =>
        (Account, Keys, Past) = (account, keys, new RealmPast<TState>(account, this, store.Journal));

    public RealmKeys Keys { get; }

    private protected AccountId Account { get; }

    /// <summary>The realm's past.</summary>
    internal RealmPast<TState> Past { get; }

    /// <summary>The newest durable state.</summary>
    public TState Current => Volatile.Read(ref _durable);

    public JournalHead Origin { get; private set; }

    /// <summary>What the next commit builds on; only read and written with the journal's gate held.</summary>
    internal TState Tip { get; private set; } = TState.Empty;

    /// <summary>Starts from the snapshot, if there is a good one.</summary>
    internal abstract ValueTask StartAsync(CancellationToken cancellation);

    /// <summary>Forgets the snapshot: everything is read from the journal.</summary>
    internal void StartOver() => Restore(TState.Empty, Beginning);

    /// <summary>Where the realm's entries begin.</summary>
    protected virtual JournalHead Beginning => default;

    /// <summary>Seals a change of this realm into the entry that is appended.</summary>
    /// <param name="before">The state that it changes.</param>
    /// <param name="after">What it makes of it.</param>
    /// <param name="previous">The hash of the entry before.</param>
    internal virtual byte[] Seal(Change change, TState before, TState after, EntryStamp entry, BlobName previous)
    {
        var key = Keys.Newest;
        return EntrySeal.Seal(key, Account, HeaderOf(key, entry, previous), change.ToByteArray());
    }

    /// <summary>What an entry says to this realm; null: nothing.</summary>
    /// <exception cref="JournalException">It is this realm's, and does not open.</exception>
    internal virtual Change? Open(in JournalStep step)
    {
        if (step.Header.Realm != Keys.Realm) return null;
        var body = EntrySeal.Open(Keys, Account, step.Bytes.Span) ?? throw NotOpened(step);
        return Change.Parser.ParseFrom(body);
    }

    protected static EntryHeader HeaderOf(RealmKey key, EntryStamp entry, BlobName previous) =>
        new(key.Realm, key.Epoch, entry.Sequence, entry.Microseconds, EntryFlags.None, previous);

    private protected static JournalException NotOpened(in JournalStep step) => new($"Entry {step.Number} does not open");

    /// <summary>Writes a snapshot of a state in which everything up to <paramref name="head"/> is contained.</summary>
    internal abstract ValueTask<Refusal> SaveAsync(TState state, JournalHead head, CancellationToken cancellation);

    /// <summary>The newest state not after an entry that a snapshot still has, with everything in memory; null when none has.</summary>
    internal abstract ValueTask<(TState State, JournalHead Head)?> SnapshotBeforeAsync(ulong sequence, CancellationToken cancellation);

    /// <summary>Loads what applying a change needs.</summary>
    protected abstract ValueTask<TState> PrepareAsync(TState state, Change change, CancellationToken cancellation);

    /// <summary>Puts the tip in order for a change, then gives the state after it.</summary>
    internal async ValueTask<TState> AdvanceAsync(Change change, EntryStamp entry, CancellationToken cancellation)
    {
        var prepared = await PrepareAsync(Tip, change, cancellation);
        return prepared.Apply(change, entry);
    }

    internal void SetTip(TState state) => Tip = state;

    /// <summary>Starts from a snapshot.</summary>
    private protected void Restore(TState state, JournalHead origin)
    {
        (Tip, Origin) = (state, origin);
        lock (_lock) Volatile.Write(ref _durable, state);
    }

    /// <summary>Replaces the form of the states, not their meaning (a mailbox's messages were loaded).</summary>
    internal async ValueTask ReshapeAsync(Func<TState, ValueTask<TState>> reshape)
    {
        var tip = Tip;
        Tip = await reshape(tip);
        while (true)
        {
            // Without commits on their way both are one, and stay one: nothing is loaded, and held, twice.
            var before = Current;
            var after = ReferenceEquals(before, tip) ? Tip : await reshape(before);
            lock (_lock)
            {
                if (!ReferenceEquals(before, _durable)) continue;
                Volatile.Write(ref _durable, after);
                return;
            }
        }
    }

    /// <summary>Makes a state visible once its entry is durable.</summary>
    internal void Publish(TState state)
    {
        lock (_lock)
        {
            if (state.Sequence > _durable.Sequence) Volatile.Write(ref _durable, state);
        }
    }

    async ValueTask IRealmLog.ReplayAsync(Change change, EntryStamp entry, CancellationToken cancellation)
    {
        Tip = await AdvanceAsync(change, entry, cancellation);
        Publish(Tip);
    }

    async ValueTask<Following> IRealmLog.FollowAsync(Change change, EntryStamp entry, CancellationToken cancellation)
    {
        var state = await AdvanceAsync(change, entry, cancellation);
        return new Following(() => SetTip(state), () => Publish(state));
    }

    Change? IRealmLog.Open(in JournalStep step) => Open(step);

    /// <summary>The realm that this is all of.</summary>
    public virtual Realm? Whole => Keys.Realm;

    long IRealmLog.UsageBytes => Whole is null ? 0 : Tip.UsageBytes;

    void IRealmLog.Rewind() => Tip = Current;
}
