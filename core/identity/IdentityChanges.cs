using System.Buffers.Binary;
using CompatBot.Core.Identity.Proto;
using CompatBot.Core.Proof;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Identity;

/// <summary>Who vouches for it that an account's new words follow its old ones.</summary>
public enum IdentityVoucher
{
    /// <summary>Nobody whose signature holds.</summary>
    None,

    /// <summary>The old words.</summary>
    OldIdentity,

    /// <summary>A full device, by a head key that the old words had certified.</summary>
    FullDevice,
}

/// <summary>The record of an account's identities, one after the other (FORMAT.md).</summary>
internal static class IdentityChanges
{
    public const int SignatureBytes = 64;

    private static ReadOnlySpan<byte> Label => "compatbot identity v1"u8;

    /// <summary>What is signed.</summary>
    public static byte[] Statement(AccountId account, IdentityChange change)
    {
        Span<byte> time = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(time, change.Microseconds);
        return [.. Label, .. account.ToBytes(), .. change.OldKey.Span, .. change.NewKey.Span, .. time];
    }

    public static IdentityVoucher VoucherOf(AccountId account, IdentityChange change)
    {
        var statement = Statement(account, change);
        if (change.OldKey.Length != Sodium.KeyBytes || change.Signature.Length != SignatureBytes) return IdentityVoucher.None;
        if (change.HeadKey is null)
        {
            return Sodium.Verify(change.Signature.Span, statement, change.OldKey.Span) ? IdentityVoucher.OldIdentity : IdentityVoucher.None;
        }

        return HeadKey.IsCertified(change.HeadKey, account, change.OldKey.Span)
            && Sodium.Verify(change.Signature.Span, statement, change.HeadKey.PublicKey.Span)
                ? IdentityVoucher.FullDevice
                : IdentityVoucher.None;
    }
}
