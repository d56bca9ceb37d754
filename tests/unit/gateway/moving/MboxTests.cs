using System.Text;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Gateway.Moving;
using CompatBot.Gateway.Moving.Imap;
using CompatBot.Generator;
using CompatBot.UnitTests.Mail;
using Xunit;

namespace CompatBot.UnitTests.Gateway.Moving;

/// <summary>Mail that comes as mbox files, from every program that writes them its own way.</summary>
public sealed class MboxTests : IDisposable
{
    private static readonly DateTimeOffset Otherwise = DateTimeOffset.FromUnixTimeSeconds(1_000_000_000);

    private readonly string _folder = MovingBed.NewFolder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Lines_are_what_they_were_before()
    {
        var read = Read(
            "From anna@mail.test Sat Nov 28 10:00:00 2026\nSubject: one\n\n>From me\n>>From you\n> From them\nFrom here on\n\n"
            + "From now on there is no year\n\n"
            + "From - Sun Nov 29 11:00:00 2026\r\nSubject: two\r\n\r\nx\r\n\r\n"
            + "From \"a b\"@c.example Sun Nov 29 11:00:01 +0100 2026\nDate: Mon, 30 Nov 2026 00:00:00 +0000\n\nlast");
        Assert.Equal(
            [
                "Subject: one\r\n\r\nFrom me\r\n>From you\r\n> From them\r\nFrom here on\r\n\r\nFrom now on there is no year\r\n",
                "Subject: two\r\n\r\nx\r\n",
                "Date: Mon, 30 Nov 2026 00:00:00 +0000\r\n\r\nlast",
            ],
            read.Select(one => Encoding.UTF8.GetString(one.Octets)));
        Assert.Equal(
            ["2026-11-28 10:00:00", "2026-11-29 11:00:00", "2026-11-29 10:00:01"],
            read.Select(one => DateTimeOffset.FromUnixTimeSeconds(one.Arrived).ToString("yyyy-MM-dd HH:mm:ss")));
    }

    [Theory]
    [InlineData("Status: RO\nX-Status: AF", MessageFlags.Seen | MessageFlags.Answered | MessageFlags.Flagged, "")]
    [InlineData("Status: O", MessageFlags.None, "")]
    [InlineData("X-Mozilla-Status: 1005\nX-Mozilla-Keys: $label1 x", MessageFlags.Seen | MessageFlags.Flagged, "$Forwarded $label1 x")]
    [InlineData("X-Mozilla-Status: 0009", MessageFlags.Seen | MessageFlags.Deleted, "")]
    [InlineData("X-Keywords: Junk,later", MessageFlags.None, "Junk later")]
    [InlineData("X-Gmail-Labels: Inbox,Starred,\"a, b\"", MessageFlags.Seen | MessageFlags.Flagged, "")]
    [InlineData("X-Gmail-Labels: =?UTF-8?Q?Entw=C3=BCrfe,Unread?=", MessageFlags.None, "")]
    public void Flags_are_kept_and_their_fields_are_not(string fields, MessageFlags flags, string keywords)
    {
        var read = Assert.Single(Read($"From a Sat Nov 28 10:00:00 2026\n{fields}\nSubject: x\n\ny\n"));
        Assert.Equal((flags, keywords), (read.Flags, string.Join(' ', read.Keywords)));
        Assert.Equal("Subject: x\r\n\r\ny\r\n", Encoding.UTF8.GetString(read.Octets));
    }

    [Fact]
    public async Task Folders_of_Thunderbird_come_with_their_names_once()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "Arbeit.sbd"));
        await WriteAsync("Inbox", "one");
        await WriteAsync("Inbox.msf", null);
        await WriteAsync("Sent", "two");
        await WriteAsync("Arbeit", "three");
        await WriteAsync("Arbeit.sbd/Grüße.v2", "four");
        var bed = await MailBed.NewAsync();
        var before = bed.Mail.State.Names.Count;
        foreach (var added in (int[])[4, 0])
        {
            var import = new MailImport(bed.Mail, MovingBed.Silent);
            Assert.Equal(Refusal.None, await import.RunAsync(new MboxSource(_folder), MailBed.Stop));
            Assert.Equal((added, 4 - added), (import.Added, import.Present));
            Assert.Empty(import.Damaged);
        }

        Assert.Equal(before + 2, bed.Mail.State.Names.Count);
        Assert.Equal(1, (await bed.Mail.OpenAsync("Arbeit/Grüße.v2", MailBed.Stop)).Value!.Count);
        Assert.Equal(1, (await bed.Mail.OpenAsync("Sent", MailBed.Stop)).Value!.Count);
        Assert.Contains("Arbeit", bed.Mail.State.Subscriptions);
    }

    [Fact]
    public async Task Labels_of_a_Takeout_are_mailboxes()
    {
        var file = Path.Combine(_folder, "All mail.mbox");
        await File.WriteAllTextAsync(
            file,
            "From 1@xxx Sat Nov 28 10:00:00 +0000 2026\nX-GM-THRID: 1\nX-Gmail-Labels: Inbox,Work/Deep,Unread\n\none\n\n"
            + "From 2@xxx Sat Nov 28 10:00:00 +0000 2026\nX-Gmail-Labels: Opened,Category Updates\n\ntwo\n\n"
            + "From 3@xxx Sat Nov 28 10:00:00 +0000 2026\nX-Gmail-Labels: Spam\n\nthree\n",
            MailBed.Stop);
        var bed = await MailBed.NewAsync();
        var import = new MailImport(bed.Mail, MovingBed.Silent);
        Assert.Equal(Refusal.None, await import.RunAsync(new MboxSource(file), MailBed.Stop));
        foreach (var (name, count) in new[] { ("INBOX", 1), ("Work/Deep", 1), ("Archive", 1), ("Junk", 1) })
        {
            Assert.Equal(count, (await bed.Mail.OpenAsync(name, MailBed.Stop)).Value!.Count);
        }

        var inbox = (await bed.Mail.OpenAsync("INBOX", MailBed.Stop)).Value!;
        var work = (await bed.Mail.OpenAsync("Work/Deep", MailBed.Stop)).Value!;
        Assert.Equal(inbox.Messages[0].Content, work.Messages[0].Content);
        Assert.Equal(0, inbox.Messages.FirstWithout(MessageFlags.Seen));
    }

    /// <summary>Python's mailbox.mbox writes so: "From " at a line's start is quoted, a line end is put behind each.</summary>
    [Fact]
    public void Made_messages_come_back()
    {
        List<string> wanted = [];
        var mbox = new StringBuilder();
        for (var seed = 0; seed < 300; seed++)
        {
            var message = Encoding.Latin1.GetString(new MessageGenerator().Message(seed)).Replace("\r\n", "\n", StringComparison.Ordinal);
            if (message.Contains('\r', StringComparison.Ordinal) || !message.Contains("\n\n", StringComparison.Ordinal)) continue;
            message = message.TrimEnd('\n') + "\n";
            if (message.StartsWith("From ", StringComparison.Ordinal) || message.StartsWith(">From ", StringComparison.Ordinal)) continue;
            var quoted = string.Join('\n', message.Split('\n').Select(line =>
                line.TrimStart('>').StartsWith("From ", StringComparison.Ordinal) ? ">" + line : line));
            mbox.Append("From MAILER-DAEMON Sat Nov 28 10:00:00 2026\n").Append(quoted).Append('\n');
            wanted.Add(message.Replace("\n", "\r\n", StringComparison.Ordinal));
        }

        Assert.True(wanted.Count > 200);
        using var stream = new MemoryStream(Encoding.Latin1.GetBytes(mbox.ToString()));
        Assert.Equal(wanted, MboxReader.Read(stream, Otherwise).Select(one => Encoding.Latin1.GetString(one!.Octets)));
    }

    [Fact]
    public async Task An_export_of_mboxes_comes_back()
    {
        var from = await MailBed.NewAsync();
        await from.Mail.CreateAsync("Work/Deep.er", SpecialUse.None, MailBed.Stop);
        var quoted = "Subject: a\r\n\r\nFrom me\r\n>From you\r\n\r\n"u8.ToArray();
        await MovingBed.AppendAsync(from, "INBOX", quoted, MessageFlags.Seen, 1_700_000_000, "$x");
        var last = "Subject: b\r\n\r\nlast\r\n"u8.ToArray();
        await MovingBed.AppendAsync(from, "INBOX", last, MessageFlags.Flagged | MessageFlags.Draft, 1_700_000_001);
        await MovingBed.AppendAsync(from, "Work/Deep.er", "Subject: c\r\n\r\nx\r\n"u8.ToArray(), MessageFlags.Answered, 1_700_000_002);
        var export = new MboxExport(from.Mail, _folder, MovingBed.Silent);
        await export.RunAsync(MailBed.Stop);
        await File.WriteAllTextAsync(Path.Combine(_folder, MailImport.ExportedFile), "{}", MailBed.Stop);
        Assert.Equal(3, export.Messages);
        Assert.Empty(export.Damaged);
        var to = await MailBed.NewAsync();
        var import = new MailImport(to.Mail, MovingBed.Silent);
        Assert.Equal(Refusal.None, await import.RunAsync(new MboxSource(_folder), MailBed.Stop));
        Assert.Equal((3L, 0L), (import.Added, import.Present));
        await to.Mail.SubscribeAsync("Work/Deep.er", false, MailBed.Stop);
        Assert.Equal(await MovingBed.ContentAsync(from), await MovingBed.ContentAsync(to));
    }

    [Theory]
    [InlineData("imaps://anna@old.example@imap.old.example", "anna@old.example", "imap.old.example", 993, true)]
    [InlineData("imap://anna%40old.example@localhost:10143/", "anna@old.example", "localhost", 10143, false)]
    [InlineData("imaps://a@[::1]:99", "a", "::1", 99, true)]
    [InlineData("imaps://imap.old.example", null, null, 0, false)]
    [InlineData("imaps://a@b:x", null, null, 0, false)]
    [InlineData("imaps://a@b/INBOX", null, null, 0, false)]
    [InlineData("https://a@b", null, null, 0, false)]
    public void Accounts_elsewhere_have_addresses(string url, string? user, string? host, int port, bool isTls)
    {
        var place = ImapPlace.Parse(url, "secret", null);
        Assert.Equal((user, host, port, isTls), (place?.User, place?.Host, place?.Port ?? 0, place?.IsTls ?? false));
        Assert.DoesNotContain("secret", place?.ToString() ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_of_IMAP_is_read_however_it_is_cut()
    {
        var octets = Encoding.ASCII.GetBytes(
            "* 1 FETCH (UID 7 FLAGS (\\Seen $x) BODY[HEADER.FIELDS (DATE)] {3}\r\na\0b NIL ~{1}\r\nz \"q\\\"t\")\r\n"
            + "c1 OK [X] done (all)\r\n");
        foreach (var step in (int[])[1, 2, 1000])
        {
            var reader = new ImapReader(new SlowStream(octets, step));
            var fetch = await reader.ReadAsync(MailBed.Stop);
            var items = Assert.IsType<List<object?>>(fetch[3]);
            Assert.Equal(["UID", "7", "FLAGS"], items.Take(3).Cast<string>());
            Assert.Equal(["\\Seen", "$x"], Assert.IsType<List<object?>>(items[3]).Cast<string>());
            Assert.Equal("BODY[HEADER.FIELDS (DATE)]", items[4]);
            Assert.Equal("a\0b"u8.ToArray(), items[5]);
            Assert.Null(items[6]);
            Assert.Equal("z"u8.ToArray(), items[7]);
            Assert.Equal("q\"t"u8.ToArray(), items[8]);
            Assert.Equal(["c1", "OK", "[X] done (all)"], (await reader.ReadAsync(MailBed.Stop)).Cast<string>());
            await Assert.ThrowsAsync<IOException>(async () => await reader.ReadAsync(MailBed.Stop));
        }
    }

    private static List<MboxMessage> Read(string mbox)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(mbox));
        return [.. MboxReader.Read(stream, Otherwise).OfType<MboxMessage>()];
    }

    private Task WriteAsync(string name, string? body) => File.WriteAllTextAsync(
        Path.Combine(_folder, name),
        body is null ? "// <!-- <mdb:mork:z v=\"1.4\"/> -->" : $"From - Sat Nov 28 10:00:00 2026\nSubject: x\n\n{body}\n",
        MailBed.Stop);

    private sealed class SlowStream(byte[] octets, int step) : MemoryStream(octets)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(step, buffer.Length)], cancellationToken);
    }
}
