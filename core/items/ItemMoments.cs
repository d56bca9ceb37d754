using System.Globalization;
using CompatBot.Core.Journal;

namespace CompatBot.Core.Items;

/// <summary>
/// The tree of files as it was, on paths that begin with ".history" and a time: read-only, and as far back as what was deleted can be
/// brought back. ".history" itself shows the days that there are; where somebody has a folder of that name, his own is there instead.
/// </summary>
public static class ItemMoments
{
    /// <summary>Name of the folder at the root; listed by nobody.</summary>
    public const string Folder = ".history";

    /// <summary>Days that the folder shows at most.</summary>
    private const int DaysMax = 400;

    private static readonly string[] Formats =
    [
        "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH-mm", "yyyy-MM-dd'T'HH-mm-ss", // No ":" on Windows.
    ];

    /// <summary>The time that a name says, in UTC; null for none.</summary>
    public static DateTimeOffset? Parse(string name) => DateTimeOffset.TryParseExact(
        name.EndsWith('Z') ? name[..^1] : name, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
        ? time
        : null;

    /// <summary>A state that is only a folder of days: each is the end of the day before.</summary>
    internal static ItemState Days(DateTimeOffset first, DateTimeOffset last, ulong sequence)
    {
        var state = ItemState.Empty with { Sequence = sequence };
        var day = new DateTimeOffset(last.UtcDateTime.Date, TimeSpan.Zero);
        for (var i = 0; i < DaysMax && day >= first; i++, day = day.AddDays(-1))
        {
            var id = new CollectionId(state.NextId);
            var name = day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            var one = ItemState.First(id) with { Name = name, Created = JournalClock.MicrosecondsOf(day) };
            state = state with
            {
                NextId = state.NextId + 1,
                Collections = state.Collections.Add(id, one)
                    .SetItem(CollectionId.Root, state.Root with { Children = state.Root.Children.Add(name, id) }),
            };
        }

        return state;
    }
}

/// <summary>Past states of an open realm of items. Each is replayed from a milestone on, so the last ones are kept.</summary>
internal sealed class ItemPast(ItemRealm realm)
{
    private const int KeptMax = 2;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly List<(ulong Sequence, ItemState State)> _kept = [];

    /// <returns>Null for a time to come, and for one before which it is forgotten what was deleted.</returns>
    /// <exception cref="JournalException">The journal does not read.</exception>
    public async ValueTask<ItemState?> AtAsync(DateTimeOffset time, CancellationToken cancellation)
    {
        if (time > realm.Contents.Now) return null;
        var sequence = await realm.Past.SequenceAtAsync(time, cancellation);
        if (sequence < realm.State.ForgottenThrough) return null;
        await _gate.WaitAsync(cancellation);
        try
        {
            var at = _kept.FindIndex(one => one.Sequence == sequence);
            var found = at >= 0 ? _kept[at].State : await realm.Past.StateAtAsync(sequence, cancellation);
            if (at >= 0) _kept.RemoveAt(at);
            else if (_kept.Count == KeptMax) _kept.RemoveAt(0);
            _kept.Add((sequence, found));
            return found with { Sequence = sequence };
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The days that can be looked at.</summary>
    public async ValueTask<ItemState> DaysAsync(CancellationToken cancellation)
    {
        var (state, now) = (realm.State, realm.Contents.Now);
        var first = state.Sequence == 0 ? now : await realm.Past.TimeOfAsync(Math.Max(1, state.ForgottenThrough), cancellation);
        return ItemMoments.Days(first, now, state.Sequence);
    }
}
