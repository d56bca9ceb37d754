using System.Security.Cryptography;
using CompatBot.Core.Identity.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Identity;

/// <summary>Turns an address and a password (or a SCRAM proof) into an open keyring.</summary>
/// <param name="decoySecret">
/// 32 bytes that make the SCRAM salts of addresses that do not exist. Kept by the host across restarts, else such salts change
/// with each start and tell who exists; random when empty.
/// </param>
public sealed class Credentials(IStore store, PassphraseStretcher stretcher, ReadOnlyMemory<byte> decoySecret = default)
{
    /// <summary>How often profile and device are read until they fit together.</summary>
    private const int ReadsMax = 3;

    private static readonly byte[] DecoyVerifier = new byte[Sodium.KeyBytes];

    private readonly IDirectory _directory = store.Directory;
    private readonly byte[] _decoySecret = decoySecret.IsEmpty ? RandomNumberGenerator.GetBytes(32) : decoySecret.ToArray();

    /// <param name="protocol">The name that scopes use, such as "imap". Passphrases count in "portal" and "cli" alone.</param>
    /// <returns>
    /// The keys of the device that has this password. BadCredentials: no such address or password, at the same cost.
    /// NotPermitted: the device may not use this protocol. Damaged: the slot does not open. Unavailable: try again.
    /// </returns>
    public async ValueTask<Outcome<Keyring>> OpenAsync(
        string address, Password password, string protocol, CancellationToken cancellation)
    {
        if (password.Value.Length > Password.CharactersMax) return Refusal.BadCredentials;
        var account = Address.Parse(address) is { } parsed ? await _directory.OwnerAsync(parsed.ToString(), cancellation) : null;
        var devices = await _directory.DevicesAsync(account?.Id ?? default, cancellation);
        if (AppPassword.Parse(password.Value) is { } appPassword)
        {
            return await OpenWithAppPasswordAsync(account, devices, appPassword, protocol, cancellation);
        }

        return TakesPassphrases(protocol)
            ? await OpenWithPassphraseAsync(account, devices, password, protocol, cancellation)
            : Refusal.BadCredentials;
    }

    /// <summary>The device of an account that has a password; null: none.</summary>
    internal async ValueTask<DeviceId?> DeviceOfAsync(AccountId account, AppPassword password, CancellationToken cancellation)
    {
        using var keys = new SlotKeys(password.CanonicalBytes, account);
        return Match(await _directory.DevicesAsync(account, cancellation), keys)?.Record.Id;
    }

    /// <summary>What SCRAM answers before it knows the device; for an unknown address, the same on every call.</summary>
    internal async ValueTask<ScramTarget> ScramTargetAsync(string address, CancellationToken cancellation)
    {
        var parsed = Address.Parse(address)?.ToString();
        var account = parsed is null ? null : await _directory.OwnerAsync(parsed, cancellation);
        var profile = account is null ? null : Profiles.Read(account);
        if (profile is { ScramSalt.Length: > 0, ScramIterations: >= ScramKeys.Iterations and <= int.MaxValue })
        {
            return new(account, profile, profile.ScramSalt.ToByteArray(), (int)profile.ScramIterations);
        }

        var salt = HMACSHA256.HashData(_decoySecret, System.Text.Encoding.UTF8.GetBytes(parsed ?? address))[..ScramKeys.SaltBytes];
        return new(null, null, salt, ScramKeys.Iterations);
    }

    internal ValueTask<IReadOnlyList<DeviceRecord>> DevicesAsync(ScramTarget target, CancellationToken cancellation) =>
        _directory.DevicesAsync(target.Account?.Id ?? default, cancellation);

    /// <summary>The device whose verifier this is. Looks at all of them whatever it finds.</summary>
    internal static (DeviceRecord Record, DeviceSlot Slot)? Match(IReadOnlyList<DeviceRecord> devices, SlotKeys keys)
    {
        (DeviceRecord, DeviceSlot)? found = null;
        CryptographicOperations.FixedTimeEquals(DecoyVerifier, keys.Verifier.Span);
        foreach (var record in devices)
        {
            if (Devices.Read(record) is not { } slot) continue;
            if (CryptographicOperations.FixedTimeEquals(slot.Verifier.Span, keys.Verifier.Span)) found = (record, slot);
        }

        return found;
    }

    /// <summary>
    /// The last steps of every login: the slot and the grants of later epochs open, the profile is the keyring's own, the protocol is in
    /// scope. When they do not fit together, a rotation may lie between the reading of one and the other: both are read again.
    /// </summary>
    internal async ValueTask<Outcome<Keyring>> OpenSlotAsync(
        AccountProfile? profile, DeviceRecord device, SecretBytes key, KeySlotKind kind, string protocol, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var opened = Open(profile, device, key, kind, protocol);
            if (opened.Refusal != Refusal.Damaged || attempt == ReadsMax) return opened;
            var account = await _directory.AccountAsync(device.Account, cancellation);
            var devices = await _directory.DevicesAsync(device.Account, cancellation);
            if (account is null || devices.FirstOrDefault(one => one.Id == device.Id) is not { } newer) return Refusal.BadCredentials;
            (profile, device) = (Profiles.Read(account), newer);
        }
    }

    private static Outcome<Keyring> Open(
        AccountProfile? profile, DeviceRecord device, SecretBytes key, KeySlotKind kind, string protocol)
    {
        if (profile is null || Devices.Read(device) is not { } slot) return Refusal.Damaged;
        if (slot.Drop is not null) return Refusal.NotPermitted; // It has no keys: DropDevices logs it in.
        var stored = kind == KeySlotKind.Scram ? slot.Scram?.KeySlot : slot.KeySlot;
        if (stored is null || KeySlotSeal.Open(key, device.Account, device.Id, kind, stored.Span) is not { } first) return Refusal.Damaged;
        if (EpochGrant.OpenAll(first, slot.Grants.Select(grant => grant.Memory)) is not { } keyring) return Refusal.Damaged;
        var refusal = !Profiles.Agrees(profile, keyring) ? Refusal.Damaged
            : !keyring.Scopes.Allows(protocol) ? Refusal.NotPermitted
            : Refusal.None;
        if (refusal is Refusal.None) return keyring;
        keyring.Dispose();
        return refusal;
    }

    private static bool TakesPassphrases(string protocol) => protocol is "portal" or "cli";

    private async ValueTask<Outcome<Keyring>> OpenWithAppPasswordAsync(
        AccountRecord? account,
        IReadOnlyList<DeviceRecord> devices,
        AppPassword password,
        string protocol,
        CancellationToken cancellation)
    {
        using var keys = new SlotKeys(password.CanonicalBytes, account?.Id ?? default);
        if (Match(devices, keys) is not { } match || account is null) return Refusal.BadCredentials;
        var profile = Profiles.Read(account);
        return await OpenSlotAsync(profile, match.Record, keys.WrapKey, KeySlotKind.AppPassword, protocol, cancellation);
    }

    private async ValueTask<Outcome<Keyring>> OpenWithPassphraseAsync(
        AccountRecord? account, IReadOnlyList<DeviceRecord> devices, Password password, string protocol, CancellationToken cancellation)
    {
        var device = devices.FirstOrDefault(record => Devices.Read(record)?.Stretch is not null);
        var slot = device is null ? null : Devices.Read(device);
        var stretched = await stretcher.StretchAsync(password, slot?.Stretch ?? PassphraseStretcher.NewParameters(), cancellation);
        if (stretched.Declined) return stretched.Refusal;
        using var secret = stretched.Value;
        using var keys = new SlotKeys(secret.Span, account?.Id ?? default);
        var right = CryptographicOperations.FixedTimeEquals(slot is null ? DecoyVerifier : slot.Verifier.Span, keys.Verifier.Span);
        if (!right || account is null || device is null || slot is null) return Refusal.BadCredentials;
        return await OpenSlotAsync(Profiles.Read(account), device, keys.WrapKey, KeySlotKind.Passphrase, protocol, cancellation);
    }
}

/// <summary>Whom a SCRAM exchange is about; no account for an address that does not exist.</summary>
internal sealed record ScramTarget(AccountRecord? Account, AccountProfile? Profile, byte[] Salt, int Iterations);
