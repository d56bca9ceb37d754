using System.Buffers.Binary;
using System.Security.Cryptography;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Identity;

/// <summary>
/// Says that a device's public key and card were made by somebody with the account's master key. A rotation seals new keys to that
/// public key, as far as the card's scopes go: without the proof, who can write the directory would choose both (FORMAT.md).
/// </summary>
internal static class DeviceProof
{
    private const int Length = sizeof(uint) + HMACSHA256.HashSizeInBytes;

    /// <param name="device">All zeros for the recovery key.</param>
    /// <param name="card">The sealed card; for the recovery key, the identity's public key.</param>
    public static byte[] Make(Keyring owner, DeviceId device, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> card)
    {
        if (owner.MasterKey is not { } master) throw new ArgumentException("Not a full device's keyring.", nameof(owner));
        var proof = new byte[Length];
        BinaryPrimitives.WriteUInt32LittleEndian(proof, owner.Epoch);
        using var key = SecretBytes.Zeroed(Sodium.KeyBytes);
        using (master.Use()) KeyLabel.Derive(master.Span, owner.Account, KeyLabel.Device, 0, owner.Epoch, key.Writable);
        HMACSHA256.HashData(key.Span, (byte[])[.. device.ToBytes(), .. publicKey, .. card], proof.AsSpan(sizeof(uint)));
        return proof;
    }

    /// <summary>Only the newest epoch's proof counts: a thief has the master keys of those before.</summary>
    public static bool Holds(
        Keyring owner, ReadOnlySpan<byte> proof, DeviceId device, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> card) =>
        publicKey.Length == Sodium.KeyBytes && CryptographicOperations.FixedTimeEquals(Make(owner, device, publicKey, card), proof);
}
