using System.Globalization;
using CompatBot.Core.Mail;

namespace CompatBot.Gateway.Moving;

/// <summary>One message file of a Maildir.</summary>
/// <param name="Base">Its name without flags.</param>
/// <param name="Uid">From a list of UIDs; 0 where there is none.</param>
/// <param name="Arrived">What an export wrote down, else the file's time.</param>
/// <param name="Sheet">What an export says of it.</param>
internal sealed record MaildirMessage(
    string Path, string Base, uint Uid, long Arrived, MessageFlags Flags, IReadOnlyList<string> Keywords, SheetLine? Sheet)
    : MovingMessage(Base, Arrived, Flags, Keywords);

/// <summary>One folder of a Maildir.</summary>
/// <param name="Mailbox">The mailbox that it becomes; null when no name can be made of it.</param>
/// <param name="Sheet">Null when it was made by another program.</param>
/// <param name="Trouble">Why the folder, or what stands beside its messages, could not be read.</param>
internal sealed record MaildirFolder(string Path, string Shown, string? Mailbox, FolderSheet? Sheet, string? Trouble);

/// <summary>Finds folders and messages of Maildirs: of our exports, of dovecot (Maildir++ and fs layout), of mbsync, of mutt.</summary>
internal static class MaildirScan
{
    private static readonly string[] Parts = ["cur", "new"];

    /// <summary>Every folder below a place that has a cur or a new, topmost first, in the order of names.</summary>
    public static IEnumerable<MaildirFolder> Folders(string root)
    {
        var waiting = new Stack<string>([root]);
        while (waiting.TryPop(out var place))
        {
            if (Inside(place, out var trouble) is not { } inside)
            {
                yield return new MaildirFolder(place, Path.GetRelativePath(root, place), null, null, trouble);
                continue;
            }

            Array.Sort(inside, StringComparer.Ordinal);
            if (inside.Any(folder => Parts.Contains(Path.GetFileName(folder)))) yield return Folder(root, place);
            foreach (var folder in inside.Reverse())
            {
                // A link may lead anywhere, also to itself.
                var leave = Path.GetFileName(folder) is "cur" or "new" or "tmp" || new DirectoryInfo(folder).LinkTarget is not null;
                if (!leave) waiting.Push(folder);
            }
        }
    }

    /// <summary>How many messages a folder has.</summary>
    public static long Count(MaildirFolder folder) => Files(folder.Path).LongCount();

    /// <summary>The messages of a folder in the order in which they get their new UIDs: by their old ones, else by time and name.</summary>
    public static List<MaildirMessage> Messages(MaildirFolder folder)
    {
        var (letters, uids) = (MaildirFlags.Read(folder.Path), Uids(folder.Path));
        var messages = Files(folder.Path).Select(path => Message(path, folder.Sheet, letters, uids)).ToList();
        messages.Sort((one, other) =>
            one.Uid != other.Uid && one.Uid != 0 && other.Uid != 0 ? one.Uid.CompareTo(other.Uid)
            : one.Arrived != other.Arrived ? one.Arrived.CompareTo(other.Arrived)
            : string.CompareOrdinal(one.Base, other.Base));
        return messages;
    }

    private static string[]? Inside(string place, out string? trouble)
    {
        try
        {
            trouble = null;
            return Directory.GetDirectories(place);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            trouble = error.Message;
            return null;
        }
    }

    private static MaildirFolder Folder(string root, string place)
    {
        var shown = Path.GetRelativePath(root, place);
        var name = MaildirNames.Mailbox(shown == "." ? "" : shown);
        try
        {
            var sheet = FolderSheet.Read(place);
            return new MaildirFolder(place, shown, sheet?.Mailbox is { } given ? Valid(given) ?? name : name, sheet, null);
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return new MaildirFolder(place, shown, name, null, error.Message);
        }
    }

    private static string? Valid(string name) => MailboxNames.IsValid(MailboxNames.Fold(name)) ? MailboxNames.Fold(name) : null;

    /// <summary>Names that start with a dot are no messages (as Maildir has it).</summary>
    private static IEnumerable<string> Files(string place) => Parts
        .Select(part => Path.Combine(place, part))
        .Where(Directory.Exists)
        .SelectMany(Directory.EnumerateFiles)
        .Where(path => !Path.GetFileName(path).StartsWith('.'));

    private static MaildirMessage Message(
        string path, FolderSheet? sheet, Dictionary<int, string> letters, Dictionary<string, uint> uids)
    {
        var (name, flags) = MaildirFlags.Split(Path.GetFileName(path));
        var (system, keywords) = MaildirFlags.Parse(flags, letters);
        var line = sheet?.Messages.GetValueOrDefault(name);
        foreach (var index in line?.Keywords ?? [])
        {
            if (index >= MaildirFlags.LettersMax) MaildirFlags.Add(keywords, sheet!.Keywords[index]);
        }

        var arrived = line?.InternalDate ?? new DateTimeOffset(File.GetLastWriteTimeUtc(path)).ToUnixTimeSeconds();
        return new MaildirMessage(path, name, line?.Uid ?? uids.GetValueOrDefault(name), arrived, system, keywords, line);
    }

    /// <summary>dovecot's list of UIDs: "3 V... N..." and then "UID [fields] :FILE".</summary>
    private static Dictionary<string, uint> Uids(string place)
    {
        var uids = new Dictionary<string, uint>(StringComparer.Ordinal);
        var path = Path.Combine(place, "dovecot-uidlist");
        if (!File.Exists(path)) return uids;
        foreach (var line in File.ReadLines(path).Skip(1))
        {
            var (space, colon) = (line.IndexOf(' ', StringComparison.Ordinal), line.IndexOf(':', StringComparison.Ordinal));
            if (space <= 0 || colon < space) continue;
            if (!uint.TryParse(line.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out var uid)) continue;
            uids[MaildirFlags.Split(line[(colon + 1)..]).Base] = uid;
        }

        return uids;
    }
}
