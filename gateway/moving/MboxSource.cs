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

        var takeout = await TakeLabelsAsync(into, file, mailbox, cancellation);
        return takeout ?? await TakeMailboxAsync(into, file, mailbox, () => Messages(file), cancellation);
    }

    /// <summary>
    /// Of a Takeout each label's messages, label after label: a message is in all of its mailboxes, and stored once. The file is read once
    /// to find them, and each message once for each of its labels.
    /// </summary>
    /// <param name="whole">The mailbox that the file's name says.</param>
    /// <returns>Null: it is none.</returns>
    private static async ValueTask<Refusal?> TakeLabelsAsync(
        MailImport into, string file, string whole, CancellationToken cancellation)
    {
        SortedDictionary<string, List<(long Start, string Base)>> mailboxes = new(StringComparer.Ordinal);
        var tooLong = 0;
        using var messages = Messages(file).GetEnumerator();
        while (TryNext(into, whole, file, messages))
        {
            if (messages.Current is { Labels: null }) return null;
            if (messages.Current is not { } message) tooLong++;
            else foreach (var place in Places(into, message))
            {
                if (!mailboxes.TryGetValue(place, out var found)) mailboxes.Add(place, found = []);
                found.Add((message.Start, message.Base));
            }
        }

        if (mailboxes.Count == 0) return null;
        while (tooLong-- > 0) DamageTooLong(into, whole, file);
        foreach (var (mailbox, places) in mailboxes)
        {
            var refusal = await TakeMailboxAsync(into, file, mailbox, () => Messages(file, places), cancellation);
            if (refusal != Refusal.None) return refusal;
        }

        return Refusal.None;
    }

    private static ValueTask<Refusal> TakeMailboxAsync(
        MailImport into, string file, string mailbox, Func<IEnumerable<MboxMessage?>> messages, CancellationToken cancellation) =>
        into.TakeMailboxAsync(
            mailbox,
            SpecialUse.None,
            subscribes: true,
            taker => TakeAsync(into, file, mailbox, messages(), taker, cancellation),
            cancellation);

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
        IEnumerable<MboxMessage?> all,
        MailboxTaker taker,
        CancellationToken cancellation)
    {
        using var messages = all.GetEnumerator();
        while (TryNext(into, mailbox, file, messages))
        {
            if (messages.Current is not { } message)
            {
                DamageTooLong(into, mailbox, file);
                continue;
            }

            if ((message.Flags & MessageFlags.Deleted) != 0 || message.Octets.Length == 0) continue;
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

    private static void DamageTooLong(MailImport into, string mailbox, string file) =>
        into.Damage(mailbox, file, $"a message is longer than {MboxReader.MessageBytesMax} octets");

    private static IEnumerable<MboxMessage?> Messages(string file)
    {
        using var stream = Open(file);
        foreach (var message in MboxReader.Read(stream, File.GetLastWriteTimeUtc(file))) yield return message;
    }

    /// <summary>Some messages of a file, with the names that they have when all of it is read.</summary>
    private static IEnumerable<MboxMessage?> Messages(string file, IEnumerable<(long Start, string Base)> places)
    {
        using var stream = Open(file);
        foreach (var (start, name) in places)
        {
            stream.Position = start;
            if (MboxReader.Read(stream, File.GetLastWriteTimeUtc(file)).FirstOrDefault() is not { } message) continue;
            yield return message with { Base = name };
        }
    }

    private static FileStream Open(string file) =>
        new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16);
}
