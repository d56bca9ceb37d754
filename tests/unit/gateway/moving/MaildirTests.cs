using System.Text;
using CompatBot.Core.Mail;
using CompatBot.Gateway.Moving;
using CompatBot.UnitTests.Mail;
using Xunit;

namespace CompatBot.UnitTests.Gateway.Moving;

/// <summary>Maildirs as other programs make them.</summary>
public sealed class MaildirTests : IDisposable
{
    private readonly string _folder = MovingBed.NewFolder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("INBOX", "")]
    [InlineData("Work/Letters", ".Work.Letters")]
    [InlineData("Entwürfe", ".Entw&APw-rfe")]
    [InlineData("a.b", ".a\\2eb")]
    [InlineData("back\\slash", ".back\\5cslash")]
    [InlineData("INBOX/below", ".INBOX.below")]
    public void Names_go_to_folders_and_back(string mailbox, string folder)
    {
        Assert.Equal(folder, MaildirNames.Folder(mailbox));
        Assert.Equal(mailbox, MaildirNames.Mailbox(folder));
    }

    [Theory]
    [InlineData("inbox", "INBOX")]
    [InlineData("Work/Letters", "Work/Letters")]
    [InlineData("Work/.Old.Deep", "Work/Old/Deep")]
    [InlineData(".Größe", "Größe")]
    [InlineData(".bad&name", "bad&name")]
    [InlineData(".100%*", "100__")]
    [InlineData("plain.dots", "plain.dots")]
    public void Folders_of_other_programs_become_mailboxes(string folder, string mailbox) =>
        Assert.Equal(mailbox, MaildirNames.Mailbox(folder));

    [Fact]
    public void A_name_too_long_for_a_folder_becomes_a_hash() =>
        Assert.Matches("^\\.long-[0-9a-f]{32}$", MaildirNames.Folder(string.Join('/', Enumerable.Repeat(new string('n', 90), 4))));

    [Fact]
    public async Task A_dovecot_Maildir_keeps_its_order_flags_keywords_and_dates_and_gets_CRLF()
    {
        Maildir("", "3.M1P1.host,S=20,W=22:2,FSa", "Subject: third\n\nline\n", 300);
        Maildir("", "1.M1P1.host,S=20:2,", "Subject: first\r\n\r\nline\r\n", 200);
        File.WriteAllText(
            Path.Combine(_folder, "dovecot-uidlist"),
            "3 V1275660208 N25022 Gabcd\n7 W22 :3.M1P1.host,S=20,W=22\n4 :1.M1P1.host,S=20\n");
        File.WriteAllText(Path.Combine(_folder, "dovecot-keywords"), "0 $Label1\nnonsense\n");
        Maildir(".Sent Mail", "9.M1P1.host:2,ST", "Subject: sent\n\nx", 100);
        Directory.CreateDirectory(Path.Combine(_folder, ".Empty", "cur"));

        var bed = await MailBed.NewAsync();
        var import = await MovingBed.ImportAsync(bed, _folder);
        Assert.Empty(import.Damaged);
        Assert.Equal(3, import.Added);
        var inbox = await bed.MailboxAsync("INBOX");
        Assert.Equal([200L, 300L], [inbox.Messages[0].InternalDate, inbox.Messages[1].InternalDate]);
        Assert.Equal(MessageFlags.Flagged | MessageFlags.Seen | inbox.FlagOf("$Label1")!.Value, inbox.Messages[1].Flags);
        Assert.Equal("Subject: third\r\n\r\nline\r\n", await TextAsync(bed, inbox.Messages[1]));
        Assert.Equal("Subject: first\r\n\r\nline\r\n", await TextAsync(bed, inbox.Messages[0]));
        Assert.Equal("Subject: sent\r\n\r\nx", await TextAsync(bed, (await bed.MailboxAsync("Sent Mail")).Messages[0]));
        Assert.Equal(0, (await bed.MailboxAsync("Empty")).Count);
        Assert.Contains("Empty", bed.Mail.State.Subscriptions);
        Assert.Equal((0L, 3L), ((await MovingBed.ImportAsync(bed, _folder)) is { } again ? (again.Added, again.Present) : default));
    }

    [Fact]
    public async Task Folders_in_folders_as_mbsync_makes_them_are_found_and_what_is_no_mail_is_left()
    {
        Maildir("INBOX", "1.1_1.host,U=1:2,S", "a: b\n\n1", 1);
        Maildir("Projects/Deep", "1.2_1.host,U=2:2,", "a: b\n\n2", 1);
        File.WriteAllText(Path.Combine(_folder, "INBOX", "cur", ".mbsyncstate"), "no mail");
        File.WriteAllText(Path.Combine(_folder, "INBOX", "tmp", "unfinished"), "no mail");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "Projects", "loop"), _folder);
        var bed = await MailBed.NewAsync();
        Assert.Equal(2, (await MovingBed.ImportAsync(bed, _folder)).Added);
        Assert.Equal(1, (await bed.MailboxAsync("INBOX")).Count);
        Assert.Equal(1, (await bed.MailboxAsync("Projects/Deep")).Count);
    }

    [Fact]
    public async Task Compressed_files_and_a_broken_list_are_named()
    {
        Maildir("", "1.host:2,", "\u001f", 1);
        File.WriteAllBytes(Path.Combine(_folder, "cur", "1.host:2,"), [0x1F, 0x8B, 8, 0]);
        File.WriteAllText(Path.Combine(_folder, FolderSheet.FileName), "compatbot-folder 9\n");
        var import = await MovingBed.ImportAsync(await MailBed.NewAsync(), _folder);
        Assert.Equal(0, import.Added);
        Assert.Equal(2, import.Damaged.Count);
    }

    [Fact]
    public async Task A_folder_without_any_Maildir_is_said_to_be_none()
    {
        var import = await MovingBed.ImportAsync(await MailBed.NewAsync(), _folder);
        Assert.Contains("no Maildir", Assert.Single(import.Damaged).What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_keywords_than_a_mailbox_holds_are_left_out_and_named()
    {
        for (var folder = 0; folder < 3; folder++)
        {
            var place = folder == 0 ? "" : folder == 1 ? "INBOX" : "inbox";
            for (var i = 0; i < 26; i++) Maildir(place, $"{i}.host:2,{(char)('a' + i)}", $"a: {folder}.{i}\n\n", 1);
            File.WriteAllLines(
                Path.Combine(_folder, place, "dovecot-keywords"), Enumerable.Range(0, 26).Select(i => $"{i} key{folder}.{i}"));
        }

        var bed = await MailBed.NewAsync();
        var import = await MovingBed.ImportAsync(bed, _folder);
        Assert.Equal(78, import.Added);
        Assert.Equal(78 - MailboxState.KeywordsMax, import.Notes.Count);
        Assert.Equal(MailboxState.KeywordsMax, (await bed.MailboxAsync("INBOX")).Keywords.Length);
    }

    private void Maildir(string folder, string file, string text, long date)
    {
        foreach (var part in (string[])["cur", "new", "tmp"]) Directory.CreateDirectory(Path.Combine(_folder, folder, part));
        var path = Path.Combine(_folder, folder, "cur", file);
        File.WriteAllText(path, text);
        File.SetLastWriteTimeUtc(path, DateTimeOffset.FromUnixTimeSeconds(date).UtcDateTime);
    }

    private static async Task<string> TextAsync(MailBed bed, MessageRow row) =>
        Encoding.UTF8.GetString((await bed.Mail.Read(row).ReadAllAsync(MailBed.Stop)).Span);
}
