using CompatBot.Core.Identity;
using CompatBot.Core.Identity.Proto;
using CompatBot.Core.Store;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Xunit;

namespace CompatBot.UnitTests.Identity;

/// <summary>Directory records come from a disk: damaged or forged ones are refused, and stop nobody else.</summary>
public sealed class HostileDirectoryTests
{
    [Fact]
    public async Task A_damaged_slot_stops_only_its_own_device()
    {
        await using var house = await TestHouse.NewAsync();
        var ada = await house.AddAsync("ada@mail.test", ("phone", "*"), ("laptop", "*"));
        var records = await house.Store.Directory.DevicesAsync(ada.Id, default);
        await Change(house, records[0] with { Slot = new byte[] { 0xff, 0xff, 0xff } });
        Assert.Equal(Refusal.BadCredentials, await Login(house, ada.Devices[0].Password.Text));
        Assert.Equal(Refusal.None, await Login(house, ada.Devices[1].Password.Text));
        using var owner = (await house.Credentials.OpenAsync("ada@mail.test", new(ada.Devices[1].Password.Text), "cli", default)).Value!;
        Assert.Equal([null, "laptop"], (await house.Accounts.DevicesAsync(owner, default)).Select(device => device.Label));
    }

    [Fact]
    public async Task Any_flipped_bit_of_a_slot_is_refused_and_throws_nothing()
    {
        await using var house = await TestHouse.NewAsync();
        var ada = await house.AddAsync("ada@mail.test", ("phone", "*"));
        var record = (await house.Store.Directory.DevicesAsync(ada.Id, default))[0];
        var slot = Core.Identity.Devices.Read(record)!;
        var keySlot = slot.KeySlot.ToByteArray();
        for (var i = 0; i < keySlot.Length; i++)
        {
            keySlot[i] ^= 1;
            slot.KeySlot = ByteString.CopyFrom(keySlot);
            keySlot[i] ^= 1;
            await Change(house, record with { Slot = slot.ToByteArray() });
            Assert.Equal(Refusal.Damaged, await Login(house, ada.Devices[0].Password.Text));
        }

        var bytes = record.Slot.ToArray();
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 4;
            await Change(house, record with { Slot = bytes.ToArray() });
            bytes[i] ^= 4;
            Assert.True(await Login(house, ada.Devices[0].Password.Text) is Refusal.None or Refusal.Damaged or Refusal.BadCredentials);
        }
    }

    [Fact]
    public async Task A_slot_moved_to_another_device_or_kind_does_not_open()
    {
        await using var house = await TestHouse.NewAsync();
        var ada = await house.AddAsync("ada@mail.test", ("phone", "mail"), ("laptop", "*"));
        var records = await house.Store.Directory.DevicesAsync(ada.Id, default);
        await Change(house, records[0] with { Slot = records[1].Slot });
        var phone = Core.Identity.Devices.Read(records[0])!;
        phone.KeySlot = phone.Scram.KeySlot;
        await Change(house, records[1] with { Slot = phone.ToByteArray() });
        Assert.Equal(Refusal.Damaged, await Login(house, ada.Devices[1].Password.Text));
        Assert.Equal(Refusal.Damaged, await Login(house, ada.Devices[0].Password.Text));
    }

    [Fact]
    public async Task A_damaged_profile_is_refused_and_kept()
    {
        await using var house = await TestHouse.NewAsync();
        var ada = await house.AddAsync("ada@mail.test", ("phone", "*"));
        var record = (await house.Accounts.FindAsync("ada@mail.test", default))! with { Profile = new byte[] { 0xff } };
        await house.Store.Directory.ApplyAsync(new() { ChangedAccounts = [record] }, default);
        Assert.Equal(Refusal.Damaged, await Login(house, ada.Devices[0].Password.Text));
        Assert.Null(Accounts.SealingKeyOf(record, Realm.Mail));
        using var words = Words.Parse(ada.Words)!;
        Assert.Equal(Refusal.Damaged, (await house.Accounts.RecoverAsync("ada@mail.test", words, default)).Refusal);
        Assert.Equal(Refusal.BadCredentials, (await house.Accounts.RecoverAsync(words, default)).Refusal);
        Assert.Equal(new byte[] { 0xff }, (await house.Accounts.FindAsync("ada@mail.test", default))!.Profile.ToArray());
    }

    [Fact]
    public void Random_records_are_read_as_nothing_or_something_but_never_throw() => Prop.ForAll<byte[]>(bytes =>
    {
        var device = Core.Identity.Devices.Read(new(default, default, bytes));
        var profile = Profiles.Read(new(default, "a@b", bytes));
        return (device is null || device.CalculateSize() >= 0)
            && (profile is null || Profiles.SealingKey(profile, Realm.Mail) is null or { PublicKey.Length: 32 });
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0, 65536, 2)] // no salt
    [InlineData(16, PassphraseStretcher.MemoryKib + 1, 2)]
    [InlineData(16, 65536, 17)]
    [InlineData(16, 4, 2)]
    [InlineData(16, 65536, 0)]
    public async Task Stretching_beyond_the_limits_is_refused(int saltBytes, uint memoryKib, uint passes)
    {
        using var stretcher = new PassphraseStretcher();
        var parameters = new Stretch { Salt = ByteString.CopyFrom(new byte[saltBytes]), MemoryKib = memoryKib, Passes = passes };
        Assert.Equal(Refusal.Damaged, (await stretcher.StretchAsync(new("x"), parameters, default)).Refusal);
    }

    [Fact]
    public async Task Only_some_stretches_run_and_only_some_wait()
    {
        using var stretcher = new PassphraseStretcher();
        using var gone = new CancellationTokenSource();
        for (var i = 0; i < PassphraseStretcher.RunningMax; i++) Assert.True(await stretcher.EnterAsync(default));
        var waiting = Enumerable.Range(0, PassphraseStretcher.WaitingMax).Select(_ => stretcher.EnterAsync(gone.Token).AsTask()).ToArray();
        Assert.All(waiting, task => Assert.False(task.IsCompleted));
        var cheap = new Stretch { Salt = ByteString.CopyFrom(new byte[16]), MemoryKib = 8, Passes = 1 };
        Assert.Equal(Refusal.Unavailable, (await stretcher.StretchAsync(new("x"), cheap, default)).Refusal);
        await gone.CancelAsync();
        foreach (var task in waiting) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
        stretcher.Leave();
        Assert.False((await stretcher.StretchAsync(new("x"), cheap, default)).Declined);
    }

    [Fact]
    public async Task An_account_has_a_largest_number_of_devices()
    {
        await using var house = await TestHouse.NewAsync();
        var devices = Enumerable.Range(0, Accounts.DevicesMax + 1).Select(i => new NewDevice($"d{i}", Scopes.All)).ToArray();
        Assert.Equal(Refusal.Invalid, (await house.Accounts.CreateAsync(new("b@mail.test", [], devices), default)).Refusal);
        var ada = await house.AddAsync("ada@mail.test", ("phone", "*"));
        var phone = (await house.Store.Directory.DevicesAsync(ada.Id, default))[0];
        var copies = Enumerable.Range(1, Accounts.DevicesMax - 1).Select(_ => phone with { Id = DeviceId.New(), Slot = default });
        await house.Store.Directory.ApplyAsync(new() { NewDevices = [.. copies] }, default);
        using var owner = (await house.Credentials.OpenAsync("ada@mail.test", new(ada.Devices[0].Password.Text), "cli", default)).Value!;
        Assert.Equal(Refusal.TooMany, (await house.Accounts.AddDeviceAsync(owner, devices[0], default)).Refusal);
        Assert.Equal(Refusal.TooMany, (await house.Accounts.SetPassphraseAsync(owner, new("long enough to count"), default)).Refusal);
    }

    private static async Task Change(TestHouse house, DeviceRecord record) =>
        Assert.Equal(Refusal.None, await house.Store.Directory.ApplyAsync(new() { ChangedDevices = [record] }, default));

    private static async Task<Refusal> Login(TestHouse house, string password)
    {
        var opened = await house.Credentials.OpenAsync("ada@mail.test", new(password), "imap", default);
        opened.Value?.Dispose();
        return opened.Refusal;
    }
}
