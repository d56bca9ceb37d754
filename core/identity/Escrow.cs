using System.Security.Cryptography;
using System.Text;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Google.Protobuf;

namespace CompatBot.Core.Identity;

/// <summary>
/// A way in for the operator of a domain who chose to have one, for a company that may lose an employee's words: each account that is made
/// in the domain from then on gets a device more, whose password is sealed to the operator's escrow key. Its owner sees that device and may
/// revoke it. The key's secret half is no business of the server's.
/// </summary>
public static class Escrow
{
    /// <summary>What the device is called in the list of devices.</summary>
    public const string Label = "escrow of the domain's operator";

    /// <summary>Bytes of either half of an escrow key (X25519).</summary>
    public const int KeyBytes = Sodium.KeyBytes;

    private const int PlainBytes = AccountId.Length + AppPassword.Characters;

    /// <summary>A new key: its secret half, which the operator keeps elsewhere, and its public one.</summary>
    public static (byte[] Secret, byte[] Public) Draw()
    {
        var (secret, publicKey) = (RandomNumberGenerator.GetBytes(KeyBytes), new byte[KeyBytes]);
        Sodium.BoxPublicKey(publicKey, secret);
        return (secret, publicKey);
    }

    /// <summary>Whether an account was made with a device for the operator; he has it until it is revoked.</summary>
    public static bool IsIn(AccountRecord account) => Profiles.Read(account)?.Escrow.IsEmpty == false;

    /// <summary>The password of the operator's device.</summary>
    /// <returns>Null when there is none, or it is sealed to another key.</returns>
    public static AppPassword? Open(AccountRecord account, ReadOnlySpan<byte> secret)
    {
        if (Profiles.Read(account) is not { Escrow: { Length: PlainBytes + Sodium.SealBytes } stored }) return null;
        Span<byte> publicKey = stackalloc byte[KeyBytes], plain = stackalloc byte[PlainBytes];
        Sodium.BoxPublicKey(publicKey, secret);
        if (!Sodium.BoxOpen(plain, stored.Span, publicKey, secret)) return null;
        var isOwn = AccountId.FromBytes(plain) == account.Id; // Else somebody put another account's in its place.
        return isOwn ? AppPassword.Parse(Encoding.ASCII.GetString(plain[AccountId.Length..])) : null;
    }

    /// <summary>What a profile keeps of the password of the operator's device.</summary>
    internal static ByteString Seal(AccountId account, AppPassword password, ReadOnlySpan<byte> publicKey)
    {
        Span<byte> plain = stackalloc byte[PlainBytes];
        account.WriteTo(plain);
        password.CanonicalBytes.CopyTo(plain[AccountId.Length..]);
        var stored = new byte[PlainBytes + Sodium.SealBytes];
        if (!Sodium.BoxSeal(stored, plain, publicKey)) throw new CryptographicException("The escrow key is of low order");
        return UnsafeByteOperations.UnsafeWrap(stored);
    }
}
