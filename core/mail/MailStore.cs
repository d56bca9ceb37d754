using CompatBot.Core.Content;
using CompatBot.Core.Journal;
using CompatBot.Core.Mail.Filters;
using CompatBot.Core.Mail.History;
using CompatBot.Core.Store;
using CompatBot.Formats.Mime;

namespace CompatBot.Core.Mail;

/// <summary>
/// The mail of one account as one device may use it. Every change is durable when its answer is there. Mailbox names are
/// Unicode with "/" between levels; INBOX matches in any case. Any change may also answer NotPermitted (a read-only device),
/// Conflict, StoreFull or Unavailable.
/// </summary>
public sealed class MailStore(MailRealm realm, DeviceId device, bool readOnly)
{
    /// <summary>The newest durable state; an immutable picture.</summary>
    public MailState State => realm.State;

    public bool ReadOnly => readOnly;

    /// <summary>Past states, and what was deleted.</summary>
    public MailHistory History => new(realm, device, readOnly);

    /// <summary>The scripts that are asked about what arrives.</summary>
    public MailFilters Filters => new(realm, device, readOnly);

    /// <summary>What the account sent.</summary>
    public SentMail Sent => new(this);

    /// <summary>What clients note about mailboxes.</summary>
    public MailAnnotations Annotations => new(realm, device, readOnly);

    /// <summary>Wakes after each durable change of the account.</summary>
    /// <param name="changed">As in <see cref="ChangeFeed.Watch"/>.</param>
    public ChangeWatch Watch(Action changed) => realm.Changes.Watch(changed);

    /// <summary>Wakes after each durable change of a mailbox's messages, and when it is deleted.</summary>
    /// <param name="mailbox">Which.</param>
    /// <param name="changed">As in <see cref="ChangeFeed.Watch"/>.</param>
    public ChangeWatch Watch(MailboxId mailbox, Action changed) => realm.Feeds.Watch(mailbox, changed);

    /// <summary>A mailbox with its messages.</summary>
    /// <returns>NotFound.</returns>
    public async ValueTask<Outcome<MailboxState>> OpenAsync(string name, CancellationToken cancellation)
    {
        if (State.Find(MailboxNames.Fold(name)) is not { } mailbox) return Refusal.NotFound;
        return await realm.LoadAsync(mailbox.Id, cancellation) is { } open ? open : Refusal.NotFound;
    }

    /// <summary>A mailbox as it stands, whose messages may have to be read yet: what SELECT tells of it needs none of them.</summary>
    /// <returns>It, and the same version with its messages; or NotFound.</returns>
    public Outcome<(MailboxState Mailbox, Task<MailboxState> Read)> Open(string name)
    {
        if (State.Find(MailboxNames.Fold(name)) is not { } mailbox) return Refusal.NotFound;
        return (mailbox, realm.ReadAsync(mailbox));
    }

    /// <summary>The newest version of an opened mailbox; null when it was deleted.</summary>
    public ValueTask<MailboxState?> RefreshAsync(MailboxId id, CancellationToken cancellation)
    {
        var newest = State.Find(id);
        return newest is null or { Table: not null } ? new(newest) : realm.LoadAsync(id, cancellation);
    }

    /// <returns>The new mailbox; or Invalid, AlreadyExists (the name, or a mailbox of that use), TooMany.</returns>
    public async ValueTask<Outcome<MailboxState>> CreateAsync(string name, SpecialUse use, CancellationToken cancellation)
    {
        var created = await CommitAsync(MailboxChanges.Create(MailboxNames.Fold(name), use), cancellation);
        if (created.Declined) return created.Refusal;
        return State.Find(created.Value) is { } mailbox ? mailbox : Refusal.NotFound;
    }

    /// <summary>Deletes a leaf mailbox with its messages.</summary>
    /// <returns>Its UIDVALIDITY; or NotFound, HasChildren, NotPermitted (INBOX), TooMany (deleted ones that are not forgotten).</returns>
    public ValueTask<Outcome<uint>> DeleteAsync(string name, CancellationToken cancellation) =>
        CommitAsync(MailboxChanges.Delete(MailboxNames.Fold(name)), cancellation);

    /// <summary>Renames a mailbox and what is below it; of INBOX, moves its messages into a new mailbox.</summary>
    /// <returns>True; or NotFound, AlreadyExists, Invalid, TooMany.</returns>
    public async ValueTask<Outcome<bool>> RenameAsync(string from, string to, CancellationToken cancellation)
    {
        var source = MailboxNames.Fold(from);
        if (source == MailboxNames.Inbox) await OpenAsync(source, cancellation);
        return await CommitAsync(MailboxChanges.Rename(source, MailboxNames.Fold(to)), cancellation);
    }

    /// <summary>Subscribes a name, whether or not a mailbox has it, or takes it off the list.</summary>
    /// <returns>Whether the list changed; or Invalid, TooMany.</returns>
    public ValueTask<Outcome<bool>> SubscribeAsync(string name, bool subscribed, CancellationToken cancellation) =>
        CommitAsync(MailboxChanges.Subscribe(MailboxNames.Fold(name), subscribed), cancellation);

    /// <summary>Takes the octets of a message; nothing of it is seen by anybody until <see cref="AppendAsync"/>.</summary>
    public MessageWriter NewMessage() => new(realm.Contents);

    /// <summary>Puts a written message at the end of a mailbox.</summary>
    /// <returns>Its place; or NotFound, TooMany (keywords), TooLarge (4 GiB).</returns>
    public ValueTask<Outcome<AppendResult>> AppendAsync(
        string mailbox,
        WrittenMessage message,
        MessageFlags flags,
        IReadOnlyList<string> keywords,
        DateTimeOffset? internalDate,
        CancellationToken cancellation) =>
        readOnly
            ? new(Refusal.NotPermitted)
            : realm.AddAsync(
                device,
                new NewMessage(MailboxNames.Fold(mailbox), message.Content, message.Summary, flags, keywords, internalDate),
                cancellation);

    /// <summary>Puts written messages at the end of a mailbox in one durable step, in their order: all, or none (RFC 3502).</summary>
    /// <returns>The place of the first, whose UID the others' follow; or NotFound, TooMany (keywords, messages), TooLarge.</returns>
    public ValueTask<Outcome<AppendResult>> AppendAllAsync(
        string mailbox, IReadOnlyList<MailAppend> messages, CancellationToken cancellation)
    {
        if (readOnly) return new(Refusal.NotPermitted);
        var name = MailboxNames.Fold(mailbox);
        return realm.AddAllAsync(device, name, [.. messages.Select(message => message.To(name))], cancellation);
    }

    /// <summary>Puts a written message at the end of a mailbox and takes another away, in one durable step (RFC 8508).</summary>
    /// <param name="from">The mailbox of the one that goes.</param>
    /// <param name="uid">Of it; one that is gone already is passed over.</param>
    /// <param name="mailbox">Where the new one goes.</param>
    /// <param name="message">The new one.</param>
    /// <param name="cancellation">Of the caller.</param>
    /// <returns>Its place; or NotFound (either mailbox), TooMany (keywords), TooLarge.</returns>
    public async ValueTask<Outcome<AppendResult>> ReplaceAsync(
        MailboxId from, uint uid, string mailbox, MailAppend message, CancellationToken cancellation)
    {
        if (readOnly) return Refusal.NotPermitted;
        await realm.LoadAsync(from, cancellation);
        var name = MailboxNames.Fold(mailbox);
        return await realm.AddAllAsync(device, name, [message.To(name)], cancellation, (from, uid));
    }

    /// <summary>
    /// Takes octets like <see cref="NewMessage"/> but stores nothing: for finding out which content they are. Equal octets of an
    /// account have the same <see cref="ContentRef"/> in each epoch.
    /// </summary>
    public ContentMeasure Measure() => realm.Contents.Measure();

    /// <summary>Copies messages to the end of another, or the same, mailbox: all or none. UIDs that are gone are passed over.</summary>
    /// <returns>NotFound (either mailbox); TooMany.</returns>
    public ValueTask<Outcome<CopyResult>> CopyAsync(MailboxId from, IReadOnlyList<uint> uids, string to, CancellationToken cancellation) =>
        TransferAsync(from, uids, to, move: false, cancellation);

    /// <summary>Moves messages in one step (RFC 6851): nobody sees them twice or not at all.</summary>
    /// <returns>NotFound (either mailbox); TooMany.</returns>
    public ValueTask<Outcome<CopyResult>> MoveAsync(MailboxId from, IReadOnlyList<uint> uids, string to, CancellationToken cancellation) =>
        TransferAsync(from, uids, to, move: true, cancellation);

    /// <summary>Changes flags. UIDs that are gone are passed over.</summary>
    /// <returns>The mailbox with the change in it; or NotFound, TooMany (keywords).</returns>
    public async ValueTask<Outcome<MailboxState>> StoreAsync(
        MailboxId mailbox,
        IReadOnlyList<uint> uids,
        FlagAction action,
        MessageFlags flags,
        IReadOnlyList<string> keywords,
        CancellationToken cancellation)
    {
        var stored = await StoreUnchangedAsync(mailbox, uids, action, flags, keywords, ulong.MaxValue, cancellation);
        return stored.Declined ? stored.Refusal : stored.Value.Mailbox;
    }

    /// <summary>The same, but leaves messages alone that changed after <paramref name="since"/> (RFC 7162 section 3.1.3).</summary>
    /// <returns>The mailbox with the change in it, and the UIDs of those; or NotFound, TooMany (keywords).</returns>
    public async ValueTask<Outcome<StoreResult>> StoreUnchangedAsync(
        MailboxId mailbox,
        IReadOnlyList<uint> uids,
        FlagAction action,
        MessageFlags flags,
        IReadOnlyList<string> keywords,
        ulong since,
        CancellationToken cancellation)
    {
        await realm.LoadAsync(mailbox, cancellation);
        var stored = await CommitAsync(MailChanges.Store(mailbox, Ascending(uids), action, flags, keywords, since), cancellation);
        var newest = await NewestAsync(mailbox, stored.Refusal, cancellation);
        return newest.Declined ? newest.Refusal : new StoreResult(newest.Value, stored.Value!);
    }

    /// <summary>
    /// Removes the messages with \Deleted; with <paramref name="only"/>, those of them with these UIDs. <see cref="History"/> has them
    /// until they are forgotten.
    /// </summary>
    /// <returns>The mailbox without them; or NotFound.</returns>
    public async ValueTask<Outcome<MailboxState>> ExpungeAsync(MailboxId mailbox, IReadOnlyList<uint>? only, CancellationToken cancellation)
    {
        await realm.LoadAsync(mailbox, cancellation);
        var expunged = await CommitAsync(MailChanges.Expunge(mailbox, only is null ? null : Ascending(only)), cancellation);
        return await NewestAsync(mailbox, expunged.Refusal, cancellation);
    }

    /// <summary>Removes messages, marked with \Deleted or not. UIDs that are gone are passed over.</summary>
    /// <returns>The mailbox without them; or NotFound.</returns>
    public async ValueTask<Outcome<MailboxState>> RemoveAsync(MailboxId mailbox, IReadOnlyList<uint> uids, CancellationToken cancellation)
    {
        await realm.LoadAsync(mailbox, cancellation);
        var removed = await CommitAsync(MailChanges.Remove(mailbox, Ascending(uids)), cancellation);
        return await NewestAsync(mailbox, removed.Refusal, cancellation);
    }

    /// <summary>Claims what is \Recent for the caller's session (RFC 3501 section 2.3.2). A read-only device only looks.</summary>
    /// <returns>The first UID that is \Recent; or NotFound.</returns>
    public async ValueTask<Outcome<uint>> ClaimRecentAsync(MailboxId mailbox, CancellationToken cancellation)
    {
        if (State.Find(mailbox) is not { } found) return Refusal.NotFound;
        return readOnly ? found.RecentFromUid : await CommitAsync(MailChanges.ClaimRecent(mailbox), cancellation);
    }

    /// <summary>
    /// Envelope, structure and common headers of a message. Throws <see cref="ContentException"/> when its octets are damaged.
    /// </summary>
    public ValueTask<MimeMessage> SummaryAsync(MailboxId mailbox, in MessageRow row, CancellationToken cancellation) =>
        realm.Summaries.GetAsync(mailbox, row, cancellation);

    /// <summary>The summary of a message as it is kept (<see cref="SummaryFields"/>); null: it is not at hand.</summary>
    public ValueTask<ReadOnlyMemory<byte>?> EncodedSummaryAsync(MailboxId mailbox, uint uid, CancellationToken cancellation) =>
        realm.Summaries.EncodedAsync(mailbox, uid, cancellation);

    /// <summary>What IMAP keeps of its answers about a message; null: nothing yet.</summary>
    public ValueTask<ReadOnlyMemory<byte>?> AnswersAsync(MailboxId mailbox, uint uid, CancellationToken cancellation) =>
        realm.Answers.GetAsync(mailbox, uid, cancellation);

    public ValueTask KeepAnswersAsync(MailboxId mailbox, uint uid, byte[] answers, CancellationToken cancellation) =>
        realm.Answers.PutAsync(mailbox, uid, answers, cancellation);

    /// <summary>Which texts a message can not hold; null: nobody has looked yet.</summary>
    public async ValueTask<TextSignature?> SignatureAsync(MailboxId mailbox, uint uid, CancellationToken cancellation) =>
        await realm.Signatures.GetAsync(mailbox, uid, cancellation) is { } known ? TextSignature.Decode(known) : null;

    /// <summary>Keeps what was found out about a message's texts.</summary>
    public ValueTask KeepAsync(MailboxId mailbox, uint uid, TextSignature signature, CancellationToken cancellation) =>
        realm.Signatures.PutAsync(mailbox, uid, signature.Encode(), cancellation);

    /// <summary>The octets of a message.</summary>
    public ContentReader Read(in MessageRow row) => realm.Contents.Read(row.Content, row.Size);

    /// <summary>Reads the beginning of several messages in one step.</summary>
    public ValueTask LoadAsync(IReadOnlyList<ContentReader> messages, CancellationToken cancellation) =>
        realm.Contents.LoadAsync(messages, cancellation);

    private async ValueTask<Outcome<CopyResult>> TransferAsync(
        MailboxId from, IReadOnlyList<uint> uids, string to, bool move, CancellationToken cancellation)
    {
        await realm.LoadAsync(from, cancellation);
        return await CommitAsync(MailChanges.Transfer(from, Ascending(uids), MailboxNames.Fold(to), move), cancellation);
    }

    private async ValueTask<Outcome<MailboxState>> NewestAsync(MailboxId mailbox, Refusal refusal, CancellationToken cancellation)
    {
        if (refusal != Refusal.None) return refusal;
        return await RefreshAsync(mailbox, cancellation) is { } newest ? newest : Refusal.NotFound;
    }

    private ValueTask<Outcome<T>> CommitAsync<T>(Func<MailState, DateTimeOffset, Proposal<T>> build, CancellationToken cancellation) =>
        readOnly ? new(Refusal.NotPermitted) : realm.CommitAsync(device, build, [], cancellation);

    private static IReadOnlyList<uint> Ascending(IReadOnlyList<uint> uids)
    {
        for (var i = 1; i < uids.Count; i++)
        {
            if (uids[i] <= uids[i - 1]) return [.. uids.Distinct().Order()];
        }

        return uids;
    }
}

/// <summary>What became of flags that were to be changed.</summary>
/// <param name="Mailbox">With the change in it.</param>
/// <param name="Modified">UIDs that were left alone because somebody had changed them meanwhile.</param>
public sealed record StoreResult(MailboxState Mailbox, IReadOnlyList<uint> Modified);
