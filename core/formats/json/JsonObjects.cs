using System.Text.Json;
using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Json;

/// <summary>iCalendar as jCal (RFC 7265), and vCard 4.0 as jCard (RFC 7095), both ways.</summary>
public static class JsonObjects
{
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = 64 };

    /// <summary>A VCALENDAR or VCARD in JSON, UTF-8.</summary>
    public static byte[] Write(Component root)
    {
        using var octets = new MemoryStream();
        using (var json = new Utf8JsonWriter(octets)) Write(json, root, root.Name == "VCARD");
        return octets.ToArray();
    }

    /// <returns>Null when it is no jCal or jCard.</returns>
    public static Component? Read(ReadOnlyMemory<byte> octets)
    {
        try
        {
            using var json = JsonDocument.Parse(octets, Reading);
            return ReadComponent(json.RootElement, 0);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null; // The latter: a string that is no UTF-16.
        }
    }

    private static void Write(Utf8JsonWriter json, Component component, bool isCard)
    {
        json.WriteStartArray();
        json.WriteStringValue(component.Name.ToLowerInvariant());
        json.WriteStartArray();
        foreach (var property in component.Properties) JsonProperties.Write(json, property, isCard);
        json.WriteEndArray();
        if (!isCard)
        {
            json.WriteStartArray();
            foreach (var part in component.Components) Write(json, part, isCard);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static Component? ReadComponent(JsonElement json, int depth)
    {
        if (depth == Component.DepthMax || json.ValueKind != JsonValueKind.Array || json.GetArrayLength() is not (2 or 3)) return null;
        if (json[0].ValueKind != JsonValueKind.String || json[1].ValueKind != JsonValueKind.Array) return null;
        var name = json[0].GetString()!.ToUpperInvariant();
        if (!JsonProperties.IsName(name)) return null;
        var properties = json[1].EnumerateArray().Select(one => JsonProperties.Read(one, name == "VCARD")).ToList();
        var parts = new List<Component?>();
        if (json.GetArrayLength() == 3)
        {
            if (json[2].ValueKind != JsonValueKind.Array) return null;
            foreach (var part in json[2].EnumerateArray()) parts.Add(ReadComponent(part, depth + 1));
        }

        return properties.Contains(null) || parts.Contains(null)
            ? null
            : new Component(name).With(properties.OfType<ContentLine>(), parts.OfType<Component>());
    }
}
