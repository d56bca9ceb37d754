using System.Text;
using CompatBot.Core.Content;
using CompatBot.Core.Items;
using CompatBot.Core.Journal;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Storage.Memory;
using Xunit;

namespace CompatBot.UnitTests.Items;

/// <summary>One account's realm of items over the memory engine; can be closed and opened again as after a restart.</summary>
internal sealed class ItemBed(IStore store, ManualTime time, Realm kind)
{
    private static readonly Keyring Keys = Keyring.Create(Account);

    public static AccountId Account { get; } = AccountId.New();

    public ItemRealm Realm { get; private set; } = null!;

    public ItemStore Items { get; private set; } = null!;

    public IStore Store => store;

    public ManualTime Time => time;

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<ItemBed> NewAsync(Realm kind = Core.Store.Realm.Files)
    {
        var time = new ManualTime();
        time.Advance(TimeSpan.FromDays(20_000));
        var bed = new ItemBed(new MemoryStore(time), time, kind);
        await bed.OpenAsync();
        return bed;
    }

    public async Task OpenAsync()
    {
        var contents = new Contents(Account, kind, Keys.NamingKey, store.Blobs, time);
        Realm = new ItemRealm(Account, Keys.KeysOf(kind)!, store, new JournalLog(Account, store.Journal, time), contents);
        await Realm.OpenAsync(Stop);
        Items = new ItemStore(Realm, DeviceId.New(), readOnly: false);
    }

    /// <summary>The newest key that things for the realm are sealed to.</summary>
    public SealingKey SealingKey => Keys.KeysOf(kind)!.Newest.SealingKey;

    public async Task<NewItem> WriteAsync(string text)
    {
        using var writer = Items.Write();
        Assert.Equal(Refusal.None, await writer.WriteAsync(Encoding.UTF8.GetBytes(text), Stop));
        return (await writer.CompleteAsync("text/plain", Stop)).Value!;
    }

    public async Task<Outcome<PutItem>> PutAsync(string path, string text, ItemGuard? guard = null) =>
        await Items.PutAsync(await PlaceAsync(path), await WriteAsync(text), guard, Stop);

    public async Task<Refusal> MakeAsync(string path) =>
        (await Items.CreateAsync(await PlaceAsync(path), new NewCollection(CollectionKind.Folder), null, Stop)).Refusal;

    public async Task<Refusal> RemoveAsync(string path) => (await Items.RemoveAsync(await PlaceAsync(path), null, Stop)).Refusal;

    public async Task<Refusal> TransferAsync(string from, string to, bool move, bool overwrite = true) =>
        (await Items.TransferAsync(await PlaceAsync(from), await PlaceAsync(to), new Transfer(move, overwrite), null, Stop)).Refusal;

    /// <summary>The place of a path; a missing parent gives a place in a collection that never was.</summary>
    public async Task<ItemPlace> PlaceAsync(string path)
    {
        var names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return (await Items.FindAsync(names, Stop))?.Place ?? new ItemPlace(new CollectionId(ulong.MaxValue), names[^1]);
    }

    public async Task<string> TextAsync(ItemRow row) => Encoding.UTF8.GetString((await Items.Read(row).ReadAllAsync(Stop)).Span);

    /// <summary>Every path with what is there: "dir/" for collections, the text for items.</summary>
    public async Task<SortedDictionary<string, string>> TreeAsync()
    {
        var tree = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await WalkAsync(CollectionId.Root, "");
        return tree;

        async Task WalkAsync(CollectionId id, string path)
        {
            var collection = (await Items.OpenAsync(id, Stop))!;
            Assert.Equal(collection.Items.Rows.Sum(row => row.Size), collection.Bytes);
            foreach (var row in collection.Items.Rows) tree.Add(path + row.Name, await TextAsync(row));
            foreach (var (name, child) in collection.Children)
            {
                tree.Add($"{path}{name}/", "");
                await WalkAsync(child, $"{path}{name}/");
            }
        }
    }

    /// <summary>Everything of the state as text, numbers included.</summary>
    public async Task<string> PictureAsync()
    {
        foreach (var id in Items.State.Collections.Keys) await Items.OpenAsync(id, Stop);
        var state = Items.State;
        var text = new StringBuilder($"{state.NextId} {state.UsageBytes} {state.ForgottenThrough} {state.DropboxThrough}\n");
        foreach (var one in state.Collections.Values.OrderBy(one => one.Id.Value))
        {
            text.AppendLine($"{one.Id} in {one.Parent} {one.Name} {one.Kind} {one.CreatedAt} {one.ChangedAt} {one.RemovedAt}");
            text.AppendLine($"  {one.Count} items, {one.Bytes} octets");
            foreach (var (name, value) in one.Properties) text.AppendLine($"  {name} = {value}");
            foreach (var row in one.Items.Rows)
            {
                text.AppendLine($"  {row.Id} {row.Name} v{row.Version} {row.Size} {row.Modified} {row.Created} {row.ChangedAt}");
                text.AppendLine($"    {row.MediaType} {Convert.ToHexString(row.Digest.Span)} {string.Join(' ', row.Properties)}");
                text.AppendLine($"    {row.Facts} {row.Schedule}");
            }
        }

        foreach (var taken in state.Locks.Values.OrderBy(one => one.Token)) text.AppendLine(taken.ToString());
        return text.ToString();
    }
}
