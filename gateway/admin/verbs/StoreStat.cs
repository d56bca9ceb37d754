using System.Buffers.Binary;
using System.Security.Cryptography;
using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>store stat: how much there is; of an unlocked account also every mailbox, with a digest of what clients see.</summary>
internal static class StoreStat
{
    public static Verb Create() => new("stat", "What is in the store; with --unlock also the mailboxes of that account", StatAsync)
    {
        StoreVerbs.OneAccount,
        CommonOptions.Unlock,
    };

    private static async ValueTask<VerbAnswer> StatAsync(VerbContext context, CancellationToken cancellation)
    {
        var composition = context.Composition;
        var accounts = await StoreVerbs.AccountsAsync(context, cancellation);
        if (accounts.Declined) return context.Declined(accounts.Refusal, context.Get(StoreVerbs.OneAccount)!);
        Session? session = null;
        if (!string.IsNullOrWhiteSpace(context.Unlock))
        {
            var address = context.Get(StoreVerbs.OneAccount);
            var started = await Unlocking.StartAsync(context, address, cancellation);
            if (started.Declined) return Unlocking.Declined(context, started.Refusal, address ?? "any account");
            session = started.Value;
        }

        // The session is left even when a mailbox is damaged: its lease keeps keys in memory.
        try
        {
            var reports = new List<AccountStat>();
            foreach (var account in accounts.Value)
            {
                var mail = session?.Account == account.Id ? session.Mail : null;
                reports.Add(await AccountAsync(composition.Store, account, mail, cancellation));
            }

            return context.Done<IReadOnlyList<AccountStat>>(reports, AdminJson.Default.IReadOnlyListAccountStat, Text(reports));
        }
        finally
        {
            if (session is not null) await session.DisposeAsync();
        }
    }

    private static async ValueTask<AccountStat> AccountAsync(
        IStore store, AccountRecord account, MailStore? mail, CancellationToken cancellation)
    {
        var (blobs, bytes) = (0L, 0L);
        await foreach (var blob in store.Blobs.ListAsync(account.Id, cancellation)) (blobs, bytes) = (blobs + 1, bytes + blob.Bytes);
        var (waiting, waitingBytes) = await store.Dropbox.DepthAsync(account.Id, Realm.Mail, cancellation);
        List<MailboxStat>? mailboxes = null;
        if (mail is not null)
        {
            mailboxes = [];
            foreach (var name in mail.State.Names.Keys)
            {
                var opened = await mail.OpenAsync(name, cancellation);
                if (!opened.Declined) mailboxes.Add(Mailbox(opened.Value)); // Declined: deleted meanwhile by a client.
            }
        }

        var entries = await store.Journal.HeadAsync(account.Id, cancellation);
        return new AccountStat(account.Address, entries, blobs, bytes, waiting, waitingBytes, mailboxes);
    }

    private static MailboxStat Mailbox(MailboxState mailbox) => new(
        mailbox.Name,
        mailbox.UidValidity,
        mailbox.UidNext,
        mailbox.HighestModSeq,
        mailbox.Count,
        mailbox.Unseen,
        mailbox.Bytes,
        Digest(mailbox));

    /// <summary>SHA-256 over all that clients keep: keywords, and UID, flags, MODSEQ, size and date of each message.</summary>
    private static string Digest(MailboxState mailbox)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var keyword in mailbox.Keywords) hash.AppendData(System.Text.Encoding.UTF8.GetBytes(keyword + "\n"));
        Span<byte> row = stackalloc byte[32];
        for (var index = 0; index < mailbox.Messages.Count; index++)
        {
            var message = mailbox.Messages[index];
            BinaryPrimitives.WriteUInt32LittleEndian(row, message.Uid);
            BinaryPrimitives.WriteUInt32LittleEndian(row[4..], message.Size);
            BinaryPrimitives.WriteUInt64LittleEndian(row[8..], (ulong)message.Flags);
            BinaryPrimitives.WriteUInt64LittleEndian(row[16..], message.ModSeq);
            BinaryPrimitives.WriteInt64LittleEndian(row[24..], message.InternalDate);
            hash.AppendData(row);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Text(List<AccountStat> reports) =>
        string.Join('\n', reports.SelectMany(report => (report.Mailboxes ?? []).Select(Line).Prepend(Line(report))));

    private static string Line(AccountStat account) =>
        $"{account.Address}: {account.Entries} entries, {account.Blobs} blobs, {account.BlobBytes} bytes, "
        + $"{account.WaitingMessages} waiting";

    private static string Line(MailboxStat mailbox) =>
        $"  {mailbox.Name}: {mailbox.Messages} messages ({mailbox.Unseen} unseen), {mailbox.Bytes} bytes, "
        + $"UIDVALIDITY {mailbox.UidValidity}, UIDNEXT {mailbox.UidNext}, MODSEQ {mailbox.HighestModSeq}, digest {mailbox.Digest[..16]}";
}
