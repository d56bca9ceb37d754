using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using CompatBot.Core.Items;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;

namespace CompatBot.Core.Push;

/// <summary>A client that wants to hear, through its push service, that a collection changed (draft-bitfire-webdav-push).</summary>
/// <param name="Collection">Which; a copy of the collection has no subscriptions.</param>
/// <param name="Resource">Where messages are sent to (RFC 8030's push resource): one subscription of a collection for each.</param>
/// <param name="PublicKey">The client's point on P-256, uncompressed (RFC 8291 section 2).</param>
/// <param name="AuthSecret">16 octets.</param>
/// <param name="Device">That subscribed: when it is revoked, the subscription is over.</param>
/// <param name="Content">It wants to hear of changed members.</param>
/// <param name="Properties">It wants to hear of changed properties of the collection.</param>
/// <param name="Until">When it is over, in whole seconds.</param>
public sealed record PushSubscription(
    CollectionId Collection,
    Uri Resource,
    ReadOnlyMemory<byte> PublicKey,
    ReadOnlyMemory<byte> AuthSecret,
    DeviceId Device,
    bool Content,
    bool Properties,
    DateTimeOffset Until)
{
    /// <summary>Octets of an authentication secret (RFC 8291 section 3.2).</summary>
    public const int AuthSecretBytes = 16;

    /// <summary>How the names begin of the properties that hold subscriptions, in Clark notation; no client sees or sets them.</summary>
    private const string Prefix = "{" + ItemProperties.OwnNamespace + "}push-";

    private const int IdBytes = 16;

    private static readonly XName Element = XName.Get("push", ItemProperties.OwnNamespace);

    /// <summary>Of the push resource, in base64url.</summary>
    public string Id { get; } = Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(Resource.AbsoluteUri)).AsSpan(0, IdBytes));

    internal string PropertyName => Prefix + Id;

    public override string ToString() => "(push subscription)";

    /// <summary>Whether a property, in Clark notation, holds a subscription.</summary>
    public static bool IsProperty(string name) => name.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Whether a change says nothing but who subscribes: to clients, it is none.</summary>
    internal static bool IsAllOf(PropertiesChanged change) =>
        change.Item.Length == 0 && change.Set.Count + change.Removed.Count > 0
        && change.Set.All(one => IsProperty(one.Name)) && change.Removed.All(IsProperty);

    /// <summary>Those of a collection, the ones that are over too.</summary>
    public static IEnumerable<PushSubscription> Of(CollectionState collection) =>
        from one in collection.Properties
        where IsProperty(one.Key)
        let found = Read(one.Value)
        where found.Collection == collection.Id
        select found;

    public static PushSubscription? Find(CollectionState collection, string id) =>
        collection.Properties.GetValueOrDefault(Prefix + id) is { } stored && Read(stored) is var found && found.Collection == collection.Id
            ? found
            : null;

    internal string Write() => new XElement(
        Element,
        new XAttribute("collection", Collection.Value),
        new XAttribute("resource", Resource.AbsoluteUri),
        new XAttribute("key", Base64Url.EncodeToString(PublicKey.Span)),
        new XAttribute("secret", Base64Url.EncodeToString(AuthSecret.Span)),
        new XAttribute("device", Device),
        new XAttribute("content", Content),
        new XAttribute("properties", Properties),
        new XAttribute("until", Until.ToUnixTimeSeconds())).ToString(SaveOptions.DisableFormatting);

    private static PushSubscription Read(string stored)
    {
        var element = XElement.Parse(stored);
        string Text(string name) => element.Attribute(name)!.Value;
        return new PushSubscription(
            new CollectionId(ulong.Parse(Text("collection"), CultureInfo.InvariantCulture)),
            new Uri(Text("resource")),
            Base64Url.DecodeFromChars(Text("key")),
            Base64Url.DecodeFromChars(Text("secret")),
            new DeviceId(Guid.Parse(Text("device"))),
            (bool)element.Attribute("content")!,
            (bool)element.Attribute("properties")!,
            DateTimeOffset.FromUnixTimeSeconds((long)element.Attribute("until")!));
    }
}
