using CompatBot.Core.Mail;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Moving;

/// <summary>Maildirs: of our exports, and of other programs.</summary>
internal sealed class MaildirSource(string folder) : IMailSource
{
    public async ValueTask<Refusal> MoveAsync(MailImport into, CancellationToken cancellation)
    {
        // An export keeps each realm in a folder of its own.
        var export = Path.Combine(folder, MailExport.RealmFolder);
        var root = File.Exists(Path.Combine(folder, MailImport.ExportedFile)) && Directory.Exists(export) ? export : folder;
        var folders = MaildirScan.Folders(root).ToList();
        if (folders.Count == 0) into.Damage(folder, null, "there is no Maildir here: no folder has a cur or a new");
        into.Progress.Total = folders.Where(one => one.Mailbox is not null).Sum(MaildirScan.Count);
        foreach (var nameless in folders.Where(one => one.Mailbox is null))
        {
            into.Damage(nameless.Shown, null, nameless.Trouble ?? "no mailbox name can be made of this folder's name");
        }

        foreach (var group in folders.Where(one => one.Mailbox is not null).GroupBy(one => one.Mailbox!))
        {
            var refusal = await TakeMailboxAsync(into, group.Key, [.. group], cancellation);
            if (refusal != Refusal.None) return refusal;
        }

        return Refusal.None;
    }

    private static ValueTask<Refusal> TakeMailboxAsync(
        MailImport into, string name, IReadOnlyList<MaildirFolder> folders, CancellationToken cancellation)
    {
        var use = folders.Select(one => one.Sheet?.Use ?? SpecialUse.None).Max();

        // Of other programs' folders nobody knows; who moves in wants to see them.
        var subscribes = folders.Any(one => one.Sheet is null or { Subscribed: true });
        return into.TakeMailboxAsync(
            name,
            use,
            subscribes,
            async taker =>
            {
                foreach (var one in folders)
                {
                    if (one.Trouble is not null) into.Damage(name, FolderSheet.FileName, one.Trouble);
                    var refusal = await TakeFolderAsync(into, name, one, taker, cancellation);
                    if (refusal != Refusal.None) return refusal;
                }

                return Refusal.None;
            },
            cancellation);
    }

    private static async ValueTask<Refusal> TakeFolderAsync(
        MailImport into, string name, MaildirFolder one, MailboxTaker taker, CancellationToken cancellation)
    {
        List<MaildirMessage> messages;
        try
        {
            messages = MaildirScan.Messages(one);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            into.Damage(name, one.Shown, error.Message);
            return Refusal.None;
        }

        foreach (var missing in (one.Sheet?.Messages.Keys ?? Enumerable.Empty<string>()).Except(messages.Select(found => found.Base)))
        {
            into.Damage(name, missing, "it was exported, but the file is gone");
        }

        foreach (var message in messages)
        {
            var refusal = await TakeAsync(into, name, message, taker, cancellation);
            if (refusal != Refusal.None) return refusal;
            await into.Progress.AddAsync(1, cancellation);
        }

        return Refusal.None;
    }

    private static async ValueTask<Refusal> TakeAsync(
        MailImport into, string name, MaildirMessage message, MailboxTaker taker, CancellationToken cancellation)
    {
        try
        {
            var file = new MaildirFile(message.Path);
            var raw = message.Sheet is { } line && await file.Sha256Async(cancellation) == line.Sha256;
            if (message.Sheet is not null && !raw)
            {
                into.Damage(name, message.Base, "it is not what was exported; taken in as it is now");
            }
            else if (!raw && await file.IsCompressedAsync(cancellation))
            {
                into.Damage(name, message.Base, "it is compressed: decompress the Maildir first");
                return Refusal.None;
            }

            return await taker.TakeAsync(message, () => file.OctetsAsync(raw, cancellation), cancellation);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            into.Damage(name, message.Base, error.Message);
            return Refusal.None;
        }
    }
}
