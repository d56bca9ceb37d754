using CompatBot.Core.Mail;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Moving;

/// <summary>
/// One mbox, or a folder of them: its files are mailboxes, and what lies in folders below (Thunderbird calls them NAME.sbd) stands below
/// them. A Takeout of Gmail is one mbox whose labels are mailboxes.
/// </summary>
internal sealed class MboxSource(string source) : IMailSource
{
    /// <summary>Gmail's labels that are states, or no place of their own.</summary>
    private static readonly HashSet<string> NoMailboxes = new(StringComparer.OrdinalIgnoreCase)
    {
        "Unread", "Opened", "Starred", "Important", "Archived",
    };

    private static readonly Dictionary<string, SpecialUse> Roles = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Sent"] = SpecialUse.Sent,
        ["Drafts"] = SpecialUse.Drafts,
        ["Draft"] = SpecialUse.Drafts,
        ["Spam"] = SpecialUse.Junk,
        ["Junk"] = SpecialUse.Junk,
        ["Trash"] = SpecialUse.Trash,
        ["Archives"] = SpecialUse.Archive,
    };

    /// <summary>Whether there is an mbox at a place, or below it.</summary>
    public static bool IsAt(string path) => Files(path).Any();

    public async ValueTask<Refusal> MoveAsync(MailImport into, CancellationToken cancellation)
    {
        // An export keeps each realm in a folder of its own.
        var export = Path.Combine(source, MboxExport.RealmFolder);
        var path = File.Exists(Path.Combine(source, MailImport.ExportedFile)) && Directory.Exists(export) ? export : source;
        foreach (var file in Files(path).Order(StringComparer.Ordinal))
        {
            var own = file.StartsWith("/var/", StringComparison.Ordinal) ? "" // The mailbox of a user of a mail server.
                : Path.GetRelativePath(File.Exists(path) ? Path.GetDirectoryName(path)! : path, file);
            var refusal = await TakeFileAsync(into, file, NameOf(into, own), cancellation);
            if (refusal != Refusal.None) return refusal;
        }

        return Refusal.None;
    }

    private static IEnumerable<string> Files(string path)
    {
        if (File.Exists(path)) return MboxReader.IsMbox(path) ? [path] : [];
        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        return Directory.EnumerateFiles(path, "*", all).Where(file => !Path.GetFileName(file).StartsWith('.') && MboxReader.IsMbox(file));
    }

    /// <returns>Null when no mailbox name can be made of it.</returns>
    private static string? NameOf(MailImport into, string relative)
    {
        var levels = relative.Split('/', StringSplitOptions.RemoveEmptyEntries)
            .Select(level => level.EndsWith(".sbd", StringComparison.OrdinalIgnoreCase) ? level[..^4]
                : level.EndsWith(".mbox", StringComparison.OrdinalIgnoreCase) ? level[..^5] : level)
            .ToList();
        if (levels is [.., "mbox"]) levels.RemoveAt(levels.Count - 1); // Apple's NAME.mbox/mbox
        return Mailbox(into, string.Join('/', levels));
    }

    private static string? Mailbox(MailImport into, string name)
    {
        if (name.Length == 0 || name.Equals(MailboxNames.Inbox, StringComparison.OrdinalIgnoreCase)) return MailboxNames.Inbox;
        if (Roles.TryGetValue(name, out var use) && into.NameOf(use) is { } there) return there;
        return MaildirNames.Mailbox(name);
    }

    private static async ValueTask<Refusal> TakeFileAsync(
        MailImport into, string file, string? mailbox, CancellationToken cancellation)
    {
        if (mailbox is null)
        {
            into.Damage(file, null, "no mailbox name can be made of this file's name");
            return Refusal.None;
        }

        var takeout = await TakeLabelsAsync(into, file, cancellation);
        return takeout ?? await into.TakeMailboxAsync(
            mailbox,
            SpecialUse.None,
            subscribes: true,
            taker => TakeAsync(into, file, mailbox, _ => true, taker, cancellation),
            cancellation);
    }

    /// <summary>Of a Takeout each label's messages, label after label: a message is in all of its mailboxes, and stored once.</summary>
    /// <returns>Null: it is none.</returns>
    private static async ValueTask<Refusal?> TakeLabelsAsync(MailImport into, string file, CancellationToken cancellation)
    {
        SortedSet<string> mailboxes = new(StringComparer.Ordinal);
        foreach (var message in Messages(file))
        {
            if (message is { Labels: null }) return null;
            if (message is not null) mailboxes.UnionWith(Places(into, message));
        }

        foreach (var mailbox in mailboxes)
        {
            var refusal = await into.TakeMailboxAsync(
                mailbox,
                SpecialUse.None,
                subscribes: true,
                taker => TakeAsync(into, file, mailbox, message => Places(into, message).Contains(mailbox), taker, cancellation),
                cancellation);
            if (refusal != Refusal.None) return refusal;
        }

        return Refusal.None;
    }

    /// <summary>A message without a place of its own was archived.</summary>
    private static List<string> Places(MailImport into, MboxMessage message)
    {
        List<string> places = [.. message.Labels!
            .Where(label => !NoMailboxes.Contains(label) && !label.StartsWith("Category ", StringComparison.OrdinalIgnoreCase))
            .Select(label => Mailbox(into, label)).OfType<string>().Distinct()];
        return places.Count > 0 ? places : [into.NameOf(SpecialUse.Archive) ?? "Archive"];
    }

    private static async ValueTask<Refusal> TakeAsync(
        MailImport into,
        string file,
        string mailbox,
        Predicate<MboxMessage> wants,
        MailboxTaker taker,
        CancellationToken cancellation)
    {
        using var messages = Messages(file).GetEnumerator();
        while (TryNext(into, mailbox, file, messages))
        {
            if (messages.Current is not { } message)
            {
                into.Damage(mailbox, file, $"a message is longer than {MboxReader.MessageBytesMax} octets");
                continue;
            }

            if (!wants(message) || (message.Flags & MessageFlags.Deleted) != 0 || message.Octets.Length == 0) continue;
            var octets = new[] { (ReadOnlyMemory<byte>)message.Octets };
            var refusal = await taker.TakeAsync(message, octets.ToAsyncEnumerable, cancellation);
            if (refusal != Refusal.None) return refusal;
            await into.Progress.AddAsync(1, cancellation);
        }

        return Refusal.None;
    }

    private static bool TryNext(MailImport into, string mailbox, string file, IEnumerator<MboxMessage?> messages)
    {
        try
        {
            return messages.MoveNext();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            into.Damage(mailbox, file, error.Message);
            return false;
        }
    }

    private static IEnumerable<MboxMessage?> Messages(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16);
        foreach (var message in MboxReader.Read(stream, File.GetLastWriteTimeUtc(file))) yield return message;
    }
}
