using System.Globalization;
using System.Text;
using CompatBot.Core.Mail;

namespace CompatBot.Gateway.Moving;

/// <summary>One message in the list that an export leaves in each folder.</summary>
/// <param name="Sha256">Of the octets, lower-case hex.</param>
/// <param name="InternalDate">Seconds since 1970 UTC.</param>
/// <param name="File">The file's name without its flags.</param>
/// <param name="Keywords">Indexes of its keywords in the sheet's list.</param>
internal sealed record SheetLine(uint Uid, string Sha256, long Octets, long InternalDate, string File, IReadOnlyList<int> Keywords);

/// <summary>
/// `compatbot-folder`: what a Maildir cannot say of itself. UTF-8, fields parted by tabs, one fact a line:
/// "mailbox NAME", "uidvalidity N", "uidnext N", "use sent", "subscribed", "keyword NAME" in the order of their indexes, then
/// "message UID SHA256 OCTETS DATE FILE KEYWORDS", the last a list of indexes parted by commas, or "-".
/// </summary>
internal sealed class FolderSheet
{
    public const string FileName = "compatbot-folder";

    public const string FirstLine = "compatbot-folder 1";

    public string? Mailbox { get; private set; }

    public SpecialUse Use { get; private set; }

    public bool Subscribed { get; private set; }

    public List<string> Keywords { get; } = [];

    /// <summary>By the file's name without flags.</summary>
    public Dictionary<string, SheetLine> Messages { get; } = new(StringComparer.Ordinal);

    public static string Head(MailboxState mailbox, bool subscribed)
    {
        var head = new StringBuilder()
            .Append(FirstLine).Append('\n')
            .Append("mailbox\t").Append(mailbox.Name).Append('\n')
            .Append("uidvalidity\t").Append(mailbox.UidValidity).Append('\n')
            .Append("uidnext\t").Append(mailbox.UidNext).Append('\n');
        var use = mailbox.SpecialUse.ToString().ToLowerInvariant();
        if (mailbox.SpecialUse != SpecialUse.None) head.Append("use\t").Append(use).Append('\n');
        if (subscribed) head.Append("subscribed\n");
        foreach (var keyword in mailbox.Keywords) head.Append("keyword\t").Append(keyword).Append('\n');
        return head.ToString();
    }

    public static string Line(SheetLine line)
    {
        var keywords = line.Keywords.Count == 0 ? "-" : string.Join(',', line.Keywords);
        return $"message\t{line.Uid}\t{line.Sha256}\t{line.Octets}\t{line.InternalDate}\t{line.File}\t{keywords}\n";
    }

    /// <returns>Null where a folder has none: it was made by another program.</returns>
    /// <exception cref="InvalidDataException">It is no such list, or of a newer version.</exception>
    public static FolderSheet? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        var sheet = new FolderSheet();
        var number = 0;
        foreach (var line in File.ReadLines(path, Encoding.UTF8))
        {
            if (number++ == 0 ? line != FirstLine : !sheet.Take(line.Split('\t')))
            {
                throw new InvalidDataException($"{FileName}, line {number}, makes no sense");
            }
        }

        return number > 0 ? sheet : throw new InvalidDataException($"{FileName} is empty");
    }

    private bool Take(string[] fields)
    {
        switch (fields)
        {
            case ["mailbox", var name]:
                Mailbox = name;
                return true;
            case ["uidvalidity" or "uidnext", _]:
                return true;
            case ["use", var use]:
                // A role of a newer version is no reason to leave the messages behind.
                Use = Enum.TryParse<SpecialUse>(use, ignoreCase: true, out var known) ? known : SpecialUse.None;
                return true;
            case ["subscribed"]:
                return Subscribed = true;
            case ["keyword", var keyword]:
                Keywords.Add(keyword);
                return true;
            case ["message", var uid, var sha, var octets, var date, var file, var keywords]:
                return TakeMessage(uid, sha, octets, date, file, keywords);
            default:
                return false;
        }
    }

    private bool TakeMessage(string uid, string sha, string octets, string date, string file, string keywords)
    {
        var plain = CultureInfo.InvariantCulture;
        if (!uint.TryParse(uid, NumberStyles.None, plain, out var number)
            || !long.TryParse(octets, NumberStyles.None, plain, out var length)
            || !long.TryParse(date, NumberStyles.AllowLeadingSign, plain, out var seconds)
            || seconds < DateTimeOffset.MinValue.ToUnixTimeSeconds() || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds()) return false;
        var indexes = new List<int>();
        foreach (var part in keywords == "-" ? [] : keywords.Split(','))
        {
            if (!int.TryParse(part, NumberStyles.None, plain, out var index) || index >= Keywords.Count) return false;
            indexes.Add(index);
        }

        return Messages.TryAdd(file, new SheetLine(number, sha, length, seconds, file, indexes));
    }
}
