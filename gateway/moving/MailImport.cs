using CompatBot.Core.Content;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Moving;

/// <summary>
/// Takes Maildirs into an account. Which messages are missing is decided by content: when a mailbox shall hold a content n times and
/// holds it m times, n - m are added. So a second run adds nothing, a run that was cut off is simply run again, and nothing has to be
/// written beside the messages. Flags of a message that is there already are left as they are.
/// </summary>
internal sealed class MailImport(MailStore mail, string folder, MoveProgress progress)
{
    private readonly List<MoveProblem> _notes = [];
    private readonly List<MoveProblem> _damaged = [];

    public int Mailboxes { get; private set; }

    public long Added { get; private set; }

    public long Present { get; private set; }

    public long Octets { get; private set; }

    public IReadOnlyList<MoveProblem> Notes => _notes;

    public IReadOnlyList<MoveProblem> Damaged => _damaged;

    /// <returns>None; or why it did not come to the end: StoreFull, OverQuota, Unavailable, NotPermitted.</returns>
    /// <exception cref="IOException">The folder cannot be read, or the caller is gone.</exception>
    public async ValueTask<Refusal> RunAsync(CancellationToken cancellation)
    {
        // An export keeps each realm in a folder of its own.
        var export = Path.Combine(folder, MailExport.RealmFolder);
        var root = File.Exists(Path.Combine(folder, ExportedFile)) && Directory.Exists(export) ? export : folder;
        var folders = MaildirScan.Folders(root).ToList();
        if (folders.Count == 0) _damaged.Add(new MoveProblem(folder, null, "there is no Maildir here: no folder has a cur or a new"));
        progress.Total = folders.Where(one => one.Mailbox is not null).Sum(MaildirScan.Count);
        foreach (var nameless in folders.Where(one => one.Mailbox is null))
        {
            _damaged.Add(new MoveProblem(nameless.Shown, null, nameless.Trouble ?? "no mailbox name can be made of this folder's name"));
        }

        foreach (var group in folders.Where(one => one.Mailbox is not null).GroupBy(one => one.Mailbox!))
        {
            var refusal = await TakeMailboxAsync(group.Key, [.. group], cancellation);
            if (refusal != Refusal.None) return refusal;
        }

        return Refusal.None;
    }

    /// <summary>The file that an export writes last, and by which it is known.</summary>
    public const string ExportedFile = "compatbot-export.json";

    private async ValueTask<Refusal> TakeMailboxAsync(string name, IReadOnlyList<MaildirFolder> folders, CancellationToken cancellation)
    {
        var opened = await OpenAsync(name, folders, cancellation);
        if (opened.Declined)
        {
            if (IsFinal(opened.Refusal)) return opened.Refusal;
            _damaged.Add(new MoveProblem(name, null, $"the mailbox can not be made: {opened.Refusal}"));
            return Refusal.None;
        }

        Mailboxes++;
        var present = new Dictionary<ContentRef, int>();
        var rows = opened.Value.Messages;
        for (var i = 0; i < rows.Count; i++)
        {
            var content = rows[i].Content;
            present[content] = present.GetValueOrDefault(content) + 1;
        }

        await using var batches = new ImportBatches(mail, opened.Value, _notes);
        var refusal = Refusal.None;
        foreach (var one in folders)
        {
            if (one.Trouble is not null) _damaged.Add(new MoveProblem(name, FolderSheet.FileName, one.Trouble));
            refusal = await TakeFolderAsync(name, one, present, batches, cancellation);
            if (refusal != Refusal.None) break;
        }

        if (refusal == Refusal.None) refusal = await batches.FinishAsync(cancellation);
        (Added, Octets) = (Added + batches.Added, Octets + batches.Octets);
        if (refusal == Refusal.None || IsFinal(refusal)) return refusal;
        _damaged.Add(new MoveProblem(name, null, $"messages were refused: {refusal}"));
        return Refusal.None;
    }

    private async ValueTask<Outcome<MailboxState>> OpenAsync(
        string name, IReadOnlyList<MaildirFolder> folders, CancellationToken cancellation)
    {
        if (mail.State.Find(name) is null)
        {
            var use = folders.Select(one => one.Sheet?.Use ?? SpecialUse.None).Max();
            if (mail.State.Mailboxes.Values.Any(other => other.SpecialUse == use)) use = SpecialUse.None;
            var created = await mail.CreateAsync(name, use, cancellation);
            if (created.Declined && created.Refusal != Refusal.AlreadyExists) return created.Refusal;

            // Of other programs' folders nobody knows; who moves in wants to see them.
            if (folders.Any(one => one.Sheet is null or { Subscribed: true }))
            {
                var subscribed = await mail.SubscribeAsync(name, true, cancellation);
                if (subscribed.Declined) return subscribed.Refusal;
            }
        }

        return await mail.OpenAsync(name, cancellation);
    }

    private async ValueTask<Refusal> TakeFolderAsync(
        string name, MaildirFolder one, Dictionary<ContentRef, int> present, ImportBatches batches, CancellationToken cancellation)
    {
        List<MaildirMessage> messages;
        try
        {
            messages = MaildirScan.Messages(one);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _damaged.Add(new MoveProblem(name, one.Shown, error.Message));
            return Refusal.None;
        }

        foreach (var missing in (one.Sheet?.Messages.Keys ?? Enumerable.Empty<string>()).Except(messages.Select(found => found.Base)))
        {
            _damaged.Add(new MoveProblem(name, missing, "it was exported, but the file is gone"));
        }

        foreach (var message in messages)
        {
            var refusal = await TakeAsync(name, message, present, batches, cancellation);
            if (refusal != Refusal.None) return refusal;
            await progress.AddAsync(1, cancellation);
        }

        return Refusal.None;
    }

    private async ValueTask<Refusal> TakeAsync(
        string name, MaildirMessage message, Dictionary<ContentRef, int> present, ImportBatches batches, CancellationToken cancellation)
    {
        try
        {
            var file = new MaildirFile(message.Path);
            var raw = message.Sheet is { } line && await file.Sha256Async(cancellation) == line.Sha256;
            if (message.Sheet is not null && !raw)
            {
                _damaged.Add(new MoveProblem(name, message.Base, "it is not what was exported; taken in as it is now"));
            }
            else if (!raw && await file.IsCompressedAsync(cancellation))
            {
                _damaged.Add(new MoveProblem(name, message.Base, "it is compressed: decompress the Maildir first"));
                return Refusal.None;
            }

            using var measure = mail.Measure();
            await foreach (var part in file.OctetsAsync(raw, cancellation)) await measure.WriteAsync(part, cancellation);
            foreach (var content in await measure.CompleteAsync(cancellation))
            {
                if (present.GetValueOrDefault(content) is not (> 0 and var times)) continue;
                present[content] = times - 1;
                Present++;
                return Refusal.None;
            }

            if (measure.Length > uint.MaxValue)
            {
                _damaged.Add(new MoveProblem(name, message.Base, "it is longer than 4 GiB"));
                return Refusal.None;
            }

            using var writer = mail.NewMessage();
            await foreach (var part in file.OctetsAsync(raw, cancellation))
            {
                var refusal = await writer.WriteAsync(part, cancellation);
                if (refusal != Refusal.None) return refusal;
            }

            var written = await writer.CompleteAsync(cancellation);
            return written.Declined ? written.Refusal : await batches.AddAsync(message, written.Value, cancellation);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _damaged.Add(new MoveProblem(name, message.Base, error.Message));
            return Refusal.None;
        }
    }

    /// <summary>Whether the rest would be refused as well.</summary>
    /// <summary>Nothing more would go in: it is no use to go on.</summary>
    internal static bool IsFinal(Refusal refusal) =>
        refusal is not (Refusal.Invalid or Refusal.TooMany or Refusal.TooLarge or Refusal.NotFound);
}
