using System.Buffers.Binary;
using System.Security.Cryptography;
using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>A part of an entry that is to be.</summary>
/// <param name="Key">Of the share (<see cref="ShareKey"/>).</param>
/// <param name="Number">Of the share: the entry that began it, which may be this one.</param>
/// <param name="Wraps">Where it begins here: its secret, for each member (<see cref="ShareWrap"/>).</param>
internal sealed record NewPart(RealmKey Key, ulong Number, IReadOnlyList<byte[]> Wraps, byte[] Body);

/// <summary>Where a part lies in a stored entry.</summary>
/// <param name="Epoch">Of the realm secret from which the share's key follows.</param>
/// <param name="Start">Of its head.</param>
internal readonly record struct EntryPart(uint Epoch, ulong Number, int Wraps, int BodyBytes, int Start)
{
    public int WrapsStart => Start + PartSeal.HeadBytes;

    public int SealedStart => WrapsStart + (Wraps * ShareWrap.Bytes);

    public int End => SealedStart + Sodium.NonceBytes + BodyBytes + Sodium.TagBytes;

    public ReadOnlySpan<byte> Wrap(ReadOnlySpan<byte> stored, int index) =>
        stored.Slice(WrapsStart + (index * ShareWrap.Bytes), ShareWrap.Bytes);
}

/// <summary>
/// Parts of journal entries: what concerns a share, under the share's key, behind the body that the realm's key opens. Account, entry
/// header, the part's head and its wraps are associated data (FORMAT.md 1.5).
/// </summary>
internal static class PartSeal
{
    /// <summary>Epoch, number, length of the body, count of wraps, zeros.</summary>
    public const int HeadBytes = 20;

    public static int LengthOf(NewPart part) =>
        HeadBytes + (part.Wraps.Count * ShareWrap.Bytes) + Sodium.NonceBytes + part.Body.Length + Sodium.TagBytes;

    /// <summary>Writes parts into an entry, whose header is there, from an offset to its end.</summary>
    public static void Seal(AccountId account, Span<byte> stored, int start, IReadOnlyList<NewPart> parts)
    {
        foreach (var part in parts)
        {
            var place = new EntryPart(part.Key.Epoch, part.Number, part.Wraps.Count, part.Body.Length, start);
            var head = stored.Slice(start, HeadBytes);
            BinaryPrimitives.WriteUInt32LittleEndian(head, place.Epoch);
            BinaryPrimitives.WriteUInt64LittleEndian(head[4..], place.Number);
            BinaryPrimitives.WriteUInt32LittleEndian(head[12..], (uint)place.BodyBytes);
            BinaryPrimitives.WriteUInt16LittleEndian(head[16..], (ushort)place.Wraps);
            BinaryPrimitives.WriteUInt16LittleEndian(head[18..], 0);
            for (var i = 0; i < place.Wraps; i++) part.Wraps[i].CopyTo(stored[(place.WrapsStart + (i * ShareWrap.Bytes))..]);
            var nonce = stored.Slice(place.SealedStart, Sodium.NonceBytes);
            RandomNumberGenerator.Fill(nonce);
            var sealedBody = stored[(place.SealedStart + Sodium.NonceBytes)..place.End];
            using var hold = part.Key.JournalKey.Use();
            Sodium.Encrypt(sealedBody, part.Body, Associated(account, stored, place), nonce, part.Key.JournalKey.Span);
            start = place.End;
        }
    }

    /// <returns>Null when they do not fill the entry from there to its end, or there is none.</returns>
    public static IReadOnlyList<EntryPart>? Find(ReadOnlySpan<byte> stored, int start)
    {
        var parts = new List<EntryPart>();
        while (start < stored.Length)
        {
            if (stored.Length - start < HeadBytes) return null;
            var head = stored[start..];
            var bodyBytes = BinaryPrimitives.ReadUInt32LittleEndian(head[12..]);
            var wraps = BinaryPrimitives.ReadUInt16LittleEndian(head[16..]);
            if (bodyBytes > stored.Length || BinaryPrimitives.ReadUInt16LittleEndian(head[18..]) != 0) return null;
            var part = new EntryPart(
                BinaryPrimitives.ReadUInt32LittleEndian(head),
                BinaryPrimitives.ReadUInt64LittleEndian(head[4..]),
                wraps,
                (int)bodyBytes,
                start);
            if (part.End > stored.Length) return null;
            parts.Add(part);
            start = part.End;
        }

        return parts.Count == 0 ? null : parts;
    }

    /// <returns>The body; null when it does not verify under this key, for this account, in this entry.</returns>
    public static byte[]? Open(RealmKey key, AccountId account, ReadOnlySpan<byte> stored, in EntryPart part)
    {
        if (part.Epoch != key.Epoch || stored[5] != (byte)key.Realm) return null;
        using var hold = key.JournalKey.Use();
        var body = GC.AllocateUninitializedArray<byte>(part.BodyBytes);
        var nonce = stored.Slice(part.SealedStart, Sodium.NonceBytes);
        var sealedBody = stored[(part.SealedStart + Sodium.NonceBytes)..part.End];
        return Sodium.Decrypt(body, sealedBody, Associated(account, stored, part), nonce, key.JournalKey.Span) ? body : null;
    }

    private static byte[] Associated(AccountId account, ReadOnlySpan<byte> stored, in EntryPart part)
    {
        var own = stored[part.Start..part.SealedStart];
        var associated = new byte[AccountId.Length + EntryHeader.Length + own.Length];
        account.WriteTo(associated);
        stored[..EntryHeader.Length].CopyTo(associated.AsSpan(AccountId.Length));
        own.CopyTo(associated.AsSpan(AccountId.Length + EntryHeader.Length));
        return associated;
    }
}
