using System.Globalization;
using System.Security.Cryptography;
using CompatBot.Core.Content;
using CompatBot.Core.Mail;
using CompatBot.Gateway.Config;

namespace CompatBot.Gateway.Moving;

/// <summary>
/// Writes an account's mail, decrypted, as a Maildir++ (layout: gateway/moving/README.md). Streams: memory holds a few chunks and one
/// mailbox's rows. What cannot be read is named, and the rest goes on.
/// </summary>
internal sealed class MailExport(MailStore mail, string folder, MoveProgress progress) : IMailExport
{
    /// <summary>Folder of the mail realm in an export; those of items lie beside it (ItemSheet).</summary>
    public const string RealmFolder = "mail";

    /// <summary>Messages whose lines are held until they are written to the sheet.</summary>
    private const int BatchMessages = 256;

    /// <summary>Files written at once.</summary>
    private const int WritersMax = 4;

    private readonly List<MoveProblem> _damaged = [];
    private readonly string _root = Path.Combine(folder, RealmFolder);
    private (int Mailboxes, long Messages, long Octets) _written;

    public int Mailboxes => _written.Mailboxes;

    public long Messages => _written.Messages;

    public long Octets => _written.Octets;

    public IReadOnlyList<MoveProblem> Damaged => _damaged;

    public async ValueTask RunAsync(CancellationToken cancellation)
    {
        var state = mail.State;
        progress.Total = state.Mailboxes.Values.Sum(mailbox => (long)mailbox.Count);
        MakeMaildir(_root);
        foreach (var (name, id) in state.Names)
        {
            MailboxState? mailbox;
            try
            {
                mailbox = await mail.RefreshAsync(id, cancellation);
            }
            catch (Exception error) when (error is IOException or Core.Journal.JournalException)
            {
                _damaged.Add(new MoveProblem(name, null, $"the mailbox can not be read: {error.Message}"));
                continue;
            }

            if (mailbox is null) continue; // Deleted by a client while the export ran.
            await WriteMailboxAsync(mailbox, state.Subscriptions.Contains(name), cancellation);
        }
    }

    private async ValueTask WriteMailboxAsync(MailboxState mailbox, bool subscribed, CancellationToken cancellation)
    {
        var place = Path.Combine(_root, MaildirNames.Folder(mailbox.Name));
        MakeMaildir(place);
        using (var sheet = new StreamWriter(PrivateFile.Create(Path.Combine(place, FolderSheet.FileName))))
        using (var uids = new StreamWriter(PrivateFile.Create(Path.Combine(place, "dovecot-uidlist"))))
        {
            await sheet.WriteAsync(FolderSheet.Head(mailbox, subscribed));
            var guid = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
            await uids.WriteAsync(string.Create(
                CultureInfo.InvariantCulture, $"3 V{mailbox.UidValidity} N{mailbox.UidNext} G{guid}\n"));
            var lines = new SheetLine?[BatchMessages];
            for (var first = 0; first < mailbox.Messages.Count; first += BatchMessages)
            {
                var count = Math.Min(BatchMessages, mailbox.Messages.Count - first);
                await Parallel.ForAsync(
                    0,
                    count,
                    new ParallelOptions { MaxDegreeOfParallelism = WritersMax, CancellationToken = cancellation },
                    async (i, stop) => lines[i] = await WriteMessageAsync(mailbox, mailbox.Messages[first + i], place, stop));
                for (var i = 0; i < count; i++)
                {
                    if (lines[i] is not { } line) continue;
                    await sheet.WriteAsync(FolderSheet.Line(line));
                    await uids.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"{line.Uid} :{line.File}\n"));
                    _written = (_written.Mailboxes, _written.Messages + 1, _written.Octets + line.Octets);
                }

                await progress.AddAsync(count, cancellation);
            }
        }

        if (!mailbox.Keywords.IsEmpty)
        {
            var letters = mailbox.Keywords.Take(MaildirFlags.LettersMax).Select((keyword, index) => $"{index} {keyword}\n");
            DataDirectory.ReplacePrivate(Path.Combine(place, MaildirFlags.KeywordsFile), string.Concat(letters));
        }

        _written.Mailboxes++;
    }

    /// <returns>Null when the message cannot be read: it is noted, and no file is left.</returns>
    private async ValueTask<SheetLine?> WriteMessageAsync(
        MailboxState mailbox, MessageRow row, string place, CancellationToken cancellation)
    {
        var file = string.Create(
            CultureInfo.InvariantCulture,
            $"{Math.Max(0, row.InternalDate)}.U{row.Uid}V{mailbox.UidValidity}.compatbot,S={row.Size}");
        var unfinished = Path.Combine(place, "tmp", file);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using (var target = PrivateFile.Create(unfinished))
        {
            try
            {
                await foreach (var part in mail.Read(row).StreamAsync(0, row.Size, cancellation))
                {
                    hash.AppendData(part.Span);
                    await target.WriteAsync(part, cancellation);
                }
            }
            catch (ContentException error)
            {
                lock (_damaged) _damaged.Add(new MoveProblem(mailbox.Name, $"UID {row.Uid}", error.Message));
                File.Delete(unfinished);
                return null;
            }

            File.SetLastWriteTimeUtc(target.SafeFileHandle, DateTimeOffset.FromUnixTimeSeconds(row.InternalDate).UtcDateTime);
        }

        File.Move(unfinished, Path.Combine(place, "cur", $"{file}:2,{MaildirFlags.Letters(row.Flags, mailbox.Keywords)}"));
        return new SheetLine(
            row.Uid,
            Convert.ToHexStringLower(hash.GetHashAndReset()),
            row.Size,
            row.InternalDate,
            file,
            [.. MaildirFlags.Indexes(row.Flags)]);
    }

    private static void MakeMaildir(string place)
    {
        foreach (var part in (string[])["", "cur", "new", "tmp"]) DataDirectory.EnsurePrivate(Path.Combine(place, part));
    }
}
