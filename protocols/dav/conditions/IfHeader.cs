namespace CompatBot.Protocols.Dav.Conditions;

/// <summary>One condition: a state token or an entity tag, perhaps negated.</summary>
internal readonly record struct IfCondition(bool Not, string Value, bool IsTag);

/// <summary>Conditions that must all hold, for a resource.</summary>
/// <param name="Resource">URL; null: that of the request.</param>
internal sealed record IfList(string? Resource, IReadOnlyList<IfCondition> Conditions);

/// <summary>The If header (RFC 4918 section 10.4): lists, of which one must hold.</summary>
internal sealed record IfHeader(IReadOnlyList<IfList> Lists)
{
    private const int ConditionsMax = 1000;

    private static readonly IfHeader None = new([]);

    /// <summary>Every state token that is named and not negated: the locks that the client knows of.</summary>
    public IEnumerable<string> Tokens =>
        from list in Lists
        from one in list.Conditions
        where !one.IsTag && !one.Not
        select one.Value;

    /// <returns>Null when the text does not follow the grammar; no lists when there is no header.</returns>
    public static IfHeader? Parse(string? text)
    {
        if (text is null) return None;
        var (lists, resource, count, at) = (new List<IfList>(), (string?)null, 0, 0);
        while (true)
        {
            Skip(text, ref at);
            if (at == text.Length) return lists.Count > 0 ? new IfHeader(lists) : null;
            if (text[at] == '<')
            {
                if (Until(text, ref at, '>') is not { } url) return null;
                resource = url;
                Skip(text, ref at);
            }

            if (at == text.Length || text[at++] != '(') return null;
            var conditions = new List<IfCondition>();
            for (Skip(text, ref at); at < text.Length && text[at] != ')'; Skip(text, ref at))
            {
                var not = string.Compare(text, at, "Not", 0, 3, StringComparison.OrdinalIgnoreCase) == 0;
                if (not)
                {
                    at += 3;
                    Skip(text, ref at);
                }

                if (at == text.Length || ++count > ConditionsMax) return null;
                var isTag = text[at] == '[';
                if (!isTag && text[at] != '<') return null;
                if (Until(text, ref at, isTag ? ']' : '>') is not { } value) return null;
                conditions.Add(new IfCondition(not, value, isTag));
            }

            if (at == text.Length || conditions.Count == 0) return null;
            at++;
            lists.Add(new IfList(resource, conditions));
        }
    }

    private static void Skip(string text, ref int at)
    {
        while (at < text.Length && text[at] is ' ' or '\t') at++;
    }

    /// <summary>What is between the bracket at <paramref name="at"/> and its end.</summary>
    private static string? Until(string text, ref int at, char end)
    {
        var close = text.IndexOf(end, at + 1);
        if (close < 0) return null;
        var value = text[(at + 1)..close];
        at = close + 1;
        return value;
    }
}
