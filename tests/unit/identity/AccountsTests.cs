using CompatBot.Core.Identity;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Xunit;

namespace CompatBot.UnitTests.Identity;

public sealed class AccountsTests
{
    [Fact]
    public async Task A_device_opens_its_account_with_its_password_and_no_other()
    {
        await using var house = await TestHouse.NewAsync();
        var ada = await house.AddAsync("Ada@Mail.Test", ("phone", "*"), ("laptop", "*"));
        var bob = await house.AddAsync("bob@mail.test", ("phone", "*"));
        using var phone = await Open(house, "ada@mail.test", ada.Devices[0].Password);
        using var laptop = await Open(house, "ADA@mail.test", ada.Devices[1].Password);
        Assert.Equal((ada.Id, ada.Devices[0].Id), (phone.Account, phone.Device));
        Assert.Equal(ada.Devices[1].Id, laptop.Device);
        Assert.Equal(phone.MasterKey!.Span, laptop.MasterKey!.Span);
        using var bobs = await Open(house, "bob@mail.test", bob.Devices[0].Password);
        Assert.NotEqual(phone.MasterKey!.Span.ToArray(), bobs.MasterKey!.Span.ToArray());
        Assert.Equal(Refusal.BadCredentials, await Refused(house, "bob@mail.test", ada.Devices[0].Password.Text));
        Assert.Equal(Refusal.BadCredentials, await Refused(house, "nobody@mail.test", ada.Devices[0].Password.Text));
        Assert.Equal(Refusal.BadCredentials, await Refused(house, "not an address", ada.Devices[0].Password.Text));
        Assert.Equal(Refusal.BadCredentials, await Refused(house, "ada@mail.test", ""));
        Assert.Equal(Refusal.BadCredentials, await Refused(house, "ada@mail.test", new string('x', 5000)));
        Assert.Equal(Refusal.BadCredentials, await Refused(house, "ada@mail.test", AppPassword.Generate().Text));
    }

    [Fact]
    public async Task The_password_may_be_typed_with_dashes_blanks_and_capitals()
    {
        await using var house = await TestHouse.NewAsync();
        var ada = await house.AddAsync("ada@mail.test", ("phone", "*"));
        var text = ada.Devices[0].Password.Text.ToUpperInvariant();
        using var opened = await Open(house, "ada@mail.test", AppPassword.Parse($" {text[..6]}-{text[6..13]} {text[13..]}")!);
        Assert.Equal(ada.Id, opened.Account);
    }

    [Fact]
    public async Task A_scoped_device_opens_its_realms_over_its_protocols()
    {
        await using var house = await TestHouse.NewAsync();
        var ada = await house.AddAsync("ada@mail.test", ("reader", "mail:read imap"), ("calendar", "calendar contacts"));
        using var reader = await Open(house, "ada@mail.test", ada.Devices[0].Password);
        Assert.True(reader.Scopes.ReadOnly);
        Assert.NotNull(reader.Find(Realm.Mail));
        Assert.Null(reader.Find(Realm.Calendar));
        Assert.Null(reader.MasterKey);
        Assert.Equal(Refusal.NotPermitted, await Refused(house, "ada@mail.test", ada.Devices[0].Password.Text, "smtp"));
        using var calendar = await Open(house, "ada@mail.test", ada.Devices[1].Password);
        Assert.Null(calendar.Find(Realm.Mail));
        var letter = EntrySeal.Seal(reader.Find(Realm.Mail)!, ada.Id, new(Realm.Mail, 1, 1, 0, 0, default), "secret"u8);
        Assert.Null(EntrySeal.Open(calendar.Find(Realm.Calendar)!, ada.Id, letter));
        Assert.Equal(Refusal.NotPermitted, (await house.Accounts.AddDeviceAsync(calendar, new("x", Scopes.All), default)).Refusal);
        Assert.Equal(Refusal.NotPermitted, (await house.Accounts.AddDeviceAsync(calendar, new("x", calendar.Scopes), default)).Refusal);
    }

    [Fact]
    public async Task An_owner_adds_lists_and_revokes_devices_and_revocation_is_heard()
    {
        await using var house = await TestHouse.NewAsync();
        var ada = await house.AddAsync("ada@mail.test", ("phone", "*"));
        using var owner = await Open(house, "ada@mail.test", ada.Devices[0].Password);
        var added = (await house.Accounts.AddDeviceAsync(owner, new("Küche", Scopes.Parse("mail")!), default)).Value!;
        using (var kitchen = await Open(house, "ada@mail.test", added.Password)) Assert.Equal(added.Id, kitchen.Device);
        var listed = await house.Accounts.DevicesAsync(owner, default);
        Assert.Equal(["phone:*", "Küche:mail"], listed.Select(device => $"{device.Label}:{device.Scopes}"));
        using (var kitchen = await Open(house, "ada@mail.test", added.Password))
        {
            Assert.All(await house.Accounts.DevicesAsync(kitchen, default), device => Assert.Null(device.Label));
        }

        List<(AccountId, DeviceId)> heard = [];
        house.Accounts.Revoked += (account, device) => heard.Add((account, device));
        Assert.True(await house.Accounts.IsLiveAsync(ada.Id, added.Id, default));
        Assert.Equal(Refusal.None, await house.Accounts.RevokeAsync(ada.Id, added.Id, default));
        Assert.Equal([(ada.Id, added.Id)], heard);
        Assert.False(await house.Accounts.IsLiveAsync(ada.Id, added.Id, default));
        Assert.Equal(Refusal.BadCredentials, await Refused(house, "ada@mail.test", added.Password.Text));
        Assert.Equal(Refusal.NotFound, await house.Accounts.RevokeAsync(ada.Id, added.Id, default));
        Assert.Single(heard);
    }

    [Fact]
    public async Task A_device_needs_a_label_and_a_password_of_its_own()
    {
        await using var house = await TestHouse.NewAsync();
        var ada = await house.AddAsync("ada@mail.test", ("phone", "*"));
        using var owner = await Open(house, "ada@mail.test", ada.Devices[0].Password);
        Assert.Equal(Refusal.Invalid, (await house.Accounts.AddDeviceAsync(owner, new("", Scopes.All), default)).Refusal);
        Assert.Equal(Refusal.Invalid, (await house.Accounts.AddDeviceAsync(owner, new("a\r\nb", Scopes.All), default)).Refusal);
        var tooLong = new NewDevice(new string('x', Accounts.LabelCharactersMax + 1), Scopes.All);
        Assert.Equal(Refusal.Invalid, (await house.Accounts.AddDeviceAsync(owner, tooLong, default)).Refusal);
        var same = new NewDevice("again", Scopes.All, ada.Devices[0].Password);
        Assert.Equal(Refusal.AlreadyExists, (await house.Accounts.AddDeviceAsync(owner, same, default)).Refusal);
    }

    [Fact]
    public async Task A_read_only_device_cannot_make_devices()
    {
        await using var house = await TestHouse.NewAsync();
        var ada = await house.AddAsync("ada@mail.test", ("viewer", "*:read"));
        using var viewer = await Open(house, "ada@mail.test", ada.Devices[0].Password);
        Assert.Equal(Refusal.NotPermitted, (await house.Accounts.AddDeviceAsync(viewer, new("x", Scopes.All), default)).Refusal);
    }

    [Fact]
    public async Task The_words_bring_back_an_account_without_devices()
    {
        await using var house = await TestHouse.NewAsync();
        var ada = await house.AddAsync("ada@mail.test", ("phone", "*"));
        var bob = await house.AddAsync("bob@mail.test");
        using var before = await Open(house, "ada@mail.test", ada.Devices[0].Password);
        await house.Accounts.RevokeAsync(ada.Id, ada.Devices[0].Id, default);
        using var words = Words.Parse(ada.Words)!;
        using var recovered = (await house.Accounts.RecoverAsync("ada@mail.test", words, default)).Value!;
        Assert.Equal(before.MasterKey!.Span, recovered.MasterKey!.Span);
        var added = (await house.Accounts.AddDeviceAsync(recovered, new("new phone", Scopes.All), default)).Value!;
        using var after = await Open(house, "ada@mail.test", added.Password);
        Assert.Equal(before.MasterKey!.Span, after.MasterKey!.Span);
        using var found = (await house.Accounts.RecoverAsync(words, default)).Value!;
        Assert.Equal(ada.Id, found.Account);
        using var bobsWords = Words.Parse(bob.Words)!;
        Assert.Equal(Refusal.BadCredentials, (await house.Accounts.RecoverAsync("ada@mail.test", bobsWords, default)).Refusal);
        using var nobodys = Words.Generate();
        Assert.Equal(Refusal.BadCredentials, (await house.Accounts.RecoverAsync(nobodys, default)).Refusal);
    }

    [Fact]
    public async Task A_passphrase_opens_the_portal_and_nothing_else()
    {
        await using var house = await TestHouse.NewAsync();
        var ada = await house.AddAsync("ada@mail.test", ("phone", "*"));
        using var owner = await Open(house, "ada@mail.test", ada.Devices[0].Password);
        var first = await house.Accounts.SetPassphraseAsync(owner, new("correct horse battery"), default);
        Assert.Equal(Refusal.None, first.Refusal);
        using (var portal = await Open(house, "ada@mail.test", "correct horse battery", "portal"))
        {
            Assert.Equal(owner.MasterKey!.Span, portal.MasterKey!.Span);
            Assert.Equal(first.Value, portal.Device);
        }

        Assert.Equal(Refusal.BadCredentials, await Refused(house, "ada@mail.test", "correct horse battery"));
        Assert.Equal(Refusal.BadCredentials, await Refused(house, "ada@mail.test", "correct horse batterz", "portal"));
        Assert.Equal(Refusal.BadCredentials, await Refused(house, "nobody@mail.test", "correct horse battery", "portal"));
        Assert.Equal(Refusal.None, (await house.Accounts.SetPassphraseAsync(owner, new("another passphrase"), default)).Refusal);
        Assert.Equal(Refusal.BadCredentials, await Refused(house, "ada@mail.test", "correct horse battery", "cli"));
        Assert.Equal(2, (await house.Accounts.DevicesAsync(owner, default)).Count);
        var shortest = new Password(new string('x', Accounts.PassphraseCharactersMin - 1));
        Assert.Equal(Refusal.Invalid, (await house.Accounts.SetPassphraseAsync(owner, shortest, default)).Refusal);
        var alike = new Password(AppPassword.Generate().Text);
        Assert.Equal(Refusal.Invalid, (await house.Accounts.SetPassphraseAsync(owner, alike, default)).Refusal);
    }

    [Fact]
    public async Task Mail_finds_its_account_by_address_alias_tag_and_catch_all()
    {
        await using var house = await TestHouse.NewAsync();
        await house.Accounts.AddDomainAsync("other.test", default);
        var ada = await house.AddAsync("ada@mail.test");
        var bob = await house.AddAsync("bob@mail.test");
        Assert.Equal(Refusal.None, await house.Accounts.AddAliasAsync(ada.Id, "Countess@other.test", default));
        Assert.Equal(Refusal.None, await house.Accounts.AddAliasAsync(bob.Id, "ada+lists@mail.test", default));
        Assert.Equal(Refusal.AlreadyExists, await house.Accounts.AddAliasAsync(bob.Id, "countess@other.test", default));
        Assert.Equal(Refusal.NotFound, await house.Accounts.AddAliasAsync(bob.Id, "bob@nowhere.test", default));
        Assert.Equal(Refusal.Invalid, await house.Accounts.AddAliasAsync(bob.Id, "bob@", default));
        Assert.Equal(ada.Id, await To("ADA@mail.test"));
        Assert.Equal(ada.Id, await To("countess@OTHER.test"));
        Assert.Equal(ada.Id, await To("ada+shop@mail.test"));
        Assert.Equal(ada.Id, await To("countess+a+b@other.test"));
        Assert.Equal(bob.Id, await To("ada+lists@mail.test"));
        Assert.Null(await To("+tag@mail.test"));
        Assert.Null(await To("nobody@other.test"));
        Assert.Equal(Refusal.None, await house.Accounts.SetCatchAllAsync("other.test", bob.Id, default));
        Assert.Equal(bob.Id, await To("nobody@other.test"));
        Assert.Equal(ada.Id, await To("countess@other.test"));
        Assert.True(await house.Accounts.OwnsAsync(ada.Id, "ada+shop@mail.test", default));
        Assert.False(await house.Accounts.OwnsAsync(ada.Id, "bob@mail.test", default));
        Assert.False(await house.Accounts.OwnsAsync(ada.Id, "ada@far.test", default));
        Assert.True(await house.Accounts.OwnsAsync(bob.Id, "anybody@other.test", default));
        Assert.Equal(["ada@mail.test", "countess@other.test"], await house.Accounts.AddressesAsync(ada.Id, default));
        Assert.Equal(Refusal.None, await house.Accounts.RemoveAliasAsync("countess@other.test", default));
        Assert.Equal(bob.Id, await To("countess@other.test"));
        Assert.Equal(Refusal.NotFound, await house.Accounts.RemoveAliasAsync("ada@mail.test", default));

        async Task<AccountId?> To(string address) => (await house.Accounts.ResolveAsync(Address.Parse(address)!, default))?.Id;
    }

    [Fact]
    public async Task Many_accounts_are_made_at_once_and_a_refused_one_stops_no_other()
    {
        await using var house = await TestHouse.NewAsync();
        var all = Enumerable.Range(0, Accounts.BatchAccounts + 3)
            .Select(i => new NewAccount($"user{i}@mail.test", [$"alias{i}@mail.test"], i < 3 ? [new("phone", Scopes.All)] : []))
            .ToArray();
        all[1] = all[1] with { Address = "user0@mail.test" };
        all[2] = all[2] with { Address = "user2@" };
        var password = AppPassword.Generate();
        all[3] = all[3] with { Devices = [new("a", Scopes.All, password), new("b", Scopes.All, password)] };
        all[4] = all[4] with { Devices = [new("a", Scopes.All, password)] };
        var made = await house.Accounts.CreateAllAsync(all, default);
        Assert.Equal([Refusal.None, Refusal.AlreadyExists, Refusal.Invalid, Refusal.Invalid], made.Take(4).Select(one => one.Refusal));
        Assert.All(made.Skip(4), one => Assert.Equal(Refusal.None, one.Refusal));
        using var opened = await Open(house, "alias4@mail.test", password);
        Assert.Equal(made[4].Value!.Id, opened.Account);
        var missing = await house.Accounts.CreateAsync(new("user@far.test", [], []), default);
        Assert.Equal(Refusal.NotFound, missing.Refusal);
    }

    [Fact]
    public async Task Removing_an_account_cuts_every_device()
    {
        await using var house = await TestHouse.NewAsync();
        var ada = await house.AddAsync("ada@mail.test", ("phone", "*"), ("laptop", "*"));
        List<DeviceId> heard = [];
        house.Accounts.Revoked += (_, device) => heard.Add(device);
        Assert.Equal(Refusal.None, await house.Accounts.RemoveAsync(ada.Id, default));
        Assert.Equal(ada.Devices.Select(device => device.Id), heard);
        Assert.Equal(Refusal.NotFound, await house.Accounts.RemoveAsync(ada.Id, default));
        Assert.Null(await house.Accounts.FindAsync("ada@mail.test", default));
    }

    [Fact]
    public async Task A_public_key_swapped_in_the_directory_is_noticed_at_login()
    {
        await using var house = await TestHouse.NewAsync();
        var ada = await house.AddAsync("ada@mail.test", ("phone", "mail"));
        var mallory = await house.AddAsync("mallory@mail.test");
        var record = (await house.Accounts.FindAsync("ada@mail.test", default))!;
        var other = (await house.Accounts.FindAsync("mallory@mail.test", default))!;
        var profile = Profiles.Read(record)!;
        profile.SealingKeys[0].PublicKey = Profiles.Read(other)!.SealingKeys[0].PublicKey;
        var changed = record with { Profile = Google.Protobuf.MessageExtensions.ToByteArray(profile) };
        await house.Store.Directory.ApplyAsync(new() { ChangedAccounts = [changed] }, default);
        Assert.Equal(Refusal.Damaged, await Refused(house, "ada@mail.test", ada.Devices[0].Password.Text));
        Assert.NotEqual(ada.Id, mallory.Id);
    }

    [Fact]
    public async Task Whoever_has_the_public_key_drops_in_and_only_the_realm_reads()
    {
        await using var house = await TestHouse.NewAsync();
        var ada = await house.AddAsync("ada@mail.test", ("phone", "mail"), ("calendar", "calendar"));
        var to = Accounts.SealingKeyOf((await house.Accounts.FindAsync("ada@mail.test", default))!, Realm.Mail)!;
        var item = DropSeal.Seal(to, ada.Id, "letter"u8);
        using var phone = await Open(house, "ada@mail.test", ada.Devices[0].Password);
        using var calendar = await Open(house, "ada@mail.test", ada.Devices[1].Password);
        Assert.Equal("letter"u8.ToArray(), DropSeal.Open(phone.Find(Realm.Mail)!, ada.Id, item));
        Assert.Null(DropSeal.Open(calendar.Find(Realm.Calendar)!, ada.Id, item));
    }

    private static Task<Keyring> Open(TestHouse house, string address, AppPassword password) => Open(house, address, password.Text, "imap");

    private static async Task<Keyring> Open(TestHouse house, string address, string password, string protocol)
    {
        var opened = await house.Credentials.OpenAsync(address, new(password), protocol, default);
        Assert.Equal(Refusal.None, opened.Refusal);
        return opened.Value!;
    }

    private static async Task<Refusal> Refused(TestHouse house, string address, string password, string protocol = "imap") =>
        (await house.Credentials.OpenAsync(address, new(password), protocol, default)).Refusal;
}
