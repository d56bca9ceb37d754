using System.Buffers.Binary;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Xunit;

namespace CompatBot.UnitTests.Vault;

public sealed class KeyringTests
{
    private static readonly AccountId Account = AccountId.FromBytes(new byte[16]);

    [Fact]
    public void A_keyring_of_several_epochs_seals_with_the_newest_and_opens_all()
    {
        using var keyring = Keyring.Read(Account, default, Epochs(7, 3, 1))!;
        Assert.Equal(7u, keyring.Epoch);
        Assert.Equal(7u, keyring.Find(Realm.Mail)!.Epoch);
        Assert.All(keyring.SealingKeys, key => Assert.Equal(7u, key.Epoch));
        var old = keyring.Find(Realm.Mail, 3)!;
        Assert.NotEqual(old.JournalKey.Span.ToArray(), keyring.Find(Realm.Mail)!.JournalKey.Span.ToArray());
        var entry = EntrySeal.Seal(old, Account, new(Realm.Mail, 3, 1, 0, 0, default), "old"u8);
        EntrySeal.TryReadHeader(entry, out var header);
        Assert.Equal("old"u8, EntrySeal.Open(keyring.Find(header.Realm, header.Epoch)!, Account, entry)!);
        Assert.Null(keyring.Find(Realm.Mail, 2));
        using var payload = keyring.Payload(Scopes.Parse("files")!, keyring.DeviceSecret)!;
        using var files = Keyring.Read(Account, default, payload.Span)!;
        Assert.Equal(keyring.Find(Realm.Files, 1)!.JournalKey.Span, files.Find(Realm.Files, 1)!.JournalKey.Span);
        Assert.Null(files.Find(Realm.Mail, 1));
    }

    [Fact]
    public void Epochs_that_do_not_fall_or_are_too_many_are_refused()
    {
        Assert.Null(Keyring.Read(Account, default, Epochs(1, 2)));
        Assert.Null(Keyring.Read(Account, default, Epochs(2, 2)));
        Assert.Null(Keyring.Read(Account, default, Epochs()));
        var most = Enumerable.Range(1, Keyring.EpochsMax).Select(i => (uint)i).Reverse().ToArray();
        using var keyring = Keyring.Read(Account, default, Epochs(most));
        Assert.NotNull(keyring);
        Assert.Null(Keyring.Read(Account, default, Epochs([Keyring.EpochsMax + 1, .. most])));
    }

    [Fact]
    public void A_key_slot_opens_for_its_device_and_kind_alone()
    {
        using var owner = Keyring.Create(Account);
        using var key = SecretBytes.Random(32);
        using var payload = owner.Payload(Scopes.All, owner.DeviceSecret)!;
        var device = DeviceId.New();
        var stored = KeySlotSeal.Seal(key, Account, device, KeySlotKind.AppPassword, 1, payload.Span);
        using var opened = KeySlotSeal.Open(key, Account, device, KeySlotKind.AppPassword, stored);
        Assert.Equal(owner.MasterKey!.Span, opened!.MasterKey!.Span);
        Assert.Null(KeySlotSeal.Open(key, Account, DeviceId.New(), KeySlotKind.AppPassword, stored));
        Assert.Null(KeySlotSeal.Open(key, AccountId.New(), device, KeySlotKind.AppPassword, stored));
        Assert.Null(KeySlotSeal.Open(key, Account, device, KeySlotKind.Scram, stored));
        for (var i = 0; i < stored.Length; i++)
        {
            stored[i] ^= 1;
            Assert.Null(KeySlotSeal.Open(key, Account, device, KeySlotKind.AppPassword, stored));
            Assert.Null(KeySlotSeal.Open(key, Account, device, KeySlotKind.AppPassword, stored.AsSpan(0, i)));
            stored[i] ^= 1;
        }
    }

    [Fact]
    public void The_process_gives_no_core_dump()
    {
        Assert.True(ProcessHardening.Apply());
        var limit = File.ReadLines("/proc/self/limits").Single(line => line.StartsWith("Max core file size", StringComparison.Ordinal));
        Assert.Equal(["0", "0"], limit.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4..6]);
    }

    /// <summary>The payload of a full device with a made-up master key for each epoch.</summary>
    private static byte[] Epochs(params uint[] epochs)
    {
        List<byte> payload = [1, 1, (byte)'*', .. new byte[32], (byte)epochs.Length, (byte)(epochs.Length >> 8)];
        foreach (var epoch in epochs)
        {
            var number = new byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(number, epoch);
            payload.AddRange([.. number, 1, 0, .. Enumerable.Repeat((byte)epoch, 32)]);
        }

        return [.. payload];
    }
}
