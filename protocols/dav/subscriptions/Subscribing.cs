using CompatBot.Core.Calendar.Subscriptions;
using CompatBot.Core.Items;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Subscriptions;

/// <summary>Calendars that the server fetches from elsewhere (CS:subscribed with CS:source, as Apple's clients make them).</summary>
internal static class Subscribing
{
    private static readonly System.Xml.Linq.XName Failure = System.Xml.Linq.XName.Get("subscription-failure", ItemProperties.OwnNamespace);

    public static IEnumerable<LiveProperty> All() =>
    [
        new(Failure, one => FailureOf(one).Length > 0, (xml, one) => xml.WriteString(FailureOf(one))),
    ];

    /// <param name="source">The property, as it is to be stored; null: there is none.</param>
    /// <exception cref="DavException">403: nothing can be fetched from there.</exception>
    public static void Check(string? source)
    {
        if (Subscription.SourceIn(source) is null) throw new DavException(403, null, "The source is no http, https or webcal URL");
    }

    /// <summary>Lets a calendar be fetched that is new, or comes from somewhere else now.</summary>
    public static void Fetch(DavRequest request) => request.Services.Subscriptions?.Wake(request.Login.Session.Account);

    /// <summary>Nothing in such a calendar is a client's to change.</summary>
    /// <exception cref="DavException">403.</exception>
    public static void Protect(ItemState state, ItemPlace place)
    {
        if (state.Find(place.Parent)?.Kind == CollectionKind.Subscribed) throw new DavException(403, DavNames.NeedPrivileges);
    }

    private static string FailureOf(DavResource resource) =>
        resource.Collection is { } collection && Subscription.Of(collection) is { } known ? known.Failure : "";
}
