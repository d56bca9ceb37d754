using System.Xml.Linq;
using CompatBot.Core.Items;
using CompatBot.Core.Store;

namespace CompatBot.Core.Calendar.Subscriptions;

/// <summary>A calendar that is fetched from elsewhere: what its collection's properties say of it.</summary>
/// <param name="Source">http or https.</param>
/// <param name="ETag">Of what was fetched last, as it came; empty: none.</param>
/// <param name="Modified">Its Last-Modified, as it came; empty: none.</param>
/// <param name="Failure">Why the last try failed, for a person; empty: it did not.</param>
public sealed record Subscription(Uri Source, string ETag, string Modified, string Failure)
{
    /// <summary>CS:source, as clients set it: a DAV:href in it. In Clark notation.</summary>
    public const string SourceProperty = "{http://calendarserver.org/ns/}source";

    /// <summary>What is known of the source. In Clark notation; no client sees or sets it.</summary>
    public const string StateProperty = "{" + ItemProperties.OwnNamespace + "}subscription";

    /// <summary>Of one account.</summary>
    public const int Max = 50;

    private const int SourceCharactersMax = 2000;
    private const int ValidatorCharactersMax = 1000;

    private static readonly XNamespace Own = ItemProperties.OwnNamespace;

    public override string ToString() => "(subscription)";

    /// <summary>Null: the collection is none, or its source is no URL that can be fetched.</summary>
    public static Subscription? Of(CollectionState collection)
    {
        if (collection.Kind != CollectionKind.Subscribed) return null;
        if (SourceIn(collection.Properties.GetValueOrDefault(SourceProperty)) is not { } source) return null;

        var fresh = new Subscription(source, "", "", "");
        if (!collection.Properties.TryGetValue(StateProperty, out var stored)) return fresh;
        var state = XElement.Parse(stored);
        string Text(string name) => state.Attribute(name)?.Value ?? "";
        return Text("source") == source.AbsoluteUri
            ? new Subscription(source, Text("etag"), Text("modified"), Text("failure"))
            : fresh; // What is known is of another source.
    }

    /// <summary>Whether there may be one more: None, or TooMany.</summary>
    public static Refusal Room(ItemState state)
    {
        var count = state.Root.Children.Values.Count(id => state.Collections[id].Kind == CollectionKind.Subscribed);
        return count < Max ? Refusal.None : Refusal.TooMany;
    }

    /// <summary>The URL that a source property names; null: none that can be fetched.</summary>
    public static Uri? SourceIn(string? property) => property is null ? null : Parse(XElement.Parse(property).Value);

    /// <summary>http, https, or webcal, which means http, and webcals; null for anything else.</summary>
    public static Uri? Parse(string text)
    {
        if (text.Length > SourceCharactersMax || !Uri.TryCreate(text.Trim(), UriKind.Absolute, out var uri)) return null;
        var scheme = uri.Scheme switch
        {
            "webcal" or "http" => "http",
            "webcals" or "https" => "https",
            _ => null,
        };
        if (scheme is null || uri.Host.Length == 0 || uri.UserInfo.Length > 0) return null;
        var port = uri.IsDefaultPort ? -1 : uri.Port;
        return new UriBuilder(uri) { Scheme = scheme, Port = port, Fragment = "" }.Uri;
    }

    /// <summary>The source property of a URL.</summary>
    public static string WriteSource(Uri source) => new XElement(
        XName.Get(SourceProperty), new XElement((XNamespace)"DAV:" + "href", source.AbsoluteUri)).ToString(SaveOptions.DisableFormatting);

    /// <summary>The state property's value.</summary>
    public string Write() => new XElement(
        Own + "subscription",
        new XAttribute("source", Source.AbsoluteUri),
        new XAttribute("etag", Bounded(ETag)),
        new XAttribute("modified", Bounded(Modified)),
        new XAttribute("failure", Failure)).ToString(SaveOptions.DisableFormatting);

    /// <summary>What is too long to be kept is not sent back.</summary>
    private static string Bounded(string validator) =>
        validator.Length <= ValidatorCharactersMax && !validator.Any(char.IsControl) ? validator : "";
}
