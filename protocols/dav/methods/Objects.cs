using CompatBot.Core.Calendar.Birthdays;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Subscriptions;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>What a calendar or an address book demands of its members (RFC 4791 section 5.3.2.1, RFC 6352 section 6.3.2.1).</summary>
internal static class Objects
{
    /// <summary>Reads a body, looks what it is, and writes it as it came.</summary>
    /// <param name="change">What the server makes of it.</param>
    public static async ValueTask<ObjectFacts> TakeAsync(
        DavRequest request,
        ItemStore items,
        CollectionState parent,
        ItemPlace place,
        ItemWriter writer,
        Digests.Digests digests,
        Func<ReadOnlyMemory<byte>, ValueTask<ReadOnlyMemory<byte>>> change)
    {
        var isCalendar = request.Path.Area == DavArea.Calendars;
        var kind = isCalendar ? CollectionKind.Calendar : CollectionKind.AddressBook;
        if (parent.Kind != kind || BirthdayCalendar.Is(items.State, parent.Id)) throw new DavException(403, DavNames.NeedPrivileges);
        var octets = await ReadAsync(request, isCalendar, request.Services.Limits.ObjectBytesMax);
        digests.Append(octets.Span);
        if (JsonForms.IsBody(request)) octets = JsonForms.ToText(octets, request.Path.Area);
        var facts = FactsOf(octets.Span, parent);
        Check(request, items.State, place, facts);
        var refusal = await writer.WriteAsync(await change(octets), request.Cancellation);
        return refusal == Refusal.None ? facts : throw DavException.Of(refusal);
    }

    /// <summary>Throws where <see cref="Guard"/> refuses.</summary>
    public static void Check(DavRequest request, ItemState state, ItemPlace place, ObjectFacts facts)
    {
        if (Guard(state, place, facts) != Refusal.None) throw Conflict(request, state, place, facts);
    }

    /// <summary>Refuses a UID that another member of the collection has, or in the place of another UID.</summary>
    public static Refusal Guard(ItemState state, ItemPlace place, ObjectFacts facts) =>
        facts.Uid is not null && Owner(state, place, facts) is not null ? Refusal.Conflict : Refusal.None;

    /// <summary>Throws when something can not come to lie where it should: a folder in a calendar, an event in an address book.</summary>
    public static void CheckTransfer(ItemState state, Found source, ItemPlace target, bool move)
    {
        var parent = state.Find(target.Parent)!;
        var kind = source.Collection?.Kind;
        if (kind?.IsFixed() == true) throw new DavException(403, DavNames.NeedPrivileges);
        Subscribing.Protect(state, target);
        if (move) Subscribing.Protect(state, source.Place);
        var home = state.Find(source.Place.Parent)?.Kind;
        if (home == CollectionKind.Subscribed) home = CollectionKind.Calendar; // What is copied out of it is an event like others.
        var fits = parent.Kind == CollectionKind.Folder
            ? source.Item is null || source.Item.Facts.Uid is null
            : source.Item is not null && home == parent.Kind;
        if (parent.Kind == CollectionKind.Calendar && source.Item is { } item && (item.Facts.Component & parent.Components) == 0)
        {
            throw new DavException(403, DavNames.CalDav + "supported-calendar-component");
        }

        if (!move && source.Item is { Schedule: > 0 }) throw new DavException(403, DavNames.CalDav + "unique-scheduling-object-resource");
        if (!fits && kind is null) throw new DavException(403, DavNames.NeedPrivileges);
        if (!fits) throw new DavException(403, DavNames.CalDav + "calendar-collection-location-ok");
        if (source.Item is { Facts.Uid: { } uid } && parent.Id != source.Place.Parent
            && parent.Items.Rows.Any(row => row.Facts.Uid == uid && row.Name != target.Name))
        {
            throw new DavException(403, (parent.Kind == CollectionKind.Calendar ? DavNames.CalDav : DavNames.CardDav) + "no-uid-conflict");
        }
    }

    private static ItemRow? Owner(ItemState state, ItemPlace place, ObjectFacts facts) =>
        state.Find(place.Parent)?.Items.Rows.FirstOrDefault(row =>
            row.Name == place.Name ? row.Facts.Uid is { } uid && uid != facts.Uid : row.Facts.Uid == facts.Uid);

    private static DavException Conflict(DavRequest request, ItemState state, ItemPlace place, ObjectFacts facts)
    {
        var space = request.Path.Area == DavArea.Calendars ? DavNames.CalDav : DavNames.CardDav;
        var other = request.Path with { Names = [.. request.Path.Names.SkipLast(1), Owner(state, place, facts)!.Name] };
        return new DavException(409, space + "no-uid-conflict") { Hrefs = [DavHref.Of(other)] };
    }

    /// <summary>A whole body.</summary>
    /// <exception cref="DavException">403 max-resource-size.</exception>
    public static async ValueTask<ReadOnlyMemory<byte>> ReadAsync(DavRequest request, bool isCalendar, int most)
    {
        var space = isCalendar ? DavNames.CalDav : DavNames.CardDav;
        using var body = new MemoryStream();
        var buffer = new byte[16 << 10];
        int count;
        while ((count = await request.Request.Body.ReadAsync(buffer, request.Cancellation)) > 0)
        {
            if (body.Length + count > most) throw new DavException(403, space + "max-resource-size");
            body.Write(buffer, 0, count);
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    /// <summary>What an object of a collection is.</summary>
    /// <exception cref="DavException">403: it is none.</exception>
    public static ObjectFacts FactsOf(ReadOnlySpan<byte> octets, CollectionState parent) =>
        parent.Kind == CollectionKind.Calendar ? CalendarFacts(octets, parent) : ContactFacts(octets);

    private static ObjectFacts CalendarFacts(ReadOnlySpan<byte> octets, CollectionState calendar)
    {
        var fault = ObjectReader.ReadCalendar(octets, out var facts);
        if (fault == ObjectFault.NotData) throw new DavException(403, DavNames.CalDav + "valid-calendar-data");
        if (fault != ObjectFault.None) throw new DavException(403, DavNames.CalDav + "valid-calendar-object-resource");
        return (facts.Component & calendar.Components) == 0
            ? throw new DavException(403, DavNames.CalDav + "supported-calendar-component")
            : facts;
    }

    private static ObjectFacts ContactFacts(ReadOnlySpan<byte> octets) =>
        ObjectReader.ReadContact(octets, out var facts) == ObjectFault.None
            ? facts
            : throw new DavException(403, DavNames.CardDav + "valid-address-data");
}
