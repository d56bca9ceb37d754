using System.Globalization;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Xml;
using CompatBot.Protocols.Net.Http;

namespace CompatBot.Protocols.Dav.Conditions;

/// <summary>What a method does to the place that it names, and so which locks bind it (RFC 4918 section 7).</summary>
internal enum Touch
{
    /// <summary>Changes what is there: content, properties.</summary>
    Change,

    /// <summary>Makes something new, or removes what is there: its collection changes too.</summary>
    Member,
}

/// <summary>
/// The conditions of one request: If-Match and its kin, the If header, and locks. Judged once before a body is read, and again on the
/// state that the change builds on.
/// </summary>
internal sealed class Preconditions(DavRequest request, ItemStore items)
{
    private readonly List<(ItemPlace Place, Touch Touch)> _touched = [];

    private readonly Dictionary<string, ItemPlace?> _places = new(StringComparer.Ordinal);
    private ItemPlace? _read;

    /// <summary>Set when <see cref="Guard"/> refused.</summary>
    private DavException? _failure;

    /// <summary>Says that the request touches a place.</summary>
    public Preconditions Touching(ItemPlace place, Touch touch)
    {
        _touched.Add((place, touch));
        return this;
    }

    /// <summary>Says which place the conditional headers are about, where the request does not touch it.</summary>
    public void Reading(ItemPlace place) => _read = place;

    /// <summary>Throws when a condition does not hold now.</summary>
    public async ValueTask CheckAsync()
    {
        // Parents of places that the If header names must be loaded before the guard looks.
        foreach (var url in request.If.Lists.Select(list => list.Resource).OfType<string>().Distinct()) await PlaceOfAsync(url);
        if (Guard(items.State) != Refusal.None) throw _failure!;
    }

    /// <summary>For core: refuses when a condition does not hold in the state that the change builds on.</summary>
    public Refusal Guard(ItemState state)
    {
        _failure = Judge(state);
        return _failure is null ? Refusal.None : Refusal.Conflict;
    }

    /// <summary>The value, or why not.</summary>
    public T Unless<T>(Outcome<T> outcome) => outcome.Declined ? throw _failure ?? DavException.Of(outcome.Refusal) : outcome.Value;

    /// <summary>What the request names.</summary>
    private ItemPlace? Subject => _read ?? (_touched.Count > 0 ? _touched[0].Place : null);

    private DavException? Judge(ItemState state)
    {
        if (Subject is { } subject && JudgeTags(state, subject) is { } tags) return tags;
        if (request.If.Lists.Count > 0 && !request.If.Lists.Any(list => Holds(state, list))) return new DavException(412);
        return JudgeLocks(state);
    }

    private DavException? JudgeTags(ItemState state, ItemPlace place)
    {
        var headers = request.Request.Headers;
        var item = state.Item(place);
        var exists = item is not null || state.Collection(place) is not null;
        var tag = item is null ? null : ETags.Of(item);
        if (headers.IfMatch.Count > 0)
        {
            if (!EntityTags.Match(headers.IfMatch.ToString().Trim(), tag, exists, weak: false)) return new DavException(412);
        }
        else if (item is not null && Date(headers.IfUnmodifiedSince.ToString()) is { } since && Seconds(item.Modified) > since)
        {
            return new DavException(412);
        }

        if (request.Header("If-Schedule-Tag-Match") is { } schedule)
        {
            var held = item is { Schedule: > 0 } ? ETags.OfSchedule(item) : null;
            if (!EntityTags.Match(schedule, held, exists, weak: false)) return new DavException(412);
        }

        if (headers.IfNoneMatch.Count > 0 && EntityTags.Match(headers.IfNoneMatch.ToString().Trim(), tag, exists, weak: true))
        {
            return new DavException(412);
        }

        return null;
    }

    private bool Holds(ItemState state, IfList list)
    {
        var place = list.Resource is null ? Subject : _places.GetValueOrDefault(list.Resource);
        return list.Conditions.All(condition => condition.Not != Holds(state, place, condition));
    }

    private bool Holds(ItemState state, ItemPlace? place, IfCondition condition)
    {
        if (place is not { } there) return false;
        if (!condition.IsTag) return ItemLocks.Over(state, there, request.Now).Any(taken => taken.Token == condition.Value);
        return state.Item(there) is { } item && EntityTags.Match(condition.Value, ETags.Of(item), true, weak: false);
    }

    private DavException? JudgeLocks(ItemState state)
    {
        if (state.Locks.IsEmpty) return null;
        var tokens = request.If.Tokens.ToHashSet(StringComparer.Ordinal);
        foreach (var (place, touch) in _touched)
        {
            var binding = ItemLocks.Over(state, place, request.Now).ToList();
            if (touch == Touch.Member)
            {
                if (!place.IsRoot) binding.AddRange(ItemLocks.Over(state, ParentOf(state, place), request.Now));
                if (state.Collection(place) is { } collection) binding.AddRange(ItemLocks.Below(state, collection.Id, request.Now));
            }

            foreach (var group in binding.GroupBy(taken => taken.Place))
            {
                var isHeld = group.Any(taken => tokens.Contains(taken.Token));
                if (isHeld) continue;
                var hrefs = new[] { HrefOf(state, group.Key) };
                return new DavException(423, DavNames.LockTokenSubmitted) { Hrefs = hrefs };
            }
        }

        return null;
    }

    private static ItemPlace ParentOf(ItemState state, ItemPlace place) =>
        place.Parent == CollectionId.Root || state.Find(place.Parent) is not { } parent
            ? ItemPlace.Root
            : new ItemPlace(parent.Parent, parent.Name);

    private string HrefOf(ItemState state, ItemPlace place)
    {
        var names = new List<string>();
        for (var at = place; !at.IsRoot; at = ParentOf(state, at)) names.Insert(0, at.Name);
        return DavHref.Of(request.Path with { Names = names });
    }

    private async ValueTask PlaceOfAsync(string url)
    {
        var path = request.PathOf(url, out var elsewhere);
        var isHere = path is not null && !elsewhere && path.Area == request.Path.Area && path.Address == request.Path.Address;
        _places[url] = isHere ? (await items.FindAsync(path!.Names, request.Cancellation))?.Place : null;
    }

    private static long Seconds(long microseconds) => microseconds / 1_000_000;

    internal static long? Date(string header) =>
        DateTimeOffset.TryParseExact(header, "r", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time.ToUnixTimeSeconds()
            : null;
}
