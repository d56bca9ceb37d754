using System.Diagnostics;
using System.Runtime.CompilerServices;
using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite;
using Xunit;

namespace CompatBot.UnitTests.Vault;

/// <summary>interop/stranger/read.py knows FORMAT.md and the 24 words, and none of our code: it must find every octet.</summary>
public sealed class StrangerTests
{
    private static readonly Dictionary<string, byte[]> Messages = new()
    {
        ["INBOX/1.eml"] = Message("short", 100),
        ["INBOX/3.eml"] = Message("of several chunks", 3_000_000),
        ["INBOX/4.eml"] = Message("deleted and brought back", 10),
        ["Alt%2FB%C3%BCcher/1.eml"] = Message("a file of its own", 300_000),
        ["dropbox/1.eml"] = Message("dropped", 500),
        ["dropbox/2.eml"] = Message("dropped in parts", 2_500_000),
        ["dropbox/3.eml"] = Message("dropped after two rotations", 700),
    };

    [Fact]
    public async Task The_page_and_the_words_are_enough()
    {
        Assert.SkipUnless(System.Runtime.Intrinsics.X86.Aes.IsSupported, "libsodium has AES-256-GCM on processors with AES-NI only");
        var folder = Directory.CreateTempSubdirectory("stranger");
        try
        {
            var (store, found) = (Path.Combine(folder.FullName, "store"), Path.Combine(folder.FullName, "found"));
            var words = await WriteAsync(store);
            Assert.EndsWith(" mailboxes, 4 messages, 3 waiting in the dropbox\n", await ReadAsync(store, found, words));
            foreach (var (path, octets) in Messages)
            {
                Assert.Equal(octets, await File.ReadAllBytesAsync(Path.Combine(found, path), TestContext.Current.CancellationToken));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<string> WriteAsync(string path)
    {
        Directory.CreateDirectory(path);
        await using var store = await SqliteStore.OpenAsync(path, new() { ReserveBytes = 0 }, TimeProvider.System, default);
        using var stretcher = new PassphraseStretcher();
        var accounts = new Accounts(store, TimeProvider.System, stretcher);
        await accounts.AddDomainAsync("mail.test", default);
        await accounts.CreateAsync(new("bob@mail.test", [], []), default);
        var ada = (await accounts.CreateAsync(new("ada@mail.test", [], [new("phone", Scopes.All)]), default)).Value!;
        await using (var open = new OpenAccounts(store, TimeProvider.System, TimeSpan.Zero, new NoLog()))
        {
            var sessions = new Sessions(open, accounts, new(store, stretcher));
            var session = await sessions.LoginAsync("ada@mail.test", new(ada.Devices[0].Password.Text), "imap", default);
            await AppendAsync(session.Value!.Mail!, () => RotateAsync(accounts, store, stretcher, ada));
            var resealed = await session.Value!.ResealAsync(new Pace(TimeProvider.System, 1), (_, _) => default, default);
            Assert.Equal(2, resealed.Value.Resealed);
            await session.Value!.DisposeAsync();
        }

        // Nobody is in: what comes now is dropped.
        await using var closed = new OpenAccounts(store, TimeProvider.System, TimeSpan.Zero, new NoLog());
        foreach (var (name, octets) in Messages.Where(message => message.Key.StartsWith("dropbox", StringComparison.Ordinal)))
        {
            if (name == "dropbox/3.eml") await RotateAsync(accounts, store, stretcher, ada);
            var recipient = (await accounts.FindAsync("ada@mail.test", default))!;
            await using var delivery = await new Deliveries(store, closed, TimeProvider.System).OpenAsync([recipient], default);
            await delivery.WriteAsync(octets, default);
            Assert.Equal((name, Refusal.None), (name, await delivery.CommitAsync(default)));
        }

        return ada.Words;
    }

    private static async Task AppendAsync(MailStore mail, Func<Task> rotateAsync)
    {
        await mail.CreateAsync("Bücher", SpecialUse.None, default);
        await Append("INBOX", Messages["INBOX/1.eml"]);
        await Append("INBOX", Messages["INBOX/4.eml"]);
        await rotateAsync();
        await Append("INBOX", Messages["INBOX/3.eml"]);
        await Append("Bücher", Messages["Alt%2FB%C3%BCcher/1.eml"]);
        Assert.Equal(Refusal.None, (await mail.RenameAsync("Bücher", "Alt/Bücher", default)).Refusal);
        var inbox = (await mail.OpenAsync("INBOX", default)).Value!;
        await mail.StoreAsync(inbox.Id, [2], FlagAction.Add, MessageFlags.Deleted, [], default);
        await mail.ExpungeAsync(inbox.Id, null, default);
        Assert.Equal(1, (await mail.History.UndeleteAsync("INBOX", null, default)).Value);
        await mail.DeleteAsync("Alt/Bücher", default);
        await mail.DeleteAsync("Alt", default);
        Assert.Equal(Refusal.None, (await mail.History.UndeleteMailboxAsync("Alt/Bücher", null, default)).Refusal);
        await mail.History.SetHorizonAsync(10, default);

        async Task Append(string mailbox, byte[] octets)
        {
            using var writer = mail.NewMessage();
            await writer.WriteAsync(octets, default);
            var written = (await writer.CompleteAsync(default)).Value!;
            Assert.Equal(Refusal.None, (await mail.AppendAsync(mailbox, written, MessageFlags.Seen, ["work"], null, default)).Refusal);
        }
    }

    private static async Task RotateAsync(Accounts accounts, SqliteStore store, PassphraseStretcher stretcher, CreatedAccount ada)
    {
        var password = new Password(ada.Devices[0].Password.Text);
        using var owner = (await new Credentials(store, stretcher).OpenAsync(ada.Address, password, "cli", default)).Value!;
        Assert.Equal(Refusal.None, (await accounts.RotateAsync(owner, null, [], default)).Refusal);
    }

    private static async Task<string> ReadAsync(string store, string found, string words, [CallerFilePath] string path = "")
    {
        var script = Path.Combine(Path.GetDirectoryName(path)!, "../../../interop/stranger/read.py");
        using var reader = Process.Start(new ProcessStartInfo("/usr/bin/python3", [script, store, found])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        await reader.StandardInput.WriteLineAsync(words);
        reader.StandardInput.Close();
        var errors = reader.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await reader.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await reader.WaitForExitAsync(TestContext.Current.CancellationToken);
        return output + await errors;
    }

    private static byte[] Message(string subject, int octets) =>
    [
        .. System.Text.Encoding.ASCII.GetBytes($"Subject: {subject}\r\n\r\n"),
        .. Enumerable.Range(0, octets).Select(i => (byte)(' ' + (((i * 7919L) + (i / 1000)) % 90))),
    ];

    private sealed class NoLog : IVaultLog
    {
        public void CloseFailed(Exception error) => throw new InvalidOperationException("Closing failed.", error);

        public void IntakeFailed(AccountId account, Refusal refusal, Exception? error) =>
            throw new InvalidOperationException("Taking in failed.", error);

        public void Closed()
        {
        }
    }
}
