using System.Security.Cryptography;

namespace CompatBot.Core.Vault;

/// <summary>
/// Slots for small secrets in shared slabs of locked memory. An allocation of libsodium's own costs four mappings and the
/// kernel grants a process some 65,000 (vm.max_map_count): slabs keep thousands of open accounts far below that.
/// </summary>
internal static unsafe class SecretArena
{
    /// <summary>A full device's keyring of one epoch needs 960 bytes.</summary>
    public const int SlotBytes = 1024;

    private const int SlotsPerSlab = 64;
    private static readonly Lock Gate = new();
    private static readonly Stack<nint> Free = new(SlotsPerSlab);

    /// <returns>A zeroed slot; null when no slab can be had. Slabs are kept for reuse and never handed back.</returns>
    public static byte* Rent()
    {
        lock (Gate)
        {
            if (Free.Count == 0)
            {
                var slab = Sodium.Allocate(SlotBytes * SlotsPerSlab);
                if (slab == null) return null;
                new Span<byte>(slab, SlotBytes * SlotsPerSlab).Clear();
                for (var slot = SlotsPerSlab - 1; slot >= 0; slot--) Free.Push((nint)(slab + (slot * SlotBytes)));
            }

            return (byte*)Free.Pop();
        }
    }

    /// <summary>Zeroes the slot and takes it back.</summary>
    public static void Return(byte* slot)
    {
        CryptographicOperations.ZeroMemory(new Span<byte>(slot, SlotBytes));
        lock (Gate) Free.Push((nint)slot);
    }
}
