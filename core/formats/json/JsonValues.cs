using System.Globalization;
using System.Text.Json;
using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Json;

/// <summary>One value of a property, from its text to JSON and back.</summary>
internal static class JsonValues
{
    /// <param name="json">Takes the value.</param>
    /// <param name="type">As jCal names it.</param>
    /// <param name="value">As it is written in a content line.</param>
    public static void Write(Utf8JsonWriter json, string type, string value)
    {
        switch (type)
        {
            case "integer" when IsInteger(value, out var number):
                json.WriteNumberValue(number);
                break;
            case "float" when IsFloat(value, out var real):
                json.WriteNumberValue(real);
                break;
            case "boolean" when bool.TryParse(value, out var truth):
                json.WriteBooleanValue(truth);
                break;
            case "period":
                json.WriteStartArray();
                foreach (var end in value.Split('/', 2)) json.WriteStringValue(end.StartsWith('P') ? end : JsonTimes.Extended(end));
                json.WriteEndArray();
                break;
            case "recur":
                WriteRule(json, value);
                break;
            default:
                json.WriteStringValue(type switch
                {
                    "text" => ContentLine.Unescape(value),
                    "date" or "date-time" or "date-and-or-time" or "timestamp" => JsonTimes.Extended(value),
                    "time" or "utc-offset" => JsonTimes.ExtendedTime(value),
                    _ => value,
                });
                break;
        }
    }

    /// <returns>As it is written in a content line; null when it is no such value.</returns>
    public static string? Read(JsonElement json, string type) => json.ValueKind switch
    {
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => json.GetRawText(),
        JsonValueKind.Array when type == "period" => Joined(json, "/", one => Read(one, "date-time")),
        JsonValueKind.Object when type == "recur" => ReadRule(json),
        JsonValueKind.String => ReadText(json.GetString()!, type),
        _ => null,
    };

    /// <summary>Several values, or parts of one.</summary>
    public static string? Joined(JsonElement array, string between, Func<JsonElement, string?> read)
    {
        var parts = array.EnumerateArray().Select(read).ToList();
        return parts.Contains(null) ? null : string.Join(between, parts);
    }

    /// <summary>Takes a value apart where a character stands that is not escaped.</summary>
    public static IEnumerable<string> Split(string value, char between)
    {
        var start = 0;
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '\\') i++;
            else if (value[i] == between)
            {
                yield return value[start..i];
                start = i + 1;
            }
        }

        yield return value[start..];
    }

    private static string? ReadText(string text, string type)
    {
        var value = type switch
        {
            "text" => ContentLine.Escape(text),
            "date" or "date-time" or "date-and-or-time" or "timestamp" when !text.StartsWith('P') => JsonTimes.Basic(text),
            "time" or "utc-offset" => JsonTimes.BasicTime(text),
            _ => text,
        };
        return value.AsSpan().ContainsAny('\r', '\n') ? null : value; // It would become lines of its own.
    }

    private static void WriteRule(Utf8JsonWriter json, string value)
    {
        json.WriteStartObject();
        foreach (var part in value.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0) continue;
            var name = part[..equals].ToLowerInvariant();
            var values = part[(equals + 1)..].Split(',');
            json.WritePropertyName(name);
            if (values.Length > 1) json.WriteStartArray();
            foreach (var one in values)
            {
                if (name == "until") json.WriteStringValue(JsonTimes.Extended(one));
                else if (IsInteger(one, out var number)) json.WriteNumberValue(number);
                else json.WriteStringValue(one);
            }

            if (values.Length > 1) json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static string? ReadRule(JsonElement json)
    {
        var parts = new List<string>();
        foreach (var part in json.EnumerateObject())
        {
            var type = part.Name.Equals("until", StringComparison.OrdinalIgnoreCase) ? "date-time" : "unknown";
            var value = part.Value.ValueKind == JsonValueKind.Array
                ? Joined(part.Value, ",", one => Read(one, type))
                : Read(part.Value, type);
            if (value is null || part.Name.AsSpan().ContainsAny(';', '=', ':') || value.AsSpan().ContainsAny(';', '\r', '\n')) return null;
            parts.Add($"{part.Name.ToUpperInvariant()}={value}");
        }

        return string.Join(';', parts);
    }

    private static bool IsInteger(string value, out long number) =>
        long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    private static bool IsFloat(string value, out double real) => double.TryParse(
        value, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out real);
}
