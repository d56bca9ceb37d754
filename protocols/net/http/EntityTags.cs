using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Net.Http;

/// <summary>The headers that compare entity tags (RFC 9110 section 13).</summary>
internal static class EntityTags
{
    /// <summary>Whether If-None-Match says that the client has what is there: then 304 is the answer.</summary>
    public static bool AreKnown(HttpRequest request, string tag) =>
        request.Headers.IfNoneMatch.Count > 0 && Match(request.Headers.IfNoneMatch.ToString().Trim(), tag, exists: true, weak: true);

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
