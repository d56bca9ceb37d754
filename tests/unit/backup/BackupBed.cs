using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CompatBot.Core.Store;
using CompatBot.Storage.Backup;
using CompatBot.Storage.Memory;
using CompatBot.UnitTests.Mail;
using Xunit;

namespace CompatBot.UnitTests.Backup;

/// <summary>A store with some accounts, one of them with mail, and a folder that it is backed up to.</summary>
internal sealed class BackupBed : IAsyncDisposable
{
    private BackupBed(IStore store, MailBed mail) => (Store, Mail) = (store, mail);

    public IStore Store { get; }

    public MailBed Mail { get; }

    public string Folder { get; } = Directory.CreateTempSubdirectory("compatbot-backup-").FullName;

    public BackupKey Key { get; } = BackupKey.Draw();

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<BackupBed> NewAsync(IStore? store = null)
    {
        store ??= new MemoryStore();
        var other = AccountId.New();
        Assert.Equal(Refusal.None, await store.Directory.ApplyAsync(new DirectoryChange
        {
            NewDomains = [new("mail.test", MailBed.Account), new("empty.test", null)],
            NewAccounts = [new(MailBed.Account, "anna@mail.test", Bytes(200)), new(other, "bert@mail.test", Bytes(100))],
            NewAddresses = [new("a@mail.test", MailBed.Account), new("z@mail.test", MailBed.Account)],
            NewDevices = [new(MailBed.Account, DeviceId.New(), Bytes(50)), new(MailBed.Account, DeviceId.New(), Bytes(60))],
        }, Stop));
        DroppedItem[] items = [.. Enumerable.Range(0, 5).Select(i => new DroppedItem(other, Realm.Calendar, Bytes(30 + i), []))];
        await store.Dropbox.PutAsync(items, Stop);
        await store.Dropbox.DeleteAsync(other, Realm.Calendar, 2, [], Stop);
        return new BackupBed(store, await MailBed.NewAsync(store));
    }

    public static ValueTask NoProgress(long done, CancellationToken cancellation) => ValueTask.CompletedTask;

    public Task<BackupReport> RunAsync() => RunAsync(NoProgress);

    public async Task<BackupReport> RunAsync(Func<long, CancellationToken, ValueTask> progress)
    {
        var run = new BackupRun(Store, Folder, Key, TimeProvider.System, progress);
        return await run.RunAsync([new BackupFile("decoy", "decoy"u8.ToArray())], Stop);
    }

    public async Task<BackupCheck> VerifyAsync() => await new BackupVerify(Folder, Key, NoProgress).RunAsync(Stop);

    public async Task<RestoreReport> RestoreAsync(IStore into, ulong? run = null, bool salvage = false) =>
        await new BackupRestore(into, Folder, Key, NoProgress).RunAsync(run, salvage, Stop);

    /// <summary>Every file of the backup that a flipped bit could hit.</summary>
    public IEnumerable<string> Files() =>
        Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Where(path => Path.GetFileName(path) != "lock");

    public long Bytes() => Files().Sum(path => new FileInfo(path).Length);

    public async ValueTask DisposeAsync()
    {
        Key.Dispose();
        Directory.Delete(Folder, recursive: true);
        await Store.DisposeAsync();
    }

    /// <summary>All that a store holds, caches apart, as text.</summary>
    public static async Task<string> PictureAsync(IStore store)
    {
        var text = new StringBuilder();
        await foreach (var domain in store.Directory.DomainsAsync(Stop)) text.Append(domain).Append('\n');
        await foreach (var account in store.Directory.AccountsAsync(Stop))
        {
            var addresses = await store.Directory.AddressesAsync(account.Id, Stop);
            text.Append(account.Id).Append(' ').AppendJoin(' ', addresses).Append(Hash(account.Profile)).Append('\n');
            foreach (var device in await store.Directory.DevicesAsync(account.Id, Stop))
            {
                text.Append(device.Id).Append(Hash(device.Slot)).Append('\n');
            }

            await foreach (var entry in store.Journal.ReadAsync(account.Id, 0, Stop))
            {
                text.Append(entry.Sequence).Append(Hash(entry.Bytes)).Append('\n');
            }

            var blobs = new SortedSet<string>(StringComparer.Ordinal);
            await foreach (var blob in store.Blobs.ListAsync(account.Id, Stop))
            {
                blobs.Add($"{blob.Name} {blob.Holders} {Hash(await store.Blobs.GetAsync(account.Id, blob.Name, Stop))}\n");
            }

            text.AppendJoin("", blobs);
            foreach (var realm in Enum.GetValues<Realm>())
            {
                text.Append(CultureInfo.InvariantCulture, $"{realm} {await store.Dropbox.LastNumberAsync(account.Id, realm, Stop)}");
                await foreach (var (number, bytes) in store.Dropbox.ReadAsync(account.Id, realm, 0, Stop))
                {
                    text.Append(CultureInfo.InvariantCulture, $" {number}").Append(Hash(bytes));
                }

                text.Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Hash(ReadOnlyMemory<byte> bytes) => " " + Convert.ToHexStringLower(SHA256.HashData(bytes.Span));

    private static byte[] Bytes(int count) => RandomNumberGenerator.GetBytes(count);
}
