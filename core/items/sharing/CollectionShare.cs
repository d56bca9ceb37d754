using System.Collections.Immutable;
using CompatBot.Core.Store;

namespace CompatBot.Core.Items.Sharing;

/// <summary>That a collection is shared: its entries have a part under a key of its own, which its members have.</summary>
/// <param name="Number">The entry that began it.</param>
/// <param name="Epoch">Of the realm secret from which its key follows.</param>
/// <param name="Devices">Those of the members, for which it began.</param>
public sealed record CollectionShare(ulong Number, uint Epoch, ImmutableArray<DeviceId> Devices)
{
    /// <summary>From here on numbers of items and collections are members', who do not know what is free in the realm.</summary>
    private const ulong MemberIds = 1UL << 62;

    /// <summary>How many numbers members may give in one share, as a power of two.</summary>
    private const int IdBits = 22;

    /// <summary>The first number that a member gives in a share.</summary>
    internal static ulong FirstId(ulong number) => MemberIds | (number << IdBits);

    /// <summary>Whether a member gave a number, in a share.</summary>
    internal static bool IsOf(ulong number, ulong id) => id >> IdBits == FirstId(number) >> IdBits;

    /// <summary>The next free number, once one was given: members count on their own.</summary>
    internal static ulong Next(ulong next, ulong given) => given >= MemberIds && next < MemberIds ? next : Math.Max(next, given + 1);
}
