using System.Buffers.Binary;
using System.Security.Cryptography;
using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>
/// Every key comes from another by HKDF-SHA-256 with the account id as salt and, as info, a label, the realm's number
/// (0: none) and the epoch (32 bits, little-endian; 0: none). The labels are part of the stored format (FORMAT.md).
/// </summary>
internal static class KeyLabel
{
    public static ReadOnlySpan<byte> Recovery => "compatbot recovery v1"u8;

    public static ReadOnlySpan<byte> Realm => "compatbot realm v1"u8;

    public static ReadOnlySpan<byte> Naming => "compatbot naming v1"u8;

    public static ReadOnlySpan<byte> ShareNaming => "compatbot share naming v1"u8;

    public static ReadOnlySpan<byte> Share => "compatbot share v1"u8;

    public static ReadOnlySpan<byte> Member => "compatbot member v1"u8;

    public static ReadOnlySpan<byte> Envelope => "compatbot envelope v1"u8;

    public static ReadOnlySpan<byte> Borders => "compatbot borders v1"u8;

    public static ReadOnlySpan<byte> Journal => "compatbot journal v1"u8;

    public static ReadOnlySpan<byte> Snapshot => "compatbot snapshot v1"u8;

    public static ReadOnlySpan<byte> Piece => "compatbot piece v1"u8;

    public static ReadOnlySpan<byte> Sealing => "compatbot sealing v1"u8;

    public static ReadOnlySpan<byte> Head => "compatbot head v1"u8;

    public static ReadOnlySpan<byte> Device => "compatbot device v1"u8;

    public static ReadOnlySpan<byte> Grant => "compatbot grant v1"u8;

    public static ReadOnlySpan<byte> Verifier => "compatbot verifier v1"u8;

    public static ReadOnlySpan<byte> Wrap => "compatbot wrap v1"u8;

    public static ReadOnlySpan<byte> Queue => "compatbot queue v1"u8;

    public static ReadOnlySpan<byte> Notes => "compatbot notes v1"u8;

    public static ReadOnlySpan<byte> Attended => "compatbot attended v1"u8;

    public static ReadOnlySpan<byte> Push => "compatbot push v1"u8;

    public static ReadOnlySpan<byte> Link => "compatbot link v1"u8;

    public static ReadOnlySpan<byte> LinkId => "compatbot link id v1"u8;

    public static ReadOnlySpan<byte> LinkVerifier => "compatbot link verifier v1"u8;

    public static ReadOnlySpan<byte> Deed => "compatbot deed v1"u8;

    public static ReadOnlySpan<byte> Scram => "compatbot scram wrap v1"u8;

    public static void Derive(
        ReadOnlySpan<byte> key, AccountId account, ReadOnlySpan<byte> label, Realm realm, uint epoch, Span<byte> output)
    {
        Span<byte> salt = stackalloc byte[AccountId.Length];
        account.WriteTo(salt);
        Span<byte> info = stackalloc byte[label.Length + 5];
        label.CopyTo(info);
        info[label.Length] = (byte)realm;
        BinaryPrimitives.WriteUInt32LittleEndian(info[(label.Length + 1)..], epoch);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, output, salt, info);
    }
}
