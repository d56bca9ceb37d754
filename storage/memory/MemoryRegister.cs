using System.Collections.Immutable;
using CompatBot.Core.Store;

namespace CompatBot.Storage.Memory;

/// <summary>One version of the directory.</summary>
internal sealed record MemoryRegister(
    ImmutableSortedDictionary<string, DomainRecord> Domains,
    ImmutableDictionary<AccountId, MemoryAccount> Accounts,
    ImmutableSortedDictionary<string, AccountId> Addresses)
{
    public static readonly MemoryRegister Empty = new(
        ImmutableSortedDictionary.Create<string, DomainRecord>(StringComparer.Ordinal),
        ImmutableDictionary<AccountId, MemoryAccount>.Empty,
        ImmutableSortedDictionary.Create<string, AccountId>(StringComparer.Ordinal));
}

/// <param name="Aliases">In ordinal order, the primary address apart.</param>
/// <param name="Devices">In the order in which they were added.</param>
internal sealed record MemoryAccount(AccountRecord Record, ImmutableSortedSet<string> Aliases, ImmutableList<DeviceRecord> Devices);
