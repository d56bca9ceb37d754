using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Content;

/// <summary>
/// Where content is cut into chunks: by the octets themselves (FastCDC, Xia et al. 2016), so that what is put in or taken out moves the
/// borders near it alone, and an edit of a long file stores only what it changed. Where the borders fall follows from a secret, so that
/// the lengths of the sealed chunks do not tell whose file it is.
/// </summary>
internal sealed class ChunkBorders
{
    /// <summary>Octets of a chunk that has a neighbour behind it, at least.</summary>
    public const int MinBytes = 512 << 10;

    /// <summary>Octets up to which borders are rare, and behind which they are frequent: most chunks are about this long.</summary>
    public const int NormalBytes = 1 << 20;

    /// <summary>Octets of a chunk, at most.</summary>
    public const int MaxBytes = BlobSeal.ContentBytesMax;

    /// <summary>A hash below it is a border in front of <see cref="NormalBytes"/>: one of 2^21.</summary>
    private const ulong RareBelow = 1UL << (64 - 21);

    /// <summary>The same behind it: one of 2^18.</summary>
    private const ulong FrequentBelow = 1UL << (64 - 18);

    /// <summary>Octets that a hash knows: those before them were moved out of its 64 bits.</summary>
    private const int HashedBytes = 64;

    private const int Lanes = 4;
    private const int LaneBytes = 2048;

    private readonly ulong[] _gear = new ulong[256];

    /// <param name="account">Whose content.</param>
    /// <param name="namingKey">The secret: where the names change, the borders may.</param>
    public ChunkBorders(AccountId account, SecretBytes namingKey)
    {
        using var hold = namingKey.Use();
        KeyLabel.Derive(namingKey.Span, account, KeyLabel.Borders, default, 0, MemoryMarshal.AsBytes(_gear.AsSpan()));
    }

    /// <summary>Looks for the end of a chunk.</summary>
    /// <param name="octets">What follows.</param>
    /// <param name="before">Octets that the chunk has already.</param>
    /// <param name="hash">Of them; 0 at the beginning of a chunk, and again behind its end.</param>
    /// <returns>How many octets the chunk takes up to its end; -1: all of them, and more may follow.</returns>
    public int Find(ReadOnlySpan<byte> octets, int before, ref ulong hash)
    {
        var (start, middle, end) = (At(MinBytes, octets), At(NormalBytes, octets), At(MaxBytes, octets));
        var border = Search(octets[start..middle], RareBelow, ref hash);
        if (border >= 0) return start + border;
        border = Search(octets[Math.Max(start, middle)..end], FrequentBelow, ref hash);
        if (border >= 0) return Math.Max(start, middle) + border;
        if (before + octets.Length < MaxBytes) return -1;
        hash = 0;
        return end;

        int At(int bytes, ReadOnlySpan<byte> octets) => Math.Clamp(bytes - before, 0, octets.Length);
    }

    /// <summary>Each octet moves those before it one place on, so that the hash knows the last 64.</summary>
    private int Search(ReadOnlySpan<byte> octets, ulong below, ref ulong hash)
    {
        var done = 0;
        while (octets.Length - done >= Lanes * LaneBytes && !HasBorder(octets.Slice(done, Lanes * LaneBytes), below, ref hash))
        {
            done += Lanes * LaneBytes;
        }

        var (value, gear) = (hash, _gear);
        for (var i = done; i < octets.Length; i++)
        {
            value = (value << 1) + gear[octets[i]];
            if (value >= below) continue;
            hash = 0;
            return i + 1;
        }

        hash = value;
        return -1;
    }

    /// <summary>
    /// Hashes a stretch in lanes side by side, as no step of one waits for another: each begins with the 64 octets before it, which are
    /// all that its hash knows.
    /// </summary>
    /// <param name="hash">Moves on when there is no border.</param>
    private bool HasBorder(ReadOnlySpan<byte> octets, ulong below, ref ulong hash)
    {
        ref var gear = ref MemoryMarshal.GetArrayDataReference(_gear);
        var first = octets[..LaneBytes];
        var second = octets.Slice(LaneBytes, LaneBytes);
        var third = octets.Slice(2 * LaneBytes, LaneBytes);
        var fourth = octets.Slice(3 * LaneBytes, LaneBytes);
        var (one, two, three, four) = (hash, Fold(first[^HashedBytes..]), Fold(second[^HashedBytes..]), Fold(third[^HashedBytes..]));
        for (var i = 0; i < first.Length && i < second.Length && i < third.Length && i < fourth.Length; i++)
        {
            one = (one << 1) + Unsafe.Add(ref gear, first[i]);
            two = (two << 1) + Unsafe.Add(ref gear, second[i]);
            three = (three << 1) + Unsafe.Add(ref gear, third[i]);
            four = (four << 1) + Unsafe.Add(ref gear, fourth[i]);
            if (one < below || two < below || three < below || four < below) return true;
        }

        hash = four;
        return false;
    }

    private ulong Fold(ReadOnlySpan<byte> octets)
    {
        var value = 0UL;
        foreach (var octet in octets) value = (value << 1) + _gear[octet];
        return value;
    }
}
