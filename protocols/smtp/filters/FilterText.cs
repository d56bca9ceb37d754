namespace CompatBot.Protocols.Smtp.Filters;

/// <summary>Words of a filter, which may be a stranger's, for a reply or a header field.</summary>
internal static class FilterText
{
    private const int CharsMax = 200;

    /// <summary>Printable ASCII, one line, not too long.</summary>
    public static string Line(string text) =>
        string.Concat(text.Take(CharsMax).Select(letter => letter is >= ' ' and < (char)127 ? letter : '?')).Trim();
}
