using CompatBot.Core.Queue;

namespace CompatBot.Protocols.Smtp;

/// <summary>NOTIFY's value (RFC 3461 section 4.1).</summary>
internal static class DsnWords
{
    private static readonly (string Word, DsnNotify Value)[] Words =
        [("NEVER", DsnNotify.Never), ("SUCCESS", DsnNotify.Success), ("FAILURE", DsnNotify.Failure), ("DELAY", DsnNotify.Delay)];

    public static string Text(DsnNotify notify) =>
        string.Join(',', Words.Where(word => (notify & word.Value) != 0).Select(word => word.Word));

    /// <returns>Null when it is no such list: NEVER stands alone.</returns>
    public static DsnNotify? Parse(string text)
    {
        var all = DsnNotify.None;
        foreach (var part in text.Split(','))
        {
            var known = Words.FirstOrDefault(word => word.Word.Equals(part, StringComparison.OrdinalIgnoreCase)).Value;
            if (known == DsnNotify.None) return null;
            all |= known;
        }

        return all == DsnNotify.Never || (all & DsnNotify.Never) == 0 ? all : null;
    }
}
