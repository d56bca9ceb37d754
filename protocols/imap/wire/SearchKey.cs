namespace CompatBot.Protocols.Imap.Wire;

public enum DateComparison { Before, On, Since }

/// <summary>search-key (RFC 3501 section 6.4.4) as a tree.</summary>
public abstract record SearchKey
{
    /// <summary>How much a match costs: 0 needs a row of the mailbox, 1 the message's summary or header, 2 its whole content.</summary>
    public virtual int Cost => 0;

    public sealed record Every : SearchKey;

    /// <summary>System flags, all of them set or all of them clear.</summary>
    public sealed record Flags(ulong Mask, bool IsSet) : SearchKey;

    public sealed record Keyword(string Name, bool IsSet) : SearchKey;

    public sealed record Recent : SearchKey;

    public sealed record Sequence(SequenceSet Set, bool ByUid) : SearchKey;

    /// <summary>A greater UID, or a smaller one (RFC 9738 section 3.2).</summary>
    public sealed record Beyond(uint Uid, bool IsAfter) : SearchKey;

    /// <summary>A mod-sequence at least as great (RFC 7162 section 3.1.5).</summary>
    public sealed record ModSeq(ulong Least) : SearchKey;

    /// <summary>Arrived within so many seconds, or earlier (RFC 5032).</summary>
    public sealed record Within(uint Seconds, bool IsYounger) : SearchKey;

    /// <summary>RFC 8474 section 6.</summary>
    public sealed record EmailId(string Id) : SearchKey;

    public sealed record ThreadId(string Id) : SearchKey
    {
        public override int Cost => 1;
    }

    /// <summary>Size in bytes, more or less than, never equal to.</summary>
    public sealed record Size(uint Bytes, bool IsLarger) : SearchKey;

    public sealed record InternalDate(DateComparison Comparison, DateOnly Date) : SearchKey;

    /// <summary>RFC 8514 section 4.3.</summary>
    public sealed record SaveDate(DateComparison Comparison, DateOnly Date) : SearchKey;

    public sealed record SentDate(DateComparison Comparison, DateOnly Date) : SearchKey
    {
        public override int Cost => 1;
    }

    public sealed record Header(string Field, string Text) : SearchKey
    {
        public override int Cost => 1;
    }

    /// <summary>BODY, or TEXT, which searches the header too.</summary>
    public sealed record Content(string Text, bool WithHeader) : SearchKey
    {
        public override int Cost => 2;
    }

    public sealed record Not(SearchKey Key) : SearchKey
    {
        public override int Cost => Key.Cost;
    }

    public sealed record Or(SearchKey Left, SearchKey Right) : SearchKey
    {
        public override int Cost { get; } = Math.Max(Left.Cost, Right.Cost);
    }

    /// <summary>Whether a key of a kind is in it.</summary>
    public static bool Has<T>(SearchKey key) where T : SearchKey => key switch
    {
        T => true,
        Not not => Has<T>(not.Key),
        Or or => Has<T>(or.Left) || Has<T>(or.Right),
        And and => and.Keys.Any(Has<T>),
        _ => false,
    };

    /// <summary>Whether it names message numbers.</summary>
    public static bool HasNumbers(SearchKey key) => key switch
    {
        Sequence sequence => sequence is { ByUid: false, Set.IsSaved: false },
        Not not => HasNumbers(not.Key),
        Or or => HasNumbers(or.Left) || HasNumbers(or.Right),
        And and => and.Keys.Any(HasNumbers),
        _ => false,
    };

    /// <summary>Cheap keys first, so that the dear ones see few messages.</summary>
    public sealed record And : SearchKey
    {
        public And(IEnumerable<SearchKey> keys)
        {
            Keys = [.. keys.OrderBy(key => key.Cost)];
            Cost = Keys.Max(key => key.Cost);
        }

        public IReadOnlyList<SearchKey> Keys { get; }

        public override int Cost { get; }
    }
}
