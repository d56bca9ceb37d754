using System.Globalization;
using System.Text;
using CompatBot.Core.Mail;
using CompatBot.Gateway.Config;

namespace CompatBot.Gateway.Moving;

/// <summary>
/// Writes an account's mail, decrypted, as mbox files (mboxrd, RFC 4155): a file for each mailbox, what stands below it in a folder
/// NAME.sbd, as Thunderbird has them. Flags are in the fields that mutt reads. A message is in memory while it is written.
/// </summary>
internal sealed class MboxExport(MailStore mail, string folder, MoveProgress progress) : IMailExport
{
    /// <summary>Folder of the mailboxes in an export.</summary>
    public const string RealmFolder = "mbox";

    private readonly List<MoveProblem> _damaged = [];

    public int Mailboxes { get; private set; }

    public long Messages { get; private set; }

    public long Octets { get; private set; }

    public IReadOnlyList<MoveProblem> Damaged => _damaged;

    public async ValueTask RunAsync(CancellationToken cancellation)
    {
        var state = mail.State;
        progress.Total = state.Mailboxes.Values.Sum(mailbox => (long)mailbox.Count);
        foreach (var (name, id) in state.Names)
        {
            if (await mail.RefreshAsync(id, cancellation) is not { } mailbox) continue; // Deleted by a client while the export ran.
            var path = PathOf(name);
            DataDirectory.EnsurePrivate(Path.GetDirectoryName(path)!);
            await using var file = PrivateFile.Create(path);
            for (var at = 0; at < mailbox.Messages.Count; at++)
            {
                await WriteAsync(mailbox, mailbox.Messages[at], file, cancellation);
                await progress.AddAsync(1, cancellation);
            }

            Mailboxes++;
        }
    }

    /// <summary>The message as an mbox has it: "From " line, flags, LF at line ends, one more "&gt;" before "From ", empty line.</summary>
    public static byte[] Write(ReadOnlySpan<byte> message, DateTimeOffset arrived, MessageFlags flags, IEnumerable<string> keywords)
    {
        using var text = new MemoryStream(message.Length + 200);
        var words = string.Join(' ', keywords);
        text.Write(Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"From MAILER-DAEMON {arrived.UtcDateTime:ddd MMM d HH:mm:ss yyyy}\n")));
        text.Write(Encoding.ASCII.GetBytes($"Status: {((flags & MessageFlags.Seen) != 0 ? "RO" : "O")}\n"));
        var letters = $"{Letter(MessageFlags.Answered, 'A')}{Letter(MessageFlags.Flagged, 'F')}{Letter(MessageFlags.Draft, 'T')}";
        if (letters.Length > 0) text.Write(Encoding.ASCII.GetBytes($"X-Status: {letters}\n"));
        if (words.Length > 0) text.Write(Encoding.ASCII.GetBytes($"X-Keywords: {words}\n"));
        while (!message.IsEmpty)
        {
            var end = message.IndexOf((byte)'\n');
            var line = end < 0 ? message : message[..end];
            message = end < 0 ? default : message[(end + 1)..];
            if (line.TrimStart((byte)'>').StartsWith("From "u8)) text.WriteByte((byte)'>');
            text.Write(line is [.., (byte)'\r'] ? line[..^1] : line);
            text.WriteByte((byte)'\n');
        }

        text.WriteByte((byte)'\n');
        return text.ToArray();

        string Letter(MessageFlags flag, char letter) => (flags & flag) != 0 ? letter.ToString() : "";
    }

    private async ValueTask WriteAsync(MailboxState mailbox, MessageRow row, FileStream file, CancellationToken cancellation)
    {
        ReadOnlyMemory<byte> octets;
        try
        {
            octets = await mail.Read(row).ReadAllAsync(cancellation);
        }
        catch (IOException error)
        {
            _damaged.Add(new MoveProblem(mailbox.Name, $"UID {row.Uid}", error.Message));
            return;
        }

        var arrived = DateTimeOffset.FromUnixTimeSeconds(row.InternalDate);
        var indexes = MaildirFlags.Indexes(row.Flags).Where(index => index < mailbox.Keywords.Length);
        var keywords = indexes.Select(index => mailbox.Keywords[index]);
        await file.WriteAsync(Write(octets.Span, arrived, row.Flags, keywords), cancellation);
        (Messages, Octets) = (Messages + 1, Octets + row.Size);
    }

    /// <summary>A level that would be no file name here gets an underscore in front.</summary>
    private string PathOf(string name)
    {
        var levels = name.Split(MailboxNames.Separator).Select(level => level.StartsWith('.') ? $"_{level}" : level).ToList();
        return Path.Combine([folder, RealmFolder, .. levels.SkipLast(1).Select(level => $"{level}.sbd"), levels[^1]]);
    }
}
