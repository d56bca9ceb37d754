using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace CompatBot.UnitTests.Vault;

/// <summary>
/// Looks for secrets in the writable memory of this very process, as a dump or a swapped page would show it. What it looks for it keeps
/// masked, so that it does not find itself.
/// </summary>
internal sealed unsafe class MemoryScan : IDisposable
{
    private const int SecretBytes = 32;
    private const int BufferBytes = 1 << 20;
    private const int TableBits = 16;
    private const ulong Spread = 0x9E3779B97F4A7C15;

    private readonly List<(string Name, byte[] Masked, byte[] Mask)> _secrets = [];
    private readonly bool[] _table = new bool[1 << TableBits];
    private readonly byte* _buffer = (byte*)NativeMemory.Alloc(BufferBytes + SecretBytes);

    /// <summary>Where a secret lies.</summary>
    /// <param name="IsKeptOut">In pages that are left out of dumps, as locked secrets are.</param>
    public readonly record struct Find(string Name, bool IsKeptOut, string Region);

    /// <summary>Remembers what to look for.</summary>
    public void Add(string name, ReadOnlySpan<byte> secret)
    {
        var mask = RandomNumberGenerator.GetBytes(SecretBytes);
        var masked = new byte[SecretBytes];
        for (var i = 0; i < SecretBytes; i++) masked[i] = (byte)(secret[i] ^ mask[i]);
        _secrets.Add((name, masked, mask));
        _table[Hash(MemoryMarshal.Read<ulong>(secret))] = true;
    }

    public List<Find> Look()
    {
        var found = new List<Find>();
        using var memory = File.OpenRead("/proc/self/mem");
        foreach (var (from, to, name, isKeptOut) in Regions())
        {
            if (from <= (ulong)_buffer && (ulong)_buffer < to) continue; // Shows again what was read from elsewhere.
            for (var at = from; at < to; at += BufferBytes)
            {
                var wanted = (int)Math.Min(BufferBytes + SecretBytes, to - at);
                var read = Read(memory, at, new Span<byte>(_buffer, wanted));
                Search(new ReadOnlySpan<byte>(_buffer, read), secret => found.Add(new Find(secret, isKeptOut, $"{name} at {at:x}")));
            }
        }

        new Span<byte>(_buffer, BufferBytes + SecretBytes).Clear();
        return found;
    }

    public void Dispose() => NativeMemory.Free(_buffer);

    private static int Read(FileStream memory, ulong at, Span<byte> into)
    {
        try
        {
            return RandomAccess.Read(memory.SafeFileHandle, into, (long)at);
        }
        catch (IOException)
        {
            return 0; // Unmapped since, or a guard page.
        }
    }

    private void Search(ReadOnlySpan<byte> bytes, Action<string> found)
    {
        for (var at = 0; at <= bytes.Length - SecretBytes; at++)
        {
            if (!_table[Hash(MemoryMarshal.Read<ulong>(bytes[at..]))]) continue;
            foreach (var (name, masked, mask) in _secrets)
            {
                var same = 0;
                while (same < SecretBytes && (byte)(masked[same] ^ mask[same]) == bytes[at + same]) same++;
                if (same == SecretBytes) found(name);
            }
        }
    }

    private static int Hash(ulong first) => (int)((first * Spread) >> (64 - TableBits));

    /// <summary>What can be written to: nobody's key is in a program's text.</summary>
    private static List<(ulong From, ulong To, string Name, bool IsKeptOut)> Regions()
    {
        var regions = new List<(ulong, ulong, string, bool)>();
        var (from, to, name) = (0UL, 0UL, "");
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words[0].Contains('-', StringComparison.Ordinal))
            {
                var ends = words[0].Split('-');
                var isWritable = words[1].StartsWith("rw", StringComparison.Ordinal);
                (from, to) = isWritable ? (Hex(ends[0]), Hex(ends[1])) : (0, 0);
                name = words.Length > 5 ? words[5] : "anonymous";
            }
            else if (words[0] == "VmFlags:" && to > from)
            {
                regions.Add((from, to, name, words.Contains("dd")));
            }
        }

        return regions;
    }

    private static ulong Hex(string text) => ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
