using System.Collections.Immutable;
using System.Text;
using CompatBot.Core.Journal.Proto;

namespace CompatBot.Core.Items;

/// <summary>What is kept beside the octets of an item, or of a collection: names in Clark notation, values as XML elements.</summary>
public static class ItemProperties
{
    /// <summary>Of properties that are the server's own: no client sees or sets them.</summary>
    public const string OwnNamespace = "urn:compatbot";

    private const string OwnPrefix = "{" + OwnNamespace + "}";

    /// <summary>Most properties of one item or collection.</summary>
    public const int CountMax = 256;

    /// <summary>Most of all names and values of one item or collection together, in bytes of UTF-8.</summary>
    public const int BytesMax = 256 << 10;

    public static ImmutableSortedDictionary<string, string> None { get; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Whether a name, in Clark notation, is the server's own.</summary>
    public static bool IsOwn(string name) => name.StartsWith(OwnPrefix, StringComparison.Ordinal);

    /// <summary>Whether so many may be kept.</summary>
    public static bool Fit(ImmutableSortedDictionary<string, string> properties) =>
        properties.Count <= CountMax
        && properties.Sum(one => (long)Encoding.UTF8.GetByteCount(one.Key) + Encoding.UTF8.GetByteCount(one.Value)) <= BytesMax;

    internal static ImmutableSortedDictionary<string, string> Read(IEnumerable<Property> properties) =>
        None.SetItems(properties.Select(one => KeyValuePair.Create(one.Name, one.Value)));

    internal static IEnumerable<Property> Write(ImmutableSortedDictionary<string, string> properties) =>
        properties.Select(one => new Property { Name = one.Key, Value = one.Value });

    internal static ImmutableSortedDictionary<string, string> Change(
        ImmutableSortedDictionary<string, string> properties, PropertiesChanged change) =>
        properties.RemoveRange(change.Removed).SetItems(change.Set.Select(one => KeyValuePair.Create(one.Name, one.Value)));
}
