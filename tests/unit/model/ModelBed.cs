using System.Text;
using CompatBot.Core.Content.Envelopes;
using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Gateway.Moving;
using CompatBot.Storage.Backup;
using CompatBot.Storage.Memory;
using CompatBot.UnitTests.Gateway.Moving;
using CompatBot.UnitTests.Mail;
using CompatBot.UnitTests.Mail.History;
using Xunit;

namespace CompatBot.UnitTests.Model;

/// <summary>Ann's account in a process that can be stopped, killed at its nth write, and moved to another machine.</summary>
internal sealed class ModelBed : IAsyncDisposable
{
    private const string Ann = "ann@mail.test";

    private readonly PassphraseStretcher _stretcher = new();
    private MemoryStore _disk;
    private OpenAccounts _open = null!;
    private Accounts _accounts = null!;
    private CreatedAccount _ann = null!;
    private Session _session = null!;

    private ModelBed(ManualTime time) => (Time, _disk) = (time, new MemoryStore(time));

    public ManualTime Time { get; }

    /// <summary>The process's way to the disk.</summary>
    public DyingStore Process { get; private set; } = null!;

    public MailStore Mail => _session.Mail!;

    public IStore Disk => _disk;

    public AccountId Id => _ann.Id;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<ModelBed> NewAsync()
    {
        var bed = new ModelBed(ManualTime.At(1_700_000_000));
        var accounts = new Accounts(bed._disk, bed.Time, bed._stretcher);
        await accounts.AddDomainAsync("mail.test", Stop);
        bed._ann = (await accounts.CreateAsync(new(Ann, [], [new("phone", Scopes.All)]), Stop)).Value!;
        await bed.StartAsync();
        return bed;
    }

    /// <summary>Stops, and starts again.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    /// <summary>The process is gone at once; what it wrote is there.</summary>
    public async Task KillAsync()
    {
        Process.WritesLeft = -1;
        await RestartAsync();
    }

    public async Task LoseSnapshotsAsync()
    {
        await KillAsync();
        await _disk.Snapshots.ClearAsync(Id, Stop);
        await KillAsync();
    }

    public async Task RotateAsync()
    {
        var opened = await new Credentials(Process, _stretcher).OpenAsync(Ann, new(_ann.Devices[0].Password.Text), "cli", Stop);
        using var owner = opened.Value!;
        Assert.Equal(Refusal.None, (await _accounts.RotateAsync(owner, null, [], Stop)).Refusal);
    }

    /// <summary>A backup, and a new machine that has nothing else.</summary>
    public async Task RestoreAsync()
    {
        var folder = Directory.CreateTempSubdirectory("compatbot-model-").FullName;
        using var key = BackupKey.Draw();
        await new BackupRun(Process, folder, key, Time, (_, _) => default).RunAsync([], Stop);
        await StopAsync();
        await _disk.DisposeAsync();
        _disk = new MemoryStore(Time);
        await new BackupRestore(_disk, folder, key, (_, _) => default).RunAsync(null, false, Stop);
        Directory.Delete(folder, recursive: true);
        await StartAsync();
    }

    public ValueTask<Outcome<ResealReport>> ResealAsync() =>
        _session.ResealAsync(new Pace(Time, 1), (_, _) => ValueTask.CompletedTask, Stop);

    public ValueTask<Outcome<CollectReport>> CollectAsync() => _session.CollectAsync(30, new Pace(Time, 1), Stop);

    public async Task<ItemStore> ItemsAsync(Realm realm) => (await _session.ItemsAsync(realm, Stop)).Value!;

    /// <summary>The collection whose items the model has.</summary>
    public static async Task<CollectionId> CollectionAsync(ItemStore items, Realm realm) => realm == Realm.Files
        ? CollectionId.Root
        : (await items.FindAsync(["calendar"], Stop))!.Collection!.Id;

    public async Task<Outcome<AppendResult>> AppendAsync(string mailbox, string text, MessageFlags flags)
    {
        using var writer = Mail.NewMessage();
        if (await writer.WriteAsync(Encoding.ASCII.GetBytes(text), Stop) is var refused and not Refusal.None) return refused;
        var written = await writer.CompleteAsync(Stop);
        return written.Declined ? written.Refusal : await Mail.AppendAsync(mailbox, written.Value!, flags, [], null, Stop);
    }

    public async Task<Refusal> PutAsync(Realm realm, string name, string text)
    {
        var items = await ItemsAsync(realm);
        using var writer = items.Write();
        if (await writer.WriteAsync(Encoding.ASCII.GetBytes(text), Stop) is var refused and not Refusal.None) return refused;
        var item = await writer.CompleteAsync(realm == Realm.Files ? "text/plain" : "text/calendar", Stop);
        var place = new ItemPlace(await CollectionAsync(items, realm), name);
        return item.Declined ? item.Refusal : (await items.PutAsync(place, item.Value!, null, Stop)).Refusal;
    }

    public async Task ExportAsync(string folder)
    {
        var export = new MailExport(Mail, folder, MovingBed.Silent);
        await export.RunAsync(Stop);
        await File.WriteAllTextAsync(Path.Combine(folder, MailImport.ExportedFile), "{}", Stop);
        foreach (var realm in PlainAccount.ItemRealms)
        {
            var items = new ItemExport(await ItemsAsync(realm), folder, Folder(realm), MovingBed.Silent);
            await items.RunAsync(Stop);
            Assert.Empty(items.Damaged);
        }

        Assert.Empty(export.Damaged);
    }

    public async Task ImportAsync(string folder)
    {
        var import = new MailImport(Mail, MovingBed.Silent);
        Assert.Equal(Refusal.None, await import.RunAsync(new MaildirSource(folder), Stop));
        Assert.Empty(import.Damaged);
        foreach (var realm in PlainAccount.ItemRealms)
        {
            var items = new ItemImport(await ItemsAsync(realm), folder, Folder(realm), MovingBed.Silent);
            Assert.Equal(Refusal.None, await items.RunAsync(Stop));
            Assert.Empty(items.Damaged);
        }
    }

    /// <summary>The account as the plain model would have it, every octet read.</summary>
    public async Task<PlainAccount> LookAsync()
    {
        var account = new PlainAccount();
        await using var lease = (await _open.TryJoinAsync(Id, Stop))!;
        var realm = lease.Account.Mail!;
        foreach (var mailbox in realm.State.Mailboxes.Values) account.Mailboxes.Add(mailbox.Name, await LookAsync(realm, mailbox));
        foreach (var deleted in realm.State.Deleted.Values.OrderBy(one => one.Sequence))
        {
            account.Deleted.Add((deleted.Mailbox.Name, await LookAsync(realm, deleted.Mailbox), default));
        }

        foreach (var kind in PlainAccount.ItemRealms)
        {
            var items = await ItemsAsync(kind);
            var collection = await CollectionAsync(items, kind);
            foreach (var row in (await items.OpenAsync(collection, Stop))!.Items.Rows)
            {
                account.Items[kind].There.Add(row.Name, await TextAsync(items.Read(row)));
            }

            await foreach (var gone in items.GoneAsync(Stop))
            {
                if (gone.Collection != collection) continue; // The scheduling boxes are not the model's.
                account.Items[kind].Gone.Add((gone.Row.Name, await TextAsync(items.Read(gone.Row)), default));
            }
        }

        return account;
    }

    /// <summary>Every blob that the account names now.</summary>
    public async Task<HashSet<BlobName>> NamedAsync()
    {
        var named = new HashSet<BlobName>();
        await using var lease = (await _open.TryJoinAsync(Id, Stop))!;
        var mail = lease.Account.Mail!;
        foreach (var mailbox in mail.State.Mailboxes.Values)
        {
            await foreach (var segment in mail.MessagesAsync(mailbox, Stop))
            {
                for (var i = 0; i < segment.Count; i++) named.Add(BlobSeal.NameOf(segment[i].Content.Key));
            }
        }

        foreach (var kind in PlainAccount.ItemRealms)
        {
            var items = await ItemsAsync(kind);
            var rows = (await items.OpenAsync(await CollectionAsync(items, kind), Stop))!.Items.Rows;
            named.UnionWith(rows.Select(row => BlobSeal.NameOf(row.Content.Key)));
        }

        return named;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _disk.DisposeAsync();
        _stretcher.Dispose();
    }

    private static string Folder(Realm realm) => realm == Realm.Files ? "files" : "calendars";

    private async Task StartAsync()
    {
        Process = new DyingStore(_disk);
        _accounts = new(Process, Time, _stretcher);
        _open = new(Process, Time, TimeSpan.FromMinutes(10), new VaultTrouble());
        var sessions = new Sessions(_open, _accounts, new Credentials(Process, _stretcher));
        var login = await sessions.LoginAsync(Ann, new(_ann.Devices[0].Password.Text), "imap", Stop);
        Assert.Equal(Refusal.None, login.Refusal);
        _session = login.Value!;
    }

    private async Task StopAsync()
    {
        await _session.DisposeAsync();
        await _open.DisposeAsync();
    }

    private async Task<PlainMailbox> LookAsync(MailRealm realm, MailboxState mailbox)
    {
        var plain = new PlainMailbox();
        var messages = new List<(uint Uid, PlainMessage Message)>();
        await foreach (var segment in realm.MessagesAsync(mailbox, Stop))
        {
            for (var i = 0; i < segment.Count; i++)
            {
                var row = segment[i];
                messages.Add((row.Uid, new PlainMessage(await TextAsync(Mail.Read(row)), row.Flags)));
            }
        }

        plain.Adopt(mailbox.UidNext, messages);
        await foreach (var deleted in Mail.History.DeletedAsync(mailbox.Id, Stop))
        {
            plain.Graves.Add((deleted.Row.Uid, new PlainMessage(await TextAsync(Mail.Read(deleted.Row)), deleted.Row.Flags), default));
        }

        return plain;
    }

    private static async Task<string> TextAsync(Core.Content.ContentReader octets) =>
        Encoding.ASCII.GetString((await octets.ReadAllAsync(Stop)).Span);
}
