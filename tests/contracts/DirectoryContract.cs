using System.Security.Cryptography;
using CompatBot.Core.Store;

namespace CompatBot.ContractTests;

public abstract class DirectoryContract : StoreContract
{
    private static readonly DomainRecord Domain = new("mail.test", null);

    private readonly AccountRecord _ada = Account("ada@mail.test");

    [Fact]
    public async Task A_whole_household_can_come_in_one_change()
    {
        var device = Device(_ada.Id);
        await ApplyAsync(new()
        {
            NewDomains = [new("mail.test", _ada.Id)],
            NewAccounts = [_ada],
            NewAddresses = [new("zoe@mail.test", _ada.Id), new("abe@mail.test", _ada.Id)],
            NewDevices = [device],
        });
        Assert.Equal(new DomainRecord("mail.test", _ada.Id), await Store.Directory.DomainAsync("mail.test", Cancellation));
        AssertSame(_ada, await Store.Directory.AccountAsync(_ada.Id, Cancellation));
        AssertSame(_ada, await Store.Directory.OwnerAsync("ada@mail.test", Cancellation));
        AssertSame(_ada, await Store.Directory.OwnerAsync("abe@mail.test", Cancellation));
        Assert.Equal(
            ["ada@mail.test", "abe@mail.test", "zoe@mail.test"], await Store.Directory.AddressesAsync(_ada.Id, Cancellation));
        var found = Assert.Single(await Store.Directory.DevicesAsync(_ada.Id, Cancellation));
        Assert.Equal((device.Account, device.Id), (found.Account, found.Id));
        Assert.Equal(device.Slot.ToArray(), found.Slot.ToArray());
    }

    [Fact]
    public async Task What_is_not_there_is_null_or_empty()
    {
        Assert.Null(await Store.Directory.DomainAsync("nowhere.test", Cancellation));
        Assert.Null(await Store.Directory.AccountAsync(_ada.Id, Cancellation));
        Assert.Null(await Store.Directory.OwnerAsync("nobody@mail.test", Cancellation));
        Assert.Null(await Store.Directory.OwnerAsync("", Cancellation));
        Assert.Empty(await Store.Directory.AddressesAsync(_ada.Id, Cancellation));
        Assert.Empty(await Store.Directory.DevicesAsync(_ada.Id, Cancellation));
        Assert.Empty(await Store.Directory.AccountsAsync(Cancellation).ToListAsync(Cancellation));
        Assert.Empty(await Store.Directory.DomainsAsync(Cancellation).ToListAsync(Cancellation));
    }

    public static TheoryData<Refusal, Func<AccountRecord, DirectoryChange>> Mistakes => new()
    {
        { Refusal.AlreadyExists, _ => new() { NewDomains = [Domain] } },
        { Refusal.AlreadyExists, ada => new() { NewAccounts = [ada] } },
        { Refusal.AlreadyExists, ada => new() { NewAccounts = [ada with { Address = "other@mail.test" }] } },
        { Refusal.AlreadyExists, _ => new() { NewAccounts = [Account("ada@mail.test")] } },
        { Refusal.AlreadyExists, _ => new() { NewAccounts = [Account("alias@mail.test")] } },
        { Refusal.AlreadyExists, ada => new() { NewAddresses = [new("ada@mail.test", ada.Id)] } },
        { Refusal.AlreadyExists, ada => new() { NewAddresses = [new("alias@mail.test", ada.Id)] } },
        { Refusal.AlreadyExists, ada => new() { NewDevices = [Device(ada.Id, seed: 1)] } },
        { Refusal.NotFound, _ => new() { NewAccounts = [Account("bob@nowhere.test")] } },
        { Refusal.NotFound, _ => new() { NewAccounts = [Account("bob")] } },
        { Refusal.NotFound, ada => new() { NewAddresses = [new("bob@nowhere.test", ada.Id)] } },
        { Refusal.NotFound, _ => new() { NewAddresses = [new("bob@mail.test", AccountId.New())] } },
        { Refusal.NotFound, _ => new() { NewDevices = [Device(AccountId.New())] } },
        { Refusal.NotFound, _ => new() { ChangedDomains = [new("nowhere.test", null)] } },
        { Refusal.NotFound, _ => new() { ChangedDomains = [Domain with { CatchAll = AccountId.New() }] } },
        { Refusal.NotFound, _ => new() { ChangedAccounts = [Account("ada@mail.test")] } },
        { Refusal.NotFound, ada => new() { ChangedDevices = [Device(ada.Id)] } },
        { Refusal.NotFound, ada => new() { RemovedDevices = [(ada.Id, DeviceId.New())] } },
        { Refusal.NotFound, _ => new() { RemovedAddresses = ["nobody@mail.test"] } },
        { Refusal.NotFound, _ => new() { RemovedAddresses = ["ada@mail.test"] } },
        { Refusal.NotFound, _ => new() { RemovedAccounts = [AccountId.New()] } },
        { Refusal.NotFound, _ => new() { RemovedDomains = ["nowhere.test"] } },
        { Refusal.HasChildren, _ => new() { RemovedDomains = ["mail.test"] } },
    };

    [Theory]
    [MemberData(nameof(Mistakes), DisableDiscoveryEnumeration = true)]
    public async Task A_change_with_one_mistake_changes_nothing(Refusal refusal, Func<AccountRecord, DirectoryChange> mistake)
    {
        await SettleAsync();
        var bob = Account("bob@second.test");
        var wrong = mistake(_ada);
        var change = wrong with
        {
            NewDomains = [new("second.test", null), .. wrong.NewDomains],
            NewAccounts = [bob, .. wrong.NewAccounts],
            ChangedAccounts = [_ada with { Profile = new byte[] { 1 } }, .. wrong.ChangedAccounts],
        };
        Assert.Equal(refusal, await Store.Directory.ApplyAsync(change, Cancellation));
        Assert.Null(await Store.Directory.DomainAsync("second.test", Cancellation));
        Assert.Null(await Store.Directory.OwnerAsync("bob@second.test", Cancellation));
        AssertSame(_ada, await Store.Directory.AccountAsync(_ada.Id, Cancellation));
        await ApplyAsync(change with { NewDomains = [new("second.test", null)], NewAccounts = [bob], NewAddresses = [],
            NewDevices = [], ChangedDomains = [], ChangedAccounts = [], ChangedDevices = [], RemovedDevices = [], RemovedAddresses = [],
            RemovedAccounts = [], RemovedDomains = [] });
    }

    [Fact]
    public async Task Profiles_devices_and_catch_alls_are_replaced()
    {
        await SettleAsync();
        var known = Device(_ada.Id, seed: 1);
        await ApplyAsync(new()
        {
            ChangedDomains = [Domain with { CatchAll = _ada.Id }],
            ChangedAccounts = [_ada with { Address = "ignored@mail.test", Profile = new byte[] { 4, 5 } }],
            ChangedDevices = [known with { Slot = new byte[] { 6 } }],
            NewDevices = [Device(_ada.Id, seed: 2)],
        });
        AssertSame(_ada with { Profile = new byte[] { 4, 5 } }, await Store.Directory.OwnerAsync("ada@mail.test", Cancellation));
        Assert.Equal(_ada.Id, (await Store.Directory.DomainAsync("mail.test", Cancellation))!.CatchAll);
        var devices = await Store.Directory.DevicesAsync(_ada.Id, Cancellation);
        Assert.Equal([known.Id, Device(_ada.Id, seed: 2).Id], devices.Select(device => device.Id));
        Assert.Equal([6], devices[0].Slot.ToArray());
        await ApplyAsync(new() { RemovedDevices = [(_ada.Id, known.Id)] });
        Assert.Single(await Store.Directory.DevicesAsync(_ada.Id, Cancellation));
    }

    [Fact]
    public async Task A_removed_address_is_free_again()
    {
        await SettleAsync();
        await ApplyAsync(new() { RemovedAddresses = ["alias@mail.test"] });
        Assert.Null(await Store.Directory.OwnerAsync("alias@mail.test", Cancellation));
        await ApplyAsync(new() { NewAccounts = [Account("alias@mail.test")] });
    }

    [Fact]
    public async Task A_removed_account_leaves_nothing_behind()
    {
        await SettleAsync();
        SealedBlob[] blobs = [Blob(100), Blob(300_000)];
        await AppendAsync(_ada.Id, 1, blobs);
        await Store.Snapshots.ReplaceAsync(_ada.Id, [blobs[0]], [], Cancellation);
        await Store.Dropbox.PutAsync([new(_ada.Id, Realm.Mail, new byte[9], [])], Cancellation);
        await ApplyAsync(new() { ChangedDomains = [Domain with { CatchAll = _ada.Id }] });
        await ApplyAsync(new() { RemovedAccounts = [_ada.Id] });

        Assert.Null(await Store.Directory.AccountAsync(_ada.Id, Cancellation));
        Assert.Null(await Store.Directory.OwnerAsync("alias@mail.test", Cancellation));
        Assert.Empty(await Store.Directory.DevicesAsync(_ada.Id, Cancellation));
        Assert.Equal(Domain, await Store.Directory.DomainAsync("mail.test", Cancellation));
        Assert.Equal(0ul, await Store.Journal.HeadAsync(_ada.Id, Cancellation));
        Assert.Empty(await SequencesAsync(_ada.Id));
        Assert.Empty(await ListAsync(_ada.Id));
        Assert.Null(await Store.Blobs.GetAsync(_ada.Id, blobs[1].Name, Cancellation));
        Assert.Null(await Store.Snapshots.GetAsync(_ada.Id, blobs[0].Name, Cancellation));
        Assert.Equal((0L, 0L), await Store.Dropbox.DepthAsync(_ada.Id, Realm.Mail, Cancellation));
        await ApplyAsync(new() { RemovedDomains = ["mail.test"] });

        await ApplyAsync(new() { NewDomains = [Domain], NewAccounts = [_ada] });
        Assert.Equal(Refusal.None, await AppendAsync(_ada.Id, 1));
        Assert.Empty(await ListAsync(_ada.Id));
    }

    [Fact]
    public async Task Lists_are_ordered_and_whole_however_long()
    {
        var accounts = Enumerable.Range(0, 2300).Select(i => Account($"u{i * 7919 % 2300}@d{i % 3}.test")).ToArray();
        await ApplyAsync(new()
        {
            NewDomains = [new("d2.test", null), new("d0.test", null), new("d1.test", null)],
            NewAccounts = accounts,
        });
        var listed = await Store.Directory.AccountsAsync(Cancellation).Select(account => account.Address).ToListAsync(Cancellation);
        Assert.Equal(accounts.Select(account => account.Address).Order(StringComparer.Ordinal), listed);
        Assert.Equal(
            ["d0.test", "d1.test", "d2.test"],
            await Store.Directory.DomainsAsync(Cancellation).Select(domain => domain.Name).ToListAsync(Cancellation));
    }

    [Fact]
    public async Task The_directory_survives_reopening()
    {
        await SettleAsync();
        await ReopenAsync();
        AssertSame(_ada, await Store.Directory.OwnerAsync("alias@mail.test", Cancellation));
        Assert.Equal(Domain, await Store.Directory.DomainAsync("mail.test", Cancellation));
        Assert.Single(await Store.Directory.DevicesAsync(_ada.Id, Cancellation));
    }

    [Fact]
    public async Task A_cancelled_change_is_not_applied()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Store.Directory.ApplyAsync(new() { NewDomains = [Domain] }, source.Token));
        Assert.Null(await Store.Directory.DomainAsync("mail.test", Cancellation));
    }

    private static AccountRecord Account(string address) => new(AccountId.New(), address, RandomNumberGenerator.GetBytes(900));

    private static DeviceRecord Device(AccountId account, byte seed = 0)
    {
        var id = seed == 0 ? DeviceId.New() : DeviceId.FromBytes([.. Enumerable.Repeat(seed, AccountId.Length)]);
        return new DeviceRecord(account, id, RandomNumberGenerator.GetBytes(400));
    }

    private static void AssertSame(AccountRecord expected, AccountRecord? found)
    {
        Assert.NotNull(found);
        Assert.Equal((expected.Id, expected.Address), (found.Id, found.Address));
        Assert.Equal(expected.Profile.ToArray(), found.Profile.ToArray());
    }

    private Task SettleAsync() => ApplyAsync(new()
    {
        NewDomains = [Domain],
        NewAccounts = [_ada],
        NewAddresses = [new("alias@mail.test", _ada.Id)],
        NewDevices = [Device(_ada.Id, seed: 1)],
    });

    private async Task ApplyAsync(DirectoryChange change) =>
        Assert.Equal(Refusal.None, await Store.Directory.ApplyAsync(change, Cancellation));
}
