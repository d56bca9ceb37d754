using System.Buffers.Binary;
using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>The 12 bytes in front of snapshot pieces and dropped items: magic, suite, realm, two zeros, epoch.</summary>
internal static class SealHeader
{
    public const int Length = 12;
    private const byte Suite = 1;

    public static void Write(Span<byte> destination, ReadOnlySpan<byte> magic, Realm realm, uint epoch)
    {
        magic.CopyTo(destination);
        destination[4] = Suite;
        destination[5] = (byte)realm;
        destination[6] = destination[7] = 0;
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], epoch);
    }

    public static bool TryRead(ReadOnlySpan<byte> source, ReadOnlySpan<byte> magic, out Realm realm, out uint epoch)
    {
        (realm, epoch) = (0, 0);
        if (source.Length < Length || !source.StartsWith(magic) || source[4] != Suite || source[6] != 0 || source[7] != 0) return false;
        realm = (Realm)source[5];
        epoch = BinaryPrimitives.ReadUInt32LittleEndian(source[8..]);
        return true;
    }
}
