using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Mail;

/// <summary>The mail realm's states, whose mailboxes' messages are read from the snapshot when they are first needed.</summary>
internal sealed class MailLog(AccountId account, RealmKeys keys, IStore store) : RealmLog<MailState>(account, keys, store)
{
    private readonly MailSnapshots _snapshots = new(account, keys, store.Snapshots);
    private MailState? _rebuilt;

    internal override async ValueTask StartAsync(CancellationToken cancellation)
    {
        if (await _snapshots.LoadAsync(cancellation) is { } snapshot) Restore(snapshot.State, snapshot.Head);
    }

    internal override ValueTask<Refusal> SaveAsync(MailState state, JournalHead head, CancellationToken cancellation) =>
        _snapshots.SaveAsync(state, head, cancellation);

    internal override ValueTask<(MailState State, JournalHead Head)?> SnapshotBeforeAsync(
        ulong sequence, CancellationToken cancellation) => _snapshots.LoadBeforeAsync(sequence, cancellation);

    /// <summary>The state with one mailbox's messages in memory.</summary>
    public async ValueTask<MailState> WithMessagesAsync(MailState state, MailboxId id, CancellationToken cancellation)
    {
        if (state.Find(id) is not { Table: null } mailbox) return state;
        return state with { Mailboxes = state.Mailboxes.SetItem(id, await WithMessagesAsync(mailbox, cancellation)) };
    }

    /// <summary>A mailbox whose messages lie unread in the snapshot with them in memory.</summary>
    public async ValueTask<MailboxState> WithMessagesAsync(MailboxState unread, CancellationToken cancellation)
    {
        var table = await _snapshots.LoadTableAsync(unread, cancellation) ?? await RebuiltTableAsync(unread.Id, cancellation);
        return unread with { Table = table, Pieces = [] };
    }

    /// <summary>The state with one mailbox's graves in memory; or only with those of the last segment, for more to be added.</summary>
    public async ValueTask<MailState> WithGravesAsync(MailState state, MailboxId id, bool lastOnly, CancellationToken cancellation)
    {
        if (state.Find(id) is not { } mailbox) return state;
        var graves = mailbox.Graves;
        for (var i = lastOnly ? Math.Max(0, graves.Segments.Count - 1) : 0; i < graves.Segments.Count; i++)
        {
            var segment = graves.Segments[i];
            if (segment.Rows is not null || (lastOnly && segment.Count == MessageSegment.RowsMax)) continue;
            graves = graves.Loaded(i, await RowsAsync(id, segment, cancellation));
        }

        return ReferenceEquals(graves, mailbox.Graves)
            ? state
            : state with { Mailboxes = state.Mailboxes.SetItem(id, mailbox with { Graves = graves }) };
    }

    /// <summary>
    /// The messages of a mailbox, live or deleted, a segment at a time; what lies in the snapshot is read and not kept. Where a piece of
    /// the snapshot is lost, some may come twice.
    /// </summary>
    public async IAsyncEnumerable<MessageSegment> MessagesAsync(
        MailboxState mailbox, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var table = mailbox.Table;
        foreach (var piece in table is null ? mailbox.Pieces : [])
        {
            if (await _snapshots.LoadSegmentAsync(piece, cancellation) is not { } segment)
            {
                table = await RebuiltTableAsync(mailbox.Id, cancellation); // Its segments have borders of their own.
                break;
            }

            yield return segment;
        }

        foreach (var segment in table?.Segments() ?? []) yield return segment;
    }

    /// <summary>The rows of a segment of graves; what lies in the snapshot is read and not kept.</summary>
    public async ValueTask<MessageSegment> RowsAsync(MailboxId id, GraveSegment segment, CancellationToken cancellation) =>
        segment.Rows
        ?? await _snapshots.LoadSegmentAsync(segment.Piece, cancellation)
        ?? await RebuiltGravesAsync(id, segment.Piece, cancellation);

    protected override async ValueTask<MailState> PrepareAsync(MailState state, Change change, CancellationToken cancellation)
    {
        foreach (var id in MailState.Touched(change)) state = await WithMessagesAsync(state, id, cancellation);
        foreach (var operation in change.Operations)
        {
            state = operation.KindCase switch
            {
                Operation.KindOneofCase.MessagesRemoved =>
                    await WithGravesAsync(state, new MailboxId(operation.MessagesRemoved.Mailbox), lastOnly: true, cancellation),
                Operation.KindOneofCase.MessagesRestored =>
                    await WithGravesAsync(state, new MailboxId(operation.MessagesRestored.Mailbox), lastOnly: false, cancellation),
                _ => state,
            };
        }

        return state;
    }

    /// <summary>The messages of a mailbox at the snapshot, from the journal, when a piece of the snapshot is lost.</summary>
    private async ValueTask<MessageTable> RebuiltTableAsync(MailboxId id, CancellationToken cancellation) =>
        Find(await RebuildAsync(cancellation), id).Messages;

    /// <summary>The graves that a lost piece of the snapshot held.</summary>
    private async ValueTask<MessageSegment> RebuiltGravesAsync(MailboxId id, BlobName piece, CancellationToken cancellation)
    {
        foreach (var segment in Find(await RebuildAsync(cancellation), id).Graves.Segments)
        {
            if (_snapshots.IsNamed(segment.Rows!, piece)) return segment.Rows!;
        }

        throw new JournalException("The graves of the snapshot are not in the journal");
    }

    private async ValueTask<MailState> RebuildAsync(CancellationToken cancellation) =>
        _rebuilt ??= await Past.ReplayedAsync(Origin.Sequence, cancellation);

    private static MailboxState Find(MailState state, MailboxId id) =>
        state.Find(id)
        ?? state.Deleted.GetValueOrDefault(id)?.Mailbox
        ?? throw new JournalException("A mailbox of the snapshot is not in the journal");
}
