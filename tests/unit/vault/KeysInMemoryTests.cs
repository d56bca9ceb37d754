using System.Text;
using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.UnitTests.Identity;
using CompatBot.UnitTests.Mail;
using Xunit;

namespace CompatBot.UnitTests.Vault;

public sealed class KeysInMemoryTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Keys_lie_in_locked_pages_while_an_account_is_open_and_nowhere_once_it_is_closed()
    {
        using var scan = new MemoryScan();
        await using var house = await TestHouse.NewAsync();
        var created = await house.AddAsync("anna@mail.test", ("phone", "*"));
        await using (var open = new OpenAccounts(house.Store, TimeProvider.System, TimeSpan.FromHours(1), new VaultTrouble()))
        {
            var sessions = new Sessions(open, house.Accounts, house.Credentials);
            await UseAsync(sessions, created);
            await RememberAsync(open, created.Id, scan);
            var found = scan.Look();
            Assert.Contains(found, one => one.Name == "master");
            Assert.Contains(found, one => one.Name == "Mail journal");
            Assert.All(found, one => Assert.True(one.IsKeptOut, $"the {one.Name} key lies in {one.Region}"));
        }

        Assert.Empty(scan.Look());
    }

    /// <summary>Every key seals, opens and names something.</summary>
    private static async Task UseAsync(Sessions sessions, CreatedAccount created)
    {
        var login = await sessions.LoginAsync(created.Address, new(created.Devices[0].Password.Text), "imap", Stop);
        await using var session = login.Value!;
        for (var i = 0; i < 20; i++)
        {
            using var writer = session.Mail!.NewMessage();
            await writer.WriteAsync(Encoding.ASCII.GetBytes($"Subject: {i}\r\n\r\n"), Stop);
            var written = (await writer.CompleteAsync(Stop)).Value!;
            await session.Mail.AppendAsync("INBOX", written, MessageFlags.None, [], null, Stop);
        }

        var inbox = (await session.Mail!.OpenAsync("INBOX", Stop)).Value!;
        foreach (var row in inbox.Messages.Segments().SelectMany(segment => Enumerable.Range(0, segment.Count).Select(i => segment[i])))
        {
            Assert.NotEqual(0, (await session.Mail.Read(row).ReadAllAsync(Stop)).Length);
        }
    }

    private static async Task RememberAsync(OpenAccounts open, AccountId id, MemoryScan scan)
    {
        await using var lease = (await open.TryJoinAsync(id, Stop))!;
        var keyring = lease.Account.FullKeyring!;
        scan.Add("master", keyring.MasterKey!.Span);
        scan.Add("naming", keyring.NamingKey.Span);
        scan.Add("device", keyring.DeviceSecret.Span);
        foreach (var realm in (Realm[])[Realm.Mail, Realm.Files, Realm.Settings])
        {
            var key = keyring.Find(realm)!;
            scan.Add($"{realm} secret", key.Secret.Span);
            scan.Add($"{realm} journal", key.JournalKey.Span);
            scan.Add($"{realm} snapshot", key.SnapshotKey.Span);
            scan.Add($"{realm} piece", key.PieceKey.Span);
            scan.Add($"{realm} sealing", key.SealingSecret.Span);
        }
    }
}
