using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Journal;

/// <summary>The immutable state of one realm: a pure function of the realm's entries.</summary>
public interface IRealmState<TSelf> where TSelf : class, IRealmState<TSelf>
{
    static abstract TSelf Empty { get; }

    /// <summary>The newest entry of the journal that this state has seen.</summary>
    ulong Sequence { get; }

    /// <summary>Octets of content that are there now.</summary>
    long UsageBytes { get; }

    /// <summary>About how many bytes it takes in memory.</summary>
    long MemoryBytes { get; }

    /// <summary>Whether a change only takes in what was accepted before: no quota is asked again.</summary>
    static abstract bool IsAccepted(Change change);

    /// <summary>Whether nothing more is kept after a change than before: it deletes, moves or marks.</summary>
    static abstract bool IsFreeing(Change change);

    /// <summary>The state after a change. Throws <see cref="JournalException"/> when the change can not follow this state.</summary>
    TSelf Apply(Change change, EntryStamp entry);
}

/// <summary>Where and when an entry stands in the journal.</summary>
/// <param name="Microseconds">Since 1970.</param>
public readonly record struct EntryStamp(ulong Sequence, long Microseconds)
{
    internal static EntryStamp Of(EntryHeader header) => new(header.Sequence, header.TimeMicroseconds);
}

/// <summary>The journal can not be read further: damaged, or written by a newer version. What is there is kept as it is.</summary>
public sealed class JournalException(string message) : Exception(message);

/// <summary>What a builder decided: a change with the answer once it is durable, or a refusal.</summary>
/// <param name="Change">Null when nothing has to change.</param>
public readonly record struct Proposal<T>(Change? Change, T? Value, Refusal Refusal)
{
    public static implicit operator Proposal<T>(Refusal refusal) => new(null, default, refusal);

    public static Proposal<T> Commit(Change change, T value) => new(change, value, Refusal.None);

    public static Proposal<T> Nothing(T value) => new(null, value, Refusal.None);
}
