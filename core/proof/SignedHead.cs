using System.Buffers.Binary;
using CompatBot.Core.Journal;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Proof;

/// <summary>Who signed a head. Numbers are part of the stored format.</summary>
public enum HeadSigner : byte
{
    /// <summary>The account's own head key, which its identity certified: a full device was connected.</summary>
    Account = 1,

    /// <summary>The server's host key.</summary>
    Host = 2,
}

/// <summary>A statement that an account's journal had come this far, with the key that signed it (FORMAT.md).</summary>
/// <param name="TimeMicroseconds">Since 1970: when it was signed.</param>
/// <param name="Epoch">Of the account's head key; 0 for the host.</param>
public sealed record SignedHead(
    AccountId Account, JournalHead Head, long TimeMicroseconds, HeadSigner Signer, uint Epoch, ReadOnlyMemory<byte> Signature)
{
    /// <summary>Bytes of a head as it is kept.</summary>
    public const int Length = SignedLength + SignatureLength;

    private const int SignedLength = 76;
    private const int SignatureLength = 64;
    private const byte Suite = 1;

    private static ReadOnlySpan<byte> Magic => "CBHD"u8;

    /// <param name="sign">Writes 64 bytes: the Ed25519 signature of the first.</param>
    internal static SignedHead Make(
        AccountId account, JournalHead head, long timeMicroseconds, HeadSigner signer, uint epoch, SignHead sign)
    {
        var unsigned = new SignedHead(account, head, timeMicroseconds, signer, epoch, default);
        Span<byte> statement = stackalloc byte[SignedLength];
        unsigned.WriteStatement(statement);
        var signature = new byte[SignatureLength];
        sign(statement, signature);
        return unsigned with { Signature = signature };
    }

    /// <returns>Null when the bytes are no head.</returns>
    public static SignedHead? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length || !bytes.StartsWith(Magic) || bytes[4] != Suite || bytes[6] != 0 || bytes[7] != 0) return null;
        var signer = (HeadSigner)bytes[5];
        if (signer is not (HeadSigner.Account or HeadSigner.Host)) return null;
        var head = new JournalHead(BinaryPrimitives.ReadUInt64LittleEndian(bytes[28..]), new BlobName(bytes.Slice(36, BlobName.Length)));
        return new(
            AccountId.FromBytes(bytes[8..]),
            head,
            BinaryPrimitives.ReadInt64LittleEndian(bytes[68..]),
            signer,
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]),
            bytes[SignedLength..].ToArray());
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[Length];
        WriteStatement(bytes);
        Signature.Span.CopyTo(bytes.AsSpan(SignedLength));
        return bytes;
    }

    public bool Verify(ReadOnlySpan<byte> publicKey)
    {
        Span<byte> statement = stackalloc byte[SignedLength];
        WriteStatement(statement);
        return Sodium.Verify(Signature.Span, statement, publicKey);
    }

    private void WriteStatement(Span<byte> bytes)
    {
        Magic.CopyTo(bytes);
        (bytes[4], bytes[5], bytes[6], bytes[7]) = (Suite, (byte)Signer, 0, 0);
        Account.WriteTo(bytes[8..]);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[24..], Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[28..], Head.Sequence);
        Head.Hash.WriteTo(bytes[36..]);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[68..], TimeMicroseconds);
    }
}

/// <summary>Ed25519 over a statement of a head.</summary>
internal delegate void SignHead(ReadOnlySpan<byte> statement, Span<byte> signature);
