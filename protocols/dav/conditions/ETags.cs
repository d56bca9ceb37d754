using System.Globalization;
using CompatBot.Core.Items;

namespace CompatBot.Protocols.Dav.Conditions;

/// <summary>Entity tags and the headers that compare them (RFC 9110 section 13).</summary>
internal static class ETags
{
    /// <summary>Strong: the item's number and the version of its octets, which name those octets for ever.</summary>
    public static string Of(ItemRow row) => string.Create(CultureInfo.InvariantCulture, $"\"{row.Id:x}-{row.Version:x}\"");

    /// <summary>Of a scheduling object: stays when only an attendee's answer came in (RFC 6638 section 3.2.10).</summary>
    public static string OfSchedule(ItemRow row) => string.Create(CultureInfo.InvariantCulture, $"\"{row.Id:x}-s{row.Schedule:x}\"");

    /// <summary>Whether a list of tags, or "*", names what is there.</summary>
    /// <param name="header">If-Match or If-None-Match.</param>
    /// <param name="tag">Null: nothing with a tag is there.</param>
    /// <param name="exists">Something is there.</param>
    /// <param name="weak">W/ in front of a tag does not matter.</param>
    public static bool Match(string header, string? tag, bool exists, bool weak)
    {
        if (header == "*") return exists;
        if (tag is null) return false;
        for (var at = 0; at < header.Length;)
        {
            while (at < header.Length && header[at] is ' ' or ',' or '\t') at++;
            var isWeak = at + 1 < header.Length && header[at] == 'W' && header[at + 1] == '/';
            if (isWeak) at += 2;
            int end;
            if (at < header.Length && header[at] == '"')
            {
                end = header.IndexOf('"', at + 1);
                if (end < 0) return false;
                end++;
            }
            else
            {
                end = header.IndexOf(',', at); // Without quotes, as some clients send it.
                if (end < 0) end = header.Length;
            }

            var one = header.AsSpan(at, end - at).Trim();
            if ((weak || !isWeak) && (one.SequenceEqual(tag) || one.SequenceEqual(tag.AsSpan(1, tag.Length - 2)))) return true;
            at = end;
        }

        return false;
    }
}
