using System.Collections.Immutable;
using CompatBot.Core.Items;

namespace CompatBot.Core.Push;

/// <summary>How far one subscription was told. Whoever uses it has the lock of its realm.</summary>
internal sealed class Told(Picture picture)
{
    /// <summary>Own changes that are remembered; of older ones the client is told.</summary>
    private const int QuietMax = 1000;

    private readonly Queue<(ulong From, ulong To)> _quiet = [];

    /// <summary>What the client knows.</summary>
    public Picture Picture { get; set; } = picture;

    /// <summary>Times that the message that is due was tried in vain.</summary>
    public int Tries { get; set; }

    /// <summary>When the next message may go.</summary>
    public DateTimeOffset NotBefore { get; set; }

    /// <summary>The client knows a change, if it knew all that was before it.</summary>
    /// <param name="from">The newest change before it.</param>
    /// <param name="to">The newest with it.</param>
    public void Quiet(ulong from, ulong to)
    {
        if (_quiet.Count == QuietMax) _quiet.Dequeue();
        _quiet.Enqueue((from, to));
    }

    /// <summary>What has to be told; null: nothing.</summary>
    public Difference? Compare(Picture now, PushSubscription one)
    {
        while (_quiet.TryDequeue(out var own))
        {
            if (own.From == Picture.Change) Picture = Picture with { Change = own.To };
        }

        var content = one.Content && now.Change != Picture.Change;
        var properties = one.Properties && !now.HasPropertiesOf(Picture);
        if (content || properties) return new Difference(now, content, properties);
        Picture = now;
        return null;
    }
}

/// <summary>What clients see of a collection's state.</summary>
/// <param name="Change">As its sync-token says.</param>
/// <param name="Properties">The server's own among them.</param>
internal sealed record Picture(ulong Change, ImmutableSortedDictionary<string, string> Properties)
{
    public static Picture Of(ItemState state, CollectionState collection) => new(state.NewestChange(collection), collection.Properties);

    public bool HasPropertiesOf(Picture other) =>
        ReferenceEquals(Properties, other.Properties) || Visible(Properties).SequenceEqual(Visible(other.Properties));

    private static IEnumerable<KeyValuePair<string, string>> Visible(ImmutableSortedDictionary<string, string> properties) =>
        properties.Where(one => !ItemProperties.IsOwn(one.Key));
}

/// <summary>What changed since a client was told.</summary>
internal sealed record Difference(Picture Now, bool Content, bool Properties);
