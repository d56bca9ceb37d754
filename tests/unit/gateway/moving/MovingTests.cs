using System.Text;
using CompatBot.Core.Mail;
using CompatBot.Core.Vault;
using CompatBot.Gateway.Moving;
using CompatBot.Generator;
using CompatBot.Storage.Memory;
using CompatBot.UnitTests.Mail;
using Xunit;

namespace CompatBot.UnitTests.Gateway.Moving;

public sealed class MovingTests : IDisposable
{
    private static readonly string[] Names =
    [
        "INBOX", "INBOX/below", "Archive", "a.b/c.d", "Entwürfe/Grüße – 日本 & Co", "back\\slash", ".hidden", "~x",
        "long/" + new string('ü', 120),
    ];

    private readonly string _folder = MovingBed.NewFolder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_export_comes_back_byte_for_byte_and_a_second_import_adds_nothing()
    {
        var source = await MailBed.NewAsync();
        await FillAsync(source, messages: 300);
        var export = await MovingBed.ExportAsync(source, _folder);
        Assert.Empty(export.Damaged);

        var target = await MailBed.NewAsync();
        var import = await MovingBed.ImportAsync(target, _folder);
        Assert.Empty(import.Damaged);
        Assert.Empty(import.Notes);
        Assert.Equal((export.Messages, 0L), (import.Added, import.Present));
        Assert.Equal(await MovingBed.ContentAsync(source), await MovingBed.ContentAsync(target));

        var again = await MovingBed.ImportAsync(target, _folder);
        Assert.Equal((0L, export.Messages), (again.Added, again.Present));
        Assert.Equal(await MovingBed.ContentAsync(source), await MovingBed.ContentAsync(target));
    }

    [Fact]
    public async Task An_import_that_was_cut_off_anywhere_goes_on_where_it_was()
    {
        var source = await MailBed.NewAsync();
        await FillAsync(source, messages: 700);
        await MovingBed.ExportAsync(source, _folder);
        var target = await MailBed.NewAsync();
        var random = new Random(7);
        for (var attempt = 0; attempt < 12; attempt++)
        {
            var left = random.Next(1, 400);
            var import = new MailImport(target.Mail, new MoveProgress(
                (_, _) => --left < 0 ? throw new IOException("cut off") : ValueTask.CompletedTask, new RunningTime()));
            await Assert.ThrowsAsync<IOException>(async () => await import.RunAsync(new MaildirSource(_folder), MailBed.Stop));
        }

        await MovingBed.ImportAsync(target, _folder);
        Assert.Equal(await MovingBed.ContentAsync(source), await MovingBed.ContentAsync(target));
    }

    [Fact]
    public async Task Equal_messages_stay_as_many_as_they_were()
    {
        var source = await MailBed.NewAsync();
        for (var i = 0; i < 3; i++) await source.AppendAsync("INBOX", "Subject: same\r\n\r\nsame\r\n");
        await MovingBed.ExportAsync(source, _folder);
        var target = await MailBed.NewAsync();
        await target.AppendAsync("INBOX", "Subject: same\r\n\r\nsame\r\n");
        var import = await MovingBed.ImportAsync(target, _folder);
        Assert.Equal((2L, 1L), (import.Added, import.Present));
        Assert.Equal(3, (await target.MailboxAsync("INBOX")).Count);
    }

    [Fact]
    public async Task What_can_not_be_read_is_named_and_the_rest_is_there()
    {
        var store = new MemoryStore();
        var source = await MailBed.NewAsync(store);
        for (var i = 1; i <= 5; i++) await source.AppendAsync("INBOX", $"Subject: {i}\r\n\r\n{i}\r\n");
        var row = (await source.MailboxAsync("INBOX")).Messages[2];
        await store.Blobs.DeleteAsync(MailBed.Account, [BlobSeal.NameOf(row.Content.Key)], MailBed.Stop);
        var export = await MovingBed.ExportAsync(source, _folder);
        var damaged = Assert.Single(export.Damaged);
        Assert.Equal(("INBOX", "UID 3", "A blob is missing"), (damaged.Mailbox, damaged.Item, damaged.What));
        Assert.Equal(4, export.Messages);
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder, "mail", "tmp")));

        var target = await MailBed.NewAsync();
        Assert.Equal(4, (await MovingBed.ImportAsync(target, _folder)).Added);
    }

    [Fact]
    public async Task A_file_that_changed_or_went_since_the_export_is_named()
    {
        var source = await MailBed.NewAsync();
        for (var i = 1; i <= 3; i++) await source.AppendAsync("INBOX", $"Subject: {i}\r\n\r\n{i}\r\n");
        await MovingBed.ExportAsync(source, _folder);
        var files = Directory.GetFiles(Path.Combine(_folder, "mail", "cur")).Order(StringComparer.Ordinal).ToArray();
        File.Delete(files[0]);
        await File.AppendAllTextAsync(files[1], "rot", MailBed.Stop);
        var import = await MovingBed.ImportAsync(await MailBed.NewAsync(), _folder);
        Assert.Equal(2, import.Added);
        Assert.Equal(2, import.Damaged.Count);
        Assert.Contains(import.Damaged, problem => problem.What.Contains("is gone", StringComparison.Ordinal));
        Assert.Contains(import.Damaged, problem => problem.What.Contains("not what was exported", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_export_is_for_its_owner_alone_and_keeps_dates_flags_and_keywords()
    {
        var source = await MailBed.NewAsync();
        await MovingBed.AppendAsync(
            source,
            "INBOX",
            "Subject: x\r\n\r\nx\r\n"u8.ToArray(),
            MessageFlags.Seen | MessageFlags.Draft,
            1_500_000_000,
            "$Label1",
            "$Forwarded");
        await MovingBed.ExportAsync(source, _folder);
        var file = Assert.Single(Directory.GetFiles(Path.Combine(_folder, "mail", "cur")));
        Assert.EndsWith(":2,DPSab", file);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_500_000_000).UtcDateTime, File.GetLastWriteTimeUtc(file));
        var keywords = await File.ReadAllTextAsync(Path.Combine(_folder, "mail", "dovecot-keywords"), MailBed.Stop);
        Assert.Equal("0 $Label1\n1 $Forwarded\n", keywords);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        foreach (var place in Directory.GetDirectories(Path.Combine(_folder, "mail"), "*", SearchOption.AllDirectories))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(place));
        }
    }

    [Fact]
    public async Task The_corpus_comes_back_byte_for_byte()
    {
        using var corpus = Corpus.Unpack();
        var source = await MailBed.NewAsync();
        foreach (var file in corpus.Messages)
        {
            await MovingBed.AppendAsync(source, "Archive", await File.ReadAllBytesAsync(file.FullName, MailBed.Stop), MessageFlags.None, 1);
        }

        await MovingBed.ExportAsync(source, _folder);
        var target = await MailBed.NewAsync();
        await MovingBed.ImportAsync(target, _folder);
        Assert.Equal(await MovingBed.ContentAsync(source), await MovingBed.ContentAsync(target));
    }

    /// <summary>Mail of every shape in mailboxes with awkward names, with all flags and more keywords than a Maildir has letters.</summary>
    private static async Task FillAsync(MailBed bed, int messages)
    {
        foreach (var name in Names) await bed.Mail.CreateAsync(name, SpecialUse.None, MailBed.Stop);
        var generator = new MessageGenerator(
            new MessageOptions { BareLineEnds = true, Nuls = true, LongLines = true, UnfinishedLines = true });
        for (var i = 0; i < messages; i++)
        {
            string[] keywords = i % 3 == 0 ? [$"$Key{i % 40}", "$Forwarded"] : [];
            var flags = (MessageFlags)(i % 32);
            await MovingBed.AppendAsync(bed, Names[i % 5], generator.Message(i % 250), flags, 1_000_000_000 + (i * 7919L % 1000), keywords);
        }

        await MovingBed.AppendAsync(bed, "Archive", Encoding.ASCII.GetBytes(new string('x', (3 << 20) + 17)), MessageFlags.None, 0);
    }

    /// <summary>A clock in which every look is a second later: progress is told each time.</summary>
    private sealed class RunningTime : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => ++_ticks;
    }
}
