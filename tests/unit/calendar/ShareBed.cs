using System.Text;
using CompatBot.Core.Calendar;
using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.UnitTests.Identity;
using Xunit;

namespace CompatBot.UnitTests.Calendar;

/// <summary>Ann shares a calendar with Bert and Carla, accounts of her server.</summary>
internal sealed class ShareBed : IAsyncDisposable
{
    public const string Bert = "bert@mail.test";
    public const string Carla = "carla@mail.test";

    private readonly Dictionary<string, CreatedAccount> _others = [];

    private ShareBed(RotationBed house) => House = house;

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    public RotationBed House { get; }

    public CalendarSharing Sharing => new(House.Accounts, new ScheduleDeliveries(House.Store, House.Open, House.Time));

    /// <summary>The one that is shared.</summary>
    public CollectionId Calendar { get; private set; }

    public static async Task<ShareBed> NewAsync()
    {
        var bed = new ShareBed(await RotationBed.NewAsync());
        foreach (var address in (string[])[Bert, Carla])
        {
            var wanted = new NewAccount(address, [], [new NewDevice("phone", Scopes.All)]);
            bed._others[address] = (await bed.House.Accounts.CreateAsync(wanted, Stop)).Value!;
        }

        await using var ann = await bed.House.LoginAsync(RotationBed.Phone);
        bed.Calendar = (await ItemsAsync(ann)).State.Collection(new ItemPlace(CollectionId.Root, "calendar"))!.Id;
        return bed;
    }

    public static async Task<ItemStore> ItemsAsync(Session session)
    {
        var items = await session.ItemsAsync(Realm.Calendar, Stop);
        Assert.Equal(Refusal.None, items.Refusal);
        return items.Value!;
    }

    /// <summary>Does something as Ann.</summary>
    public async Task<T> AsAnnAsync<T>(Func<Session, ItemStore, Task<T>> act)
    {
        await using var ann = await House.LoginAsync(RotationBed.Phone);
        return await act(ann, await ItemsAsync(ann));
    }

    public Task ShareAsync(string address, bool mayWrite = true) => AsAnnAsync(async (ann, items) =>
    {
        Assert.Equal(Refusal.None, await Sharing.ShareAsync(ann, items, Calendar, address, mayWrite, "", Stop));
        return true;
    });

    public Task UnshareAsync(string address) => AsAnnAsync(async (ann, items) =>
    {
        Assert.Equal(Refusal.None, await Sharing.UnshareAsync(ann, items, Calendar, address, Stop));
        return true;
    });

    /// <summary>What a member's account holds of the share; null: nothing.</summary>
    public async Task<SharedCalendar?> MountAsync(string address)
    {
        var account = _others[address];
        var login = await House.Sessions.LoginAsync(address, new Password(account.Devices[0].Password.Text), "dav", Stop);
        await using var session = login.Value!;
        return SharedCalendar.All((await ItemsAsync(session)).State).Select(one => one.Shared).SingleOrDefault();
    }

    /// <summary>The keys of the device that a member has.</summary>
    public async Task<Keyring> KeysAsync(string address)
    {
        var password = (await MountAsync(address))!.Password;
        return (await House.Credentials.OpenAsync(RotationBed.Ann, password, "share", Stop)).Value!;
    }

    /// <summary>A member's way in.</summary>
    public async Task<Session> EnterAsync(string address)
    {
        var login = await House.Sessions.LoginAsync(RotationBed.Ann, (await MountAsync(address))!.Password, "share", Stop);
        Assert.Equal(Refusal.None, login.Refusal);
        return login.Value!;
    }

    /// <summary>Everybody is away, and the server started anew.</summary>
    public async Task RestartAsync(bool isCrash = false)
    {
        if (!isCrash) await House.Open.DisposeAsync();
        House.Start();
    }

    public static async Task<Outcome<PutItem>> PutAsync(ItemStore items, CollectionId calendar, string name, string text)
    {
        using var writer = items.Write();
        Assert.Equal(Refusal.None, await writer.WriteAsync(Encoding.UTF8.GetBytes(text), Stop));
        var item = (await writer.CompleteAsync("text/calendar", Stop)).Value!;
        return await items.PutAsync(new ItemPlace(calendar, name), item, null, Stop);
    }

    /// <summary>What is in the calendar: by name, number, version and text.</summary>
    public async Task<SortedDictionary<string, string>> SeenAsync(ItemStore items)
    {
        var seen = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in (await items.OpenAsync(Calendar, Stop))!.Items.Rows)
        {
            var text = Encoding.UTF8.GetString((await items.Read(row).ReadAllAsync(Stop)).Span);
            var note = row.Properties.GetValueOrDefault("{x}note");
            seen.Add(row.Name, $"{row.Id} {row.Version} {row.Size} {row.Created} {row.Modified} {note} {text}");
        }

        return seen;
    }

    /// <summary>
    /// What who has a member's device and a copy of the store opens of it by himself: parts of entries, by the keys that wraps give him.
    /// </summary>
    public async Task<List<(ulong Sequence, Change Change)>> OpenedAsync(Keyring member)
    {
        var keys = new List<(ulong Number, RealmKey Key)> { (0, ShareKey.OfDevice(member, Realm.Calendar)) };
        var opened = new List<(ulong, Change)>();
        foreach (var (header, bytes) in await House.EntriesAsync())
        {
            foreach (var part in EntrySeal.PartsOf(bytes))
            {
                for (var i = 0; i < part.Wraps; i++)
                {
                    var key = ShareWrap.Open(member, header.Realm, part.Epoch, part.Number, part.Wrap(bytes, i));
                    if (key is not null) keys.Add((part.Number, key));
                }

                var bodies = keys.Select(key => PartSeal.Open(key.Key, House.Id, bytes, part)).OfType<byte[]>();
                opened.AddRange(bodies.Select(body => (header.Sequence, Change.Parser.ParseFrom(body))));
            }

            Assert.All(keys, key => Assert.Null(EntrySeal.Open(key.Key, House.Id, bytes)));
        }

        foreach (var (_, key) in keys) key.Dispose();
        return opened;
    }

    /// <summary>The names of the blobs that are opened by what a change says.</summary>
    public static IEnumerable<BlobName> BlobsOf(Change change) =>
        from operation in change.Operations
        let row = operation.ItemPut?.Row ?? operation.ItemRemoved?.Row
        where row is not null
        select BlobSeal.NameOf(new BlobKey(row.Content.Span));

    public async ValueTask DisposeAsync() => await House.DisposeAsync();
}
