using System.Buffers.Binary;
using System.Text;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>
/// What one device opened: for each epoch the naming key, the realms in its scope and, on a full device, the master key; all
/// in one locked block that is zeroed on disposal.
/// </summary>
public sealed class Keyring : IDisposable
{
    internal const byte MasterKind = 0;
    internal const byte NamingKind = 255;
    private const byte Version = 1;

    /// <summary>Version, length of the scopes, device secret, count of epochs.</summary>
    private const int FixedBytes = 4 + Sodium.KeyBytes;

    /// <summary>Number of an epoch, count of its keys.</summary>
    private const int EpochHeadBytes = 5;

    /// <summary>More epochs than a keyslot is ever expected to carry; bounds what a damaged one can ask for.</summary>
    internal const int EpochsMax = 1024;

    private readonly SecretBytes _block;
    private readonly EpochKeys[] _epochs;

    private Keyring(AccountId account, DeviceId device, Scopes scopes, SecretBytes block, SecretBytes deviceSecret, EpochKeys[] epochs) =>
        (Account, Device, Scopes, _block, DeviceSecret, _epochs) = (account, device, scopes, block, deviceSecret, epochs);

    public AccountId Account { get; }

    /// <summary>The device that was used; all zeros after recovery by words, before a new device exists.</summary>
    public DeviceId Device { get; }

    public Scopes Scopes { get; }

    /// <summary>X25519: opens what another device sealed to this one, such as the keys of an epoch that began while it was away.</summary>
    internal SecretBytes DeviceSecret { get; }

    /// <summary>The newest epoch: what everything written from now on is sealed under.</summary>
    public uint Epoch => _epochs[0].Epoch;

    /// <summary>Of a member's device (<see cref="Scopes.IsMember"/>) its member key, which names nothing.</summary>
    public SecretBytes NamingKey => _epochs[0].Naming;

    /// <summary>
    /// What a device that another account uses has in the place of the naming key: so it can not test whether the account has some
    /// content. One that was made before this was so has the account's own, and this follows from it.
    /// </summary>
    internal SecretBytes ShareNamingKey => _epochs[0].ShareNaming;

    /// <summary>Null on a scoped device.</summary>
    public SecretBytes? MasterKey => _epochs[0].Master;

    /// <summary>The realm's newest key; null when it is outside of the device's scope.</summary>
    public RealmKey? Find(Realm realm) => Find(realm, Epoch);

    /// <summary>The key of an older epoch, for what was sealed then; null when out of scope or unknown.</summary>
    public RealmKey? Find(Realm realm, uint epoch)
    {
        foreach (var keys in _epochs)
        {
            if (keys.Epoch == epoch) return Array.Find(keys.Realms, key => key.Realm == realm);
        }

        return null;
    }

    /// <summary>A realm's keys of all epochs, for an open account; null when it is outside of the device's scope.</summary>
    public RealmKeys? KeysOf(Realm realm)
    {
        var keys = _epochs.SelectMany(epoch => epoch.Realms).Where(key => key.Realm == realm).ToArray();
        return keys.Length == 0 || keys[0].Epoch != Epoch ? null : new(keys);
    }

    /// <summary>The naming keys of all epochs, newest first.</summary>
    internal IEnumerable<SecretBytes> NamingKeys => _epochs.Select(keys => keys.Naming);

    /// <summary>The same, and those of devices that other accounts use.</summary>
    internal IEnumerable<SecretBytes> AllNamingKeys => _epochs.SelectMany(keys => (SecretBytes[])[keys.Naming, keys.ShareNaming]);

    /// <summary>All that it knows, newest epoch first.</summary>
    internal IReadOnlyList<EpochKeys> Epochs => _epochs;

    /// <summary>The master keys of all epochs, newest first; only on a full device.</summary>
    internal IEnumerable<(uint Epoch, SecretBytes Key)> MasterKeys =>
        _epochs.Where(keys => keys.Master is not null).Select(keys => (keys.Epoch, keys.Master!));

    /// <summary>The naming key that a device of these scopes has of the epoch before the newest.</summary>
    internal SecretBytes NamingKeyBefore(Scopes scopes) => NamingOf(scopes, _epochs[1]);

    /// <summary>The public halves of the newest epoch's realms.</summary>
    public IEnumerable<SealingKey> SealingKeys => _epochs[0].Realms.Select(key => key.SealingKey);

    public void Dispose() => _block.Dispose();

    /// <summary>The keyring of a new account: a random master key in epoch 1.</summary>
    internal static Keyring Create(AccountId account)
    {
        using var master = SecretBytes.Random(Sodium.KeyBytes);
        using var payload = SecretBytes.Zeroed(PayloadBytes(Scopes.All, [1]));
        using var deviceSecret = SecretBytes.Random(Sodium.KeyBytes);
        var writer = new PayloadWriter(payload.Writable, Scopes.All, deviceSecret.Span, 1);
        writer.Epoch(1, 1);
        writer.Key(MasterKind, master.Span);
        return Read(account, default, payload.Span) ?? throw new InvalidOperationException("A keyring does not read back.");
    }

    /// <summary>A keyring that knows one epoch more, with a random master key.</summary>
    /// <returns>Null when this is no full device's keyring, or has as many epochs as one may have.</returns>
    internal Keyring? NextEpoch()
    {
        if (MasterKey is null || _epochs.Length == EpochsMax) return null;
        using var block = SecretBytes.Zeroed(EpochHeadBytes + 1 + Sodium.KeyBytes);
        using var master = SecretBytes.Random(Sodium.KeyBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(block.Writable, Epoch + 1);
        (block.Writable[4], block.Writable[5]) = (1, MasterKind);
        master.Span.CopyTo(block.Writable[6..]);
        return With(block.Span);
    }

    /// <summary>The newest epoch's keys for these scopes, as they stand in a payload.</summary>
    internal SecretBytes EpochBytes(Scopes scopes)
    {
        using var payload = Payload(scopes, DeviceSecret) ?? throw new ArgumentException("Not held by this keyring.", nameof(scopes));
        var epoch = payload.Span[(FixedBytes + payload.Span[1])..];
        return SecretBytes.Copy(epoch[..(EpochHeadBytes + (epoch[4] * (1 + Sodium.KeyBytes)))]);
    }

    /// <param name="epoch">The next epoch as it stands in a payload.</param>
    /// <returns>A keyring of its own with that epoch on top; null when it is not the next, or not of this device's scopes.</returns>
    internal Keyring? With(ReadOnlySpan<byte> epoch)
    {
        using var own = Payload(Scopes, DeviceSecret);
        if (own is null || _epochs.Length == EpochsMax) return null;
        using var payload = SecretBytes.Zeroed(own.Length + epoch.Length);
        var fixedBytes = FixedBytes + own.Span[1];
        own.Span[..fixedBytes].CopyTo(payload.Writable);
        BinaryPrimitives.WriteUInt16LittleEndian(payload.Writable[(fixedBytes - 2)..], (ushort)(_epochs.Length + 1));
        epoch.CopyTo(payload.Writable[fixedBytes..]);
        own.Span[fixedBytes..].CopyTo(payload.Writable[(fixedBytes + epoch.Length)..]);
        if (Read(Account, Device, payload.Span) is not { } newer) return null;
        var fits = newer.Epoch == Epoch + 1 && newer._epochs.Length == _epochs.Length + 1 && (newer.MasterKey is null) != Scopes.Full
            && newer._epochs[0].Realms.Select(key => key.Realm).SequenceEqual(Scopes.Realms);
        if (fits) return newer;
        newer.Dispose();
        return null;
    }

    /// <summary>The keys of an older keyring's scopes, of the epochs that this one knows; null when it does not hold them.</summary>
    internal Keyring? Renew(Keyring older)
    {
        using var payload = Payload(older.Scopes, older.DeviceSecret);
        return payload is null ? null : Read(Account, older.Device, payload.Span);
    }

    /// <summary>What a keyslot for these scopes wraps: the master keys, or the naming keys and the realms' secrets. FORMAT.md.</summary>
    /// <returns>Null when this keyring does not hold what the scopes ask for.</returns>
    internal SecretBytes? Payload(Scopes scopes, SecretBytes deviceSecret)
    {
        using var hold = _block.Use();
        if (scopes.IsMember) return MemberPayload(scopes, deviceSecret);
        var realms = scopes.Realms.ToArray();
        if (scopes.Full ? _epochs.Any(keys => keys.Master is null) : realms.Any(realm => Find(realm) is null)) return null;
        var counts = _epochs.Select(keys => scopes.Full ? 1 : 1 + keys.Realms.Count(key => scopes.Allows(key.Realm))).ToArray();
        var payload = SecretBytes.Zeroed(PayloadBytes(scopes, counts));
        var writer = new PayloadWriter(payload.Writable, scopes, deviceSecret.Span, _epochs.Length);
        for (var i = 0; i < _epochs.Length; i++)
        {
            var keys = _epochs[i];
            writer.Epoch(keys.Epoch, (byte)counts[i]);
            if (scopes.Full)
            {
                writer.Key(MasterKind, keys.Master!.Span);
                continue;
            }

            writer.Key(NamingKind, NamingOf(scopes, keys).Span);
            foreach (var key in keys.Realms.Where(key => scopes.Allows(key.Realm))) writer.Key((byte)key.Realm, key.Secret.Span);
        }

        return payload;
    }

    /// <summary>Of a member's device: its member key stands where the naming key does, and no realm's secret follows.</summary>
    private SecretBytes? MemberPayload(Scopes scopes, SecretBytes deviceSecret)
    {
        if (Find(scopes.Realms.First()) is not { } realm) return null;
        Span<byte> publicKey = stackalloc byte[Sodium.KeyBytes];
        Sodium.BoxPublicKey(publicKey, deviceSecret.Span);
        using var memberKey = ShareKey.OfMember(realm, Account, publicKey);
        var payload = SecretBytes.Zeroed(PayloadBytes(scopes, [1]));
        var writer = new PayloadWriter(payload.Writable, scopes, deviceSecret.Span, 1);
        writer.Epoch(Epoch, 1);
        writer.Key(NamingKind, memberKey.Span);
        return payload;
    }

    /// <returns>Null when the payload is malformed.</returns>
    internal static Keyring? Read(AccountId account, DeviceId name, ReadOnlySpan<byte> payload)
    {
        if (payload.Length < FixedBytes || payload[0] != Version || payload.Length < FixedBytes + payload[1]) return null;
        if (Scopes.Parse(Encoding.ASCII.GetString(payload.Slice(2, payload[1]))) is not { } scopes) return null;
        var rest = payload[(2 + payload[1])..];
        var deviceSecret = rest[..Sodium.KeyBytes];
        rest = rest[Sodium.KeyBytes..];
        var count = BinaryPrimitives.ReadUInt16LittleEndian(rest);
        if (count is 0 or > EpochsMax || Measure(rest[2..], count) is not { } blockBytes) return null;
        var builder = new KeyringBuilder(account, SecretBytes.Zeroed(Sodium.KeyBytes + blockBytes), scopes.IsShare);
        var device = builder.Key(deviceSecret);
        rest = rest[2..];
        var epochs = new EpochKeys[count];
        for (var i = 0; i < count; i++)
        {
            epochs[i] = builder.Epoch(ref rest, BinaryPrimitives.ReadUInt32LittleEndian(rest));
        }

        return new(account, name, scopes, builder.Block, device, epochs);
    }

    private SecretBytes NamingOf(Scopes scopes, EpochKeys keys) =>
        scopes.IsShare && !Scopes.IsShare ? keys.ShareNaming : keys.Naming;

    private static int PayloadBytes(Scopes scopes, IReadOnlyList<int> keyCounts) =>
        FixedBytes + Encoding.ASCII.GetByteCount(scopes.Text) + keyCounts.Sum(count => 5 + (count * (1 + Sodium.KeyBytes)));

    /// <summary>Walks the epochs without reading keys: the bytes that the derived keys need; null when something is malformed.</summary>
    private static int? Measure(ReadOnlySpan<byte> rest, int epochs)
    {
        var total = 0;
        var newest = uint.MaxValue;
        for (var i = 0; i < epochs; i++)
        {
            if (rest.Length < 5) return null;
            var epoch = BinaryPrimitives.ReadUInt32LittleEndian(rest);
            int count = rest[4];
            if (i > 0 && epoch >= newest) return null;
            newest = epoch;
            rest = rest[5..];
            if (count == 0 || rest.Length < count * (1 + Sodium.KeyBytes)) return null;
            for (var k = 0; k < count; k++)
            {
                // A master stands alone; otherwise the naming key comes first and realms follow.
                var kind = rest[k * (1 + Sodium.KeyBytes)];
                var expected = k == 0 ? (kind == MasterKind && count == 1) || kind == NamingKind : Enum.IsDefined((Realm)kind);
                if (!expected) return null;
            }

            total += rest[0] == MasterKind
                ? (4 * Sodium.KeyBytes) + (Enum.GetValues<Realm>().Length * RealmKey.BlockBytes)
                : (3 * Sodium.KeyBytes) + ((count - 1) * RealmKey.BlockBytes);
            rest = rest[(count * (1 + Sodium.KeyBytes))..];
        }

        return rest.IsEmpty ? total : null;
    }

    private ref struct PayloadWriter
    {
        private Span<byte> _rest;

        public PayloadWriter(Span<byte> payload, Scopes scopes, ReadOnlySpan<byte> deviceSecret, int epochs)
        {
            payload[0] = Version;
            var text = Encoding.ASCII.GetBytes(scopes.Text);
            payload[1] = checked((byte)text.Length);
            text.CopyTo(payload[2..]);
            deviceSecret.CopyTo(payload[(2 + text.Length)..]);
            BinaryPrimitives.WriteUInt16LittleEndian(payload[(2 + text.Length + deviceSecret.Length)..], checked((ushort)epochs));
            _rest = payload[(FixedBytes + text.Length)..];
        }

        public void Epoch(uint epoch, byte keys)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_rest, epoch);
            _rest[4] = keys;
            _rest = _rest[5..];
        }

        public void Key(byte kind, ReadOnlySpan<byte> key)
        {
            _rest[0] = kind;
            key.CopyTo(_rest[1..]);
            _rest = _rest[(1 + key.Length)..];
        }
    }
}
