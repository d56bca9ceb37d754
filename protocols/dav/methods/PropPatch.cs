using System.Xml.Linq;
using CompatBot.Core.Calendar;
using CompatBot.Core.Calendar.Subscriptions;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Protocols.Dav.Conditions;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Sharing;
using CompatBot.Protocols.Dav.Subscriptions;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>PROPPATCH: sets and removes properties, all or none (RFC 4918 section 9.2).</summary>
internal static class PropPatch
{
    public static async ValueTask RunAsync(DavRequest request)
    {
        var body = await XmlRequest.ReadAsync(request.Request, request.Services.Limits, request.Cancellation);
        if (body?.Name != DavNames.Dav + "propertyupdate") throw new DavException(400, null, "The body is no propertyupdate");
        if (request.Path is { Area: DavArea.Principal, Names.Count: 1 })
        {
            await Proxies.SetAsync(request, body);
            return;
        }

        if (request.Path.Realm is null) throw new DavException(403);
        var (items, found) = await request.FindAsync();
        var names = new List<XName>();
        var changes = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var instruction in body.Elements())
        {
            var isSet = instruction.Name == DavNames.Dav + "set";
            if (!isSet && instruction.Name != DavNames.Dav + "remove") continue;
            foreach (var property in instruction.Elements(DavNames.Prop).Elements())
            {
                if (!names.Contains(property.Name)) names.Add(property.Name);
                changes[property.Name.ToString()] = isSet ? DeadProperties.Write(property) : null;
            }
        }

        if (changes.GetValueOrDefault(ScheduleProperties.DefaultCalendar.ToString()) is { } chosen
            && !(ScheduleCalendars.NameIn(chosen) is { } name
                && items.State.Collection(new ItemPlace(CollectionId.Root, name)) is { Kind: CollectionKind.Calendar }))
        {
            throw new DavException(403, DavNames.CalDav + "valid-schedule-default-calendar-URL");
        }

        ChosenZones.Check(changes);
        var isSource = found.Collection?.Kind == CollectionKind.Subscribed && changes.ContainsKey(Subscription.SourceProperty);
        if (isSource) Subscribing.Check(changes[Subscription.SourceProperty]);
        var conditions = new Preconditions(request, items).Touching(found.Place, Touch.Change);
        await conditions.CheckAsync();
        var forbidden = names.Where(LiveProperties.IsProtected).ToList();
        var refused = Refusal.None;
        if (forbidden.Count == 0)
        {
            var described = await items.DescribeAsync(found.Place, changes, conditions.Guard, request.Cancellation);
            refused = described.Refusal;
            if (refused is not (Refusal.TooLarge or Refusal.OverQuota or Refusal.StoreFull)) conditions.Unless(described);
        }

        await AnswerAsync(request, DavResource.Of(request, items, found), names, forbidden, refused);
        if (isSource) Subscribing.Fetch(request);
    }

    /// <summary>The properties of the set elements of a body.</summary>
    public static IEnumerable<XElement> Instructions(XElement? body, XName kind) =>
        body?.Elements(kind).Elements(DavNames.Prop).Elements() ?? [];

    /// <summary>How it went, in a multistatus.</summary>
    /// <param name="forbidden">Of the names: the server's own.</param>
    /// <param name="refused">What the commit was refused with, for want of room.</param>
    public static async ValueTask AnswerAsync(
        DavRequest request, DavResource resource, List<XName> names, List<XName> forbidden, Refusal refused)
    {
        using var answer = XmlAnswer.Begin(request.Response, 207, DavNames.Dav + "multistatus");
        var xml = answer.Writer;
        xml.Start(DavNames.Dav + "response");
        xml.Text(DavNames.Dav + "href", resource.Href);
        if (refused != Refusal.None) Status(names, "507 Insufficient Storage", null);
        else if (forbidden.Count == 0) Status(names, "200 OK", null);
        else
        {
            Status(forbidden, "403 Forbidden", DavNames.Dav + "cannot-modify-protected-property");
            Status([.. names.Except(forbidden)], "424 Failed Dependency", null);
        }

        xml.WriteEndElement();
        await answer.EndAsync(request.Cancellation);

        void Status(List<XName> which, string status, XName? error)
        {
            if (which.Count == 0) return;
            xml.Start(DavNames.Dav + "propstat");
            xml.Start(DavNames.Prop);
            foreach (var name in which) xml.Empty(name);
            xml.WriteEndElement();
            xml.Text(DavNames.Dav + "status", "HTTP/1.1 " + status);
            if (error is not null)
            {
                xml.Start(DavNames.Dav + "error");
                xml.Empty(error);
                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        }
    }
}
