using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Mail;

/// <summary>The mail realm's states, whose mailboxes' messages are read from the snapshot when they are first needed.</summary>
internal sealed class MailLog(AccountId account, RealmKeys keys, IStore store) : RealmLog<MailState>(keys)
{
    private readonly MailSnapshots _snapshots = new(account, keys, store.Snapshots);
    private MailState? _rebuilt;

    /// <summary>Starts from the snapshot, if there is a good one.</summary>
    public async ValueTask StartAsync(CancellationToken cancellation)
    {
        if (await _snapshots.LoadAsync(cancellation) is not { } snapshot) return;
        Restore(snapshot.State, snapshot.Head);
    }

    /// <summary>Forgets the snapshot: everything is read from the journal.</summary>
    public void StartOver() => Restore(MailState.Empty, default);

    /// <summary>Writes a snapshot of a state in which everything up to <paramref name="head"/> is contained.</summary>
    public ValueTask<Refusal> SaveAsync(MailState state, JournalHead head, CancellationToken cancellation) =>
        _snapshots.SaveAsync(state, head, cancellation);

    /// <summary>The state with one mailbox's messages in memory.</summary>
    public async ValueTask<MailState> WithMessagesAsync(MailState state, MailboxId id, CancellationToken cancellation)
    {
        if (state.Find(id) is not { Table: null } mailbox) return state;
        var table = await _snapshots.LoadTableAsync(mailbox, cancellation) ?? await RebuildAsync(id, cancellation);
        return state with { Mailboxes = state.Mailboxes.SetItem(id, mailbox with { Table = table, Pieces = [] }) };
    }

    protected override async ValueTask<MailState> PrepareAsync(MailState state, Change change, CancellationToken cancellation)
    {
        foreach (var id in MailState.Touched(change)) state = await WithMessagesAsync(state, id, cancellation);
        return state;
    }

    /// <summary>The messages of a mailbox at the snapshot, from the journal, when a piece of the snapshot is lost.</summary>
    private async ValueTask<MessageTable> RebuildAsync(MailboxId id, CancellationToken cancellation)
    {
        if (_rebuilt is null)
        {
            var state = MailState.Empty;
            await foreach (var entry in store.Journal.ReadAsync(account, 0, cancellation))
            {
                if (entry.Sequence > Origin.Sequence) break;
                if (!EntrySeal.TryReadHeader(entry.Bytes.Span, out var header) || header.Realm != Realm.Mail) continue;
                var body = EntrySeal.Open(Keys, account, entry.Bytes.Span) ?? throw new JournalException("A journal entry does not open");
                state = state.Apply(Change.Parser.ParseFrom(body), entry.Sequence);
            }

            _rebuilt = state;
        }

        return _rebuilt.Find(id)?.Table ?? throw new JournalException("A mailbox of the snapshot is not in the journal");
    }
}
