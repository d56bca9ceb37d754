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
        var (value, gear) = (hash, _gear);
        for (var i = 0; i < octets.Length; i++)
        {
            value = (value << 1) + gear[octets[i]];
            if (value >= below) continue;
            hash = 0;
            return i + 1;
        }

        hash = value;
        return -1;
    }
}
