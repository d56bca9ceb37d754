using System.Text;

namespace CompatBot.Formats.Json;

/// <summary>
/// Dates, times and offsets, which JSON writes with dashes and colons (RFC 7265 section 3.6, RFC 7095 section 3.5); what is none stays.
/// </summary>
internal static class JsonTimes
{
    /// <summary>Puts dashes and colons in.</summary>
    public static string Extended(string basic)
    {
        var at = basic.IndexOf('T', StringComparison.Ordinal);
        var date = at < 0 ? basic : basic[..at];
        if (date.Length == 8 && date.All(char.IsAsciiDigit)) date = $"{date[..4]}-{date[4..6]}-{date[6..]}";
        else if (date.Length == 6 && date.StartsWith("--", StringComparison.Ordinal)) date = $"{date[..4]}-{date[4..]}";
        return at < 0 ? date : $"{date}T{ExtendedTime(basic[(at + 1)..])}";
    }

    /// <summary>Takes them out again.</summary>
    public static string Basic(string extended)
    {
        var at = extended.IndexOf('T', StringComparison.Ordinal);
        var date = at < 0 ? extended : extended[..at];
        if (date.Length == 10 && date[4] == '-' && date[7] == '-') date = date.Replace("-", "", StringComparison.Ordinal);
        else if (date.Length == 7 && date.StartsWith("--", StringComparison.Ordinal) && date[4] == '-') date = date[..4] + date[5..];
        return at < 0 ? date : $"{date}T{BasicTime(extended[(at + 1)..])}";
    }

    /// <summary>A time of a day, or an offset from UTC; an offset at its end too.</summary>
    public static string ExtendedTime(string basic)
    {
        var text = new StringBuilder();
        for (var i = 0; i < basic.Length; i++)
        {
            // Digits go in pairs; between two of them, and behind a dash that stands for a pair, comes a colon.
            var run = 0;
            while (run < i && char.IsAsciiDigit(basic[i - run - 1])) run++;
            if (run > 0 && run % 2 == 0 && char.IsAsciiDigit(basic[i])) text.Append(':');
            text.Append(basic[i]);
        }

        return text.ToString();
    }

    public static string BasicTime(string extended) => extended.Replace(":", "", StringComparison.Ordinal);
}
