using System.Text;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Mail;

/// <summary>
/// Takes what was dropped for the mail realm into INBOX, in arrival order and exactly once: the change that adds the messages
/// also says up to which arrival number the dropbox is taken.
/// </summary>
internal sealed class MailIntake(AccountId account, RealmKey key, IStore store, MailRealm realm)
{
    /// <summary>Messages of one change, at most.</summary>
    private const int BatchMessages = 256;

    /// <summary>Octets of one change, about: what is held in memory meanwhile.</summary>
    private const long BatchOctets = 8 << 20;

    private readonly SemaphoreSlim _gate = new(1, 1);

    public async ValueTask TakeInAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            while (await TakeBatchAsync(cancellation))
            {
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask<bool> TakeBatchAsync(CancellationToken cancellation)
    {
        var after = realm.State.DropboxThrough;
        var (batch, parts, octets, through) = (new List<NewMessage>(), new List<BlobName>(), 0L, after);
        await foreach (var (number, bytes) in store.Dropbox.ReadAsync(account, Realm.Mail, after, cancellation))
        {
            var opened = await OpenAsync(number, bytes, cancellation);
            if (opened.Declined) break; // The store takes nothing now: what waits goes on waiting.
            var (message, partNames) = opened.Value;
            batch.Add(message);
            parts.AddRange(partNames);
            octets += message.Content.Length;
            through = number;
            if (batch.Count >= BatchMessages || octets >= BatchOctets) break;
        }

        if (batch.Count == 0) return false;
        List<SealedBlob> blobs = [.. batch.SelectMany(message => message.Content.Blobs)];
        var taken = await realm.CommitAsync(null, Take(batch, after, through), blobs, cancellation);
        if (taken.Declined) return false;
        for (var i = 0; i < batch.Count && taken.Value.FirstUid > 0; i++)
        {
            await realm.Summaries.PutAsync(taken.Value.Mailbox, taken.Value.FirstUid + (uint)i, batch[i].Summary!, cancellation);
        }

        // A dropbox that keeps what was taken is harmless: the state knows how far it went.
        await store.Dropbox.DeleteAsync(account, Realm.Mail, through, parts, cancellation);
        return true;
    }

    private static Func<MailState, DateTimeOffset, Proposal<(MailboxId Mailbox, uint FirstUid)>> Take(
        List<NewMessage> batch, ulong after, ulong through) => (state, now) =>
    {
        if (state.DropboxThrough != after) return Proposal<(MailboxId, uint)>.Nothing(default);
        var draft = new MailDraft(state, now);
        if (state.Find(MailboxNames.Inbox) is not { } inbox) return Refusal.NotFound;
        var (first, mailbox) = (inbox.UidNext, inbox);
        foreach (var message in batch)
        {
            draft.Add(MailChanges.Added(message, mailbox, now));
            mailbox = mailbox with { UidNext = mailbox.UidNext + 1 };
        }

        draft.Change.Operations.Add(new Operation { DropboxTaken = new DropboxTaken { Through = through } });
        return Proposal<(MailboxId, uint)>.Commit(draft.Change, (inbox.Id, first));
    };

    private async ValueTask<Outcome<(NewMessage Message, IReadOnlyList<BlobName> Parts)>> OpenAsync(
        ulong number, byte[] dropped, CancellationToken cancellation)
    {
        if (DropSeal.Open(key, account, dropped) is not { } plain) return await DamagedAsync(number, dropped, cancellation);
        var mail = DroppedMail.Parser.ParseFrom(plain);
        using var writer = new MessageWriter(realm.Contents);
        var refusal = await writer.WriteAsync(mail.Content.Memory, cancellation);
        BlobName[] names = [.. mail.Parts.Select(part => new BlobName(part.Span))];
        using var partKey = names.Length == 0 ? null : SecretBytes.Copy(mail.PartKey.Span);
        for (var i = 0; i < names.Length && refusal == Refusal.None; i++)
        {
            var sealedPart = await store.Blobs.GetAsync(account, names[i], cancellation);
            var part = sealedPart is null
                ? null
                : DropParts.OpenPart(partKey!, account, (uint)i, i == names.Length - 1, sealedPart);
            if (part is null) return await DamagedAsync(number, dropped, cancellation);
            refusal = await writer.WriteAsync(part, cancellation);
        }

        if (refusal != Refusal.None) return refusal;
        return await CompleteAsync(writer, DateTimeOffset.FromUnixTimeSeconds(mail.InternalDate), names, cancellation);
    }

    /// <summary>What does not open is never thrown away: it reaches the owner as it is, in a message that says so.</summary>
    private async ValueTask<Outcome<(NewMessage Message, IReadOnlyList<BlobName> Parts)>> DamagedAsync(
        ulong number, byte[] dropped, CancellationToken cancellation)
    {
        var text = new StringBuilder()
            .Append("From: CompatBot <postmaster@localhost>\r\nSubject: A message could not be opened\r\nMIME-Version: 1.0\r\n")
            .Append("Content-Type: multipart/mixed; boundary=\"damaged\"\r\n\r\n--damaged\r\nContent-Type: text/plain\r\n\r\n")
            .Append("A message that arrived while you were away (arrival number ").Append(number)
            .Append(") does not open with your key: it was damaged in the store.\r\nIts sealed bytes are attached.\r\n")
            .Append("--damaged\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n")
            .Append(Convert.ToBase64String(dropped, Base64FormattingOptions.InsertLineBreaks)).Append("\r\n--damaged--\r\n");
        using var writer = new MessageWriter(realm.Contents);
        var refusal = await writer.WriteAsync(Encoding.ASCII.GetBytes(text.ToString()), cancellation);
        return refusal == Refusal.None ? await CompleteAsync(writer, null, [], cancellation) : refusal;
    }

    private static async ValueTask<Outcome<(NewMessage Message, IReadOnlyList<BlobName> Parts)>> CompleteAsync(
        MessageWriter writer, DateTimeOffset? date, IReadOnlyList<BlobName> parts, CancellationToken cancellation)
    {
        var written = await writer.CompleteAsync(cancellation);
        if (written.Declined) return written.Refusal;
        return (new NewMessage(MailboxNames.Inbox, written.Value.Content, written.Value.Summary, MessageFlags.None, [], date), parts);
    }
}
