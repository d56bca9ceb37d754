using System.Text.Json;
using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Json;

/// <summary>One property: its name, parameters, type and values (RFC 7265 section 3.4, RFC 7095 section 3.3).</summary>
internal static class JsonProperties
{
    private const string Group = "group";

    public static void Write(Utf8JsonWriter json, ContentLine line, bool isCard)
    {
        var type = line["VALUE"]?.Trim().ToLowerInvariant() ?? ValueTypes.Of(line.Name, isCard);
        json.WriteStartArray();
        json.WriteStringValue(line.Name.ToLowerInvariant());
        json.WriteStartObject();
        if (isCard && line.Group is { } group) json.WriteString(Group, group);
        var names = line.Parameters.GroupBy(one => one.Name.ToLowerInvariant(), one => one.Values);
        foreach (var one in names.Where(one => one.Key != "value" && !(isCard && one.Key == Group)))
        {
            var values = one.SelectMany(all => all).ToList();
            json.WritePropertyName(one.Key);
            if (values.Count != 1) json.WriteStartArray();
            foreach (var value in values) json.WriteStringValue(value);
            if (values.Count != 1) json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteStringValue(type);
        foreach (var value in ValueTypes.IsList(line.Name) && type != ValueTypes.Unknown ? JsonValues.Split(line.Value, ',') : [line.Value])
        {
            if (ValueTypes.IsStructured(line.Name, isCard)) WriteParts(json, type, value, isCard);
            else JsonValues.Write(json, type, value);
        }

        json.WriteEndArray();
    }

    /// <returns>Null when it is none.</returns>
    public static ContentLine? Read(JsonElement json, bool isCard)
    {
        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() < 4) return null;
        if (json[0].ValueKind != JsonValueKind.String || json[1].ValueKind != JsonValueKind.Object) return null;
        if (json[2].ValueKind != JsonValueKind.String) return null;
        var (name, type) = (json[0].GetString()!.ToUpperInvariant(), json[2].GetString()!.ToLowerInvariant());
        if (!IsName(name) || !IsName(type)) return null;
        var parameters = new List<Parameter>();
        string? group = null;
        foreach (var one in json[1].EnumerateObject())
        {
            IEnumerable<JsonElement> values = one.Value.ValueKind == JsonValueKind.Array ? [.. one.Value.EnumerateArray()] : [one.Value];
            if (!IsName(one.Name) || values.Any(value => value.ValueKind != JsonValueKind.String)) return null;
            if (isCard && one.Name == Group) group = values.First().GetString();
            else parameters.Add(new Parameter(one.Name.ToUpperInvariant(), [.. values.Select(value => value.GetString()!)]));
        }

        if (group is not null && !IsName(group)) return null;
        var isUsual = type == ValueTypes.Unknown || type == ValueTypes.Of(name, isCard);
        if (!isUsual) parameters.Add(new Parameter("VALUE", [type.ToUpperInvariant()]));
        var texts = json.EnumerateArray().Skip(3).Select(value => ReadValue(value, name, type, isCard)).ToList();
        return texts.Contains(null) ? null : new ContentLine(name, parameters, string.Join(',', texts)) { Group = group };
    }

    /// <summary>Nothing that would end a name in a content line.</summary>
    public static bool IsName(string name) => name.Length > 0 && name[0] != ' ' && name[^1] != ' '
        && name.All(one => one is >= ' ' and < '\x7f' and not (';' or ':' or '=' or ',' or '.' or '"'));

    private static void WriteParts(Utf8JsonWriter json, string type, string value, bool isCard)
    {
        var parts = JsonValues.Split(value, ';').ToList();
        if (parts.Count > 1) json.WriteStartArray();
        foreach (var part in parts)
        {
            var values = isCard ? JsonValues.Split(part, ',').ToList() : [part];
            if (values.Count > 1) json.WriteStartArray();
            foreach (var one in values) JsonValues.Write(json, type, one);
            if (values.Count > 1) json.WriteEndArray();
        }

        if (parts.Count > 1) json.WriteEndArray();
    }

    private static string? ReadValue(JsonElement json, string name, string type, bool isCard) =>
        json.ValueKind == JsonValueKind.Array && ValueTypes.IsStructured(name, isCard)
            ? JsonValues.Joined(json, ";", part => part.ValueKind == JsonValueKind.Array
                ? JsonValues.Joined(part, ",", one => JsonValues.Read(one, type))
                : JsonValues.Read(part, type))
            : JsonValues.Read(json, type);
}
