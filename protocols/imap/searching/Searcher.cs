using System.Collections.Concurrent;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Searching;

/// <summary>
/// Holds messages against a search key (RFC 3501 section 6.4.4). What a row of the mailbox answers is answered without reading
/// anything; headers and bodies are opened only where the rest of the key leaves it open. Several messages may be looked at at once.
/// </summary>
public sealed class Searcher(ImapSession session, MailboxView view)
{
    private readonly ConcurrentDictionary<string, TextSearch> _texts = [];
    private readonly ConcurrentBag<TextSignature.Builder> _signatures = [];
    private readonly HashSet<uint> _saved = [.. view.Saved];
    private readonly long _now = session.Services.Time.GetUtcNow().ToUnixTimeSeconds();
    private readonly ConcurrentDictionary<SearchKey, List<(uint From, uint To)>> _sets = new(ReferenceEqualityComparer.Instance);

    /// <summary>Message numbers beyond the mailbox are a mistake; so are they inside of a search key.</summary>
    public bool IsWithin(SearchKey key) => key switch
    {
        SearchKey.Sequence { ByUid: false, Set.IsSaved: false } sequence => sequence.Set.IsWithin(view.Messages.Count),
        SearchKey.Not not => IsWithin(not.Key),
        SearchKey.Or or => IsWithin(or.Left) && IsWithin(or.Right),
        SearchKey.And and => and.Keys.All(IsWithin),
        _ => true,
    };

    /// <summary>The last row of those that a search looks at, from the highest UID down; 0: it looks at all.</summary>
    /// <param name="key">What it names by numbers and UIDs is what it looks at.</param>
    /// <param name="most">How many it may look at; one or more.</param>
    public int LowestOf(SearchKey key, int most)
    {
        if (view.Messages.Count <= most) return 0;
        var (lowest, looked) = (0, 0);
        for (var row = view.Messages.Count - 1; row >= 0; row--)
        {
            if (!IsNamed(key, row)) continue;
            if (looked++ == most) return lowest;
            lowest = row;
        }

        return 0;
    }

    public async ValueTask<bool> MatchesAsync(SearchKey key, int row, CancellationToken cancellation) =>
        Quick(key, row) ?? await SlowAsync(key, new SearchedMessage(session, view, row, _signatures), cancellation);

    /// <summary>What the row alone says; null when it does not decide.</summary>
    private bool? Quick(SearchKey key, int row) => key switch
    {
        SearchKey.Every => true,
        SearchKey.Flags flags => flags.IsSet == (((ulong)view.FlagsAt(row) & flags.Mask) == flags.Mask),
        SearchKey.Keyword keyword => keyword.IsSet == HasKeyword(keyword.Name, row),
        SearchKey.Recent => view.IsRecent(view.Messages.UidAt(row)),
        SearchKey.Sequence sequence => Contains(sequence, row),
        SearchKey.Beyond beyond => IsBeyond(beyond, row),
        SearchKey.Size size => size.IsLarger ? view.Messages[row].Size > size.Bytes : view.Messages[row].Size < size.Bytes,
        SearchKey.ModSeq changed => view.ModSeqAt(row) >= changed.Least,
        SearchKey.Within within => within.IsYounger == view.Messages[row].InternalDate >= _now - within.Seconds,
        SearchKey.EmailId email => view.Messages[row].EmailId == email.Id,
        SearchKey.InternalDate date => Compare(date.Comparison, DateOf(view.Messages[row].InternalDate), date.Date),
        SearchKey.SaveDate date => Compare(date.Comparison, DateOf(view.Messages[row].SaveDate), date.Date),
        SearchKey.Not not => !Quick(not.Key, row),
        SearchKey.Or or => Quick(or.Left, row) | Quick(or.Right, row), // Three-valued: true | null is true.
        SearchKey.And and => QuickAnd(and, row),
        _ => null,
    };

    private bool? QuickAnd(SearchKey.And and, int row)
    {
        bool? all = true;
        foreach (var key in and.Keys)
        {
            var quick = Quick(key, row);
            if (quick is false) return false;
            all &= quick;
        }

        return all;
    }

    private async ValueTask<bool> SlowAsync(SearchKey key, SearchedMessage message, CancellationToken cancellation)
    {
        if (Quick(key, message.Row) is { } quick) return quick;
        switch (key)
        {
            case SearchKey.Not not:
                return !await SlowAsync(not.Key, message, cancellation);
            case SearchKey.Or or:
                var (first, second) = or.Left.Cost <= or.Right.Cost ? (or.Left, or.Right) : (or.Right, or.Left);
                return await SlowAsync(first, message, cancellation) || await SlowAsync(second, message, cancellation);
            case SearchKey.And and:
                foreach (var each in and.Keys)
                {
                    if (!await SlowAsync(each, message, cancellation)) return false;
                }

                return true;
            case SearchKey.SentDate date:
                var sent = (await message.SummaryAsync(cancellation)).Envelope.Date;
                return MailDate.TryParse(sent, out var time) && Compare(date.Comparison, DateOnly.FromDateTime(time.DateTime), date.Date);
            case SearchKey.ThreadId thread:
                return ObjectIds.ThreadOf(await message.SummaryAsync(cancellation)) == thread.Id;
            case SearchKey.Header header:
                return await message.HasHeaderAsync(header.Field, TextOf(header.Text), cancellation);
            case SearchKey.Content content:
                return await message.HasTextAsync(TextOf(content.Text), content.WithHeader, cancellation);
            default:
                throw new ArgumentOutOfRangeException(nameof(key), key.GetType().Name, null);
        }
    }

    private TextSearch TextOf(string text) => _texts.GetOrAdd(text, static one => new TextSearch(one));

    private bool IsNamed(SearchKey key, int row) => key switch
    {
        SearchKey.Sequence sequence => Contains(sequence, row),
        SearchKey.Beyond beyond => IsBeyond(beyond, row),
        SearchKey.And and => and.Keys.All(one => IsNamed(one, row)),
        _ => true,
    };

    private bool IsBeyond(SearchKey.Beyond beyond, int row) =>
        beyond.IsAfter ? view.Messages.UidAt(row) > beyond.Uid : view.Messages.UidAt(row) < beyond.Uid;

    private bool HasKeyword(string name, int row) =>
        view.State.FlagOf(name) is { } flag ? (view.FlagsAt(row) & flag) != 0
            : ImapFlags.System(name) is var system and not 0 && ((ulong)view.FlagsAt(row) & system) != 0;

    private bool Contains(SearchKey.Sequence sequence, int row)
    {
        if (sequence.Set.IsSaved) return _saved.Contains(view.Messages.UidAt(row));
        var ranges = _sets.GetOrAdd(sequence, _ =>
        {
            var count = view.Messages.Count;
            return sequence.Set.Resolve(count > 0 && sequence.ByUid ? view.Messages.UidAt(count - 1) : (uint)count);
        });
        var number = sequence.ByUid ? view.Messages.UidAt(row) : (uint)row + 1;
        var (low, high) = (0, ranges.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (ranges[middle].To < number) low = middle + 1;
            else high = middle;
        }

        return low < ranges.Count && ranges[low].From <= number;
    }

    /// <summary>INTERNALDATE is kept and shown in UTC, so that is the zone whose days count.</summary>
    private static DateOnly DateOf(long unixSeconds)
    {
        var clamped = Math.Clamp(unixSeconds, DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds());
        return DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeSeconds(clamped).UtcDateTime);
    }

    private static bool Compare(DateComparison comparison, DateOnly date, DateOnly with) => comparison switch
    {
        DateComparison.Before => date < with,
        DateComparison.On => date == with,
        DateComparison.Since => date >= with,
        _ => throw new ArgumentOutOfRangeException(nameof(comparison), comparison, null),
    };
}
