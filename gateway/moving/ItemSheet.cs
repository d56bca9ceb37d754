using System.Text.Json.Serialization;
using CompatBot.Core.Items;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Moving;

/// <summary>What files and folders can not say of a realm's items: the file REALM.json beside the realm's folder.</summary>
/// <param name="Version">Of the layout.</param>
/// <param name="Collections">By their paths from the realm's folder; "" is the folder itself.</param>
internal sealed record ItemSheet(int Version, IReadOnlyList<CollectionSheet> Collections)
{
    public const int Layout = 1;

    /// <summary>The realms of items, each with its folder in an export.</summary>
    public static IReadOnlyList<(Realm Realm, string Folder)> Realms { get; } =
        [(Realm.Files, "files"), (Realm.Calendar, "calendars"), (Realm.Contacts, "contacts")];

    public static string FileName(string folder) => folder + ".json";
}

/// <param name="Path">Names, each after a slash but the first.</param>
/// <param name="Components">Of a calendar: which it takes; null: not a calendar.</param>
/// <param name="Properties">WebDAV's dead properties: XML by its expanded name.</param>
internal sealed record CollectionSheet(
    string Path,
    CollectionKind Kind,
    IReadOnlyList<string>? Components,
    IReadOnlyDictionary<string, string>? Properties,
    IReadOnlyList<ItemLine> Items);

/// <summary>One item.</summary>
/// <param name="Modified">Microseconds since 1970 UTC.</param>
/// <param name="Created">Microseconds since 1970 UTC.</param>
internal sealed record ItemLine(
    string Name,
    long Octets,
    string Sha256,
    long Modified,
    long Created,
    string? MediaType,
    IReadOnlyDictionary<string, string>? Properties);

[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ItemSheet))]
internal sealed partial class ItemSheetJson : JsonSerializerContext;
