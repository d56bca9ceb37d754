using System.Text;
using CompatBot.Core.Calendar.Proto;
using CompatBot.Core.Items;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using CompatBot.Formats.Icalendar.Itip;
using CompatBot.Formats.Vobject;
using Google.Protobuf;

namespace CompatBot.Core.Calendar;

/// <summary>
/// The scheduling messages of one change, kept by the entry that makes it until they are sent: a crash in between loses none. They are the
/// one item of a collection in <see cref="CollectionId.Uploads"/>, on no path, which is erased when they are sent.
/// </summary>
/// <param name="Name">Of the collection; never used again.</param>
/// <param name="Item">The messages.</param>
public sealed record OutgoingSchedule(string Name, NewItem Item)
{
    private const string ItemName = "messages";

    /// <summary>Takes messages; they are kept once a commit has them.</summary>
    /// <returns>What a commit takes; or StoreFull, Unavailable.</returns>
    public static async ValueTask<Outcome<OutgoingSchedule>> WriteAsync(
        ItemStore items, IReadOnlyList<ItipMessage> messages, CancellationToken cancellation)
    {
        var waiting = new WaitingSchedules();
        foreach (var group in messages.GroupBy(message => (message.From, Text: Encoding.UTF8.GetString(message.ToOctets()))))
        {
            var one = new WaitingSchedule { Sender = group.Key.From, Content = ByteString.CopyFromUtf8(group.Key.Text) };
            one.Recipients.AddRange(group.Select(message => message.To));
            waiting.Messages.Add(one);
        }

        using var writer = items.Write();
        var refusal = await writer.WriteAsync(waiting.ToByteArray(), cancellation);
        if (refusal != Refusal.None) return refusal;
        var item = await writer.CompleteAsync(null, cancellation);
        return item.Declined ? item.Refusal : new OutgoingSchedule(Guid.NewGuid().ToString("N"), item.Value!);
    }

    /// <summary>The names of what waits, of this process and of earlier ones.</summary>
    public static IEnumerable<string> Waiting(ItemState state) =>
        from child in state.Uploads.Children
        where state.Collections[child.Value].Kind == CollectionKind.ScheduleOutbox
        select child.Key;

    /// <summary>What waits under a name; null: nothing does any more.</summary>
    public static async ValueTask<IReadOnlyList<ItipMessage>?> ReadAsync(ItemStore items, string name, CancellationToken cancellation)
    {
        if (!items.State.Uploads.Children.TryGetValue(name, out var id)) return null;
        if (await items.OpenAsync(id, cancellation) is not { } collection || collection.Items.Find(ItemName) is not { } row) return null;
        var octets = await items.Read(row).ReadAllAsync(cancellation);
        var messages = new List<ItipMessage>();
        foreach (var one in WaitingSchedules.Parser.ParseFrom(octets.Span).Messages)
        {
            if (Component.Read(one.Content.Span, out var roots) is not null || roots is not [var calendar]) continue;
            var method = calendar.Find("METHOD")?.Value ?? "";
            messages.AddRange(one.Recipients.Select(to => new ItipMessage(method, one.Sender, to, calendar)));
        }

        return messages;
    }

    /// <summary>The change that also keeps what has to be sent.</summary>
    internal static Func<ItemState, DateTimeOffset, Proposal<T>> Keeping<T>(
        Func<ItemState, DateTimeOffset, Proposal<T>> build, OutgoingSchedule? outgoing) => outgoing is null ? build : (state, now) =>
    {
        var proposal = build(state, now);
        if (proposal.Change is not { } change) return proposal;
        var free = change.Operations.Select(one => (one.ItemPut?.Row.Item ?? 0) + 1).Append(state.NextId).Max();
        var created = new CollectionCreated
        {
            Collection = free,
            Parent = CollectionId.Uploads.Value,
            Name = outgoing.Name,
            Kind = (uint)CollectionKind.ScheduleOutbox,
            Created = JournalClock.MicrosecondsOf(now),
        };
        var place = new ItemPlace(new CollectionId(free), ItemName);
        change.Operations.Add(new Operation { CollectionCreated = created });
        change.Operations.Add(
            ItemChanges.Putting(place.Parent, ItemChanges.Row(place, outgoing.Item, null, free + 1, created.Created), null));
        return proposal;
    };
}
