using System.Globalization;

namespace CompatBot.Gateway.Config;

/// <summary>Sizes as people type and read them: octets, or with K, M, G or T, each 1,024 times the one before.</summary>
internal static class DataSize
{
    private const string Units = "KMGT";

    /// <returns>Null for what is no size, or is beyond 2^63 octets.</returns>
    public static long? Parse(string text)
    {
        var unit = text.Length == 0 ? -1 : Units.IndexOf(char.ToUpperInvariant(text[^1]), StringComparison.Ordinal);
        var digits = unit < 0 ? text : text[..^1];
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return null;
        var factor = 1L << (10 * (unit + 1));
        return number <= long.MaxValue / factor ? number * factor : null;
    }

    /// <summary>With the largest unit of which there is at least one, rounded to a tenth.</summary>
    public static string Text(long octets)
    {
        var (value, unit) = ((double)octets, -1);
        while (value >= 1024 && unit < Units.Length - 1) (value, unit) = (value / 1024, unit + 1);
        return unit < 0
            ? string.Create(CultureInfo.InvariantCulture, $"{octets}")
            : string.Create(CultureInfo.InvariantCulture, $"{value:0.#}{Units[unit]}");
    }
}
