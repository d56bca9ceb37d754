namespace CompatBot.Formats.Mime;

/// <summary>A subject without the marks of replies and forwards (RFC 5256 section 2.1): what sorting and threading compare.</summary>
public static class BaseSubject
{
    /// <summary>Characters of a subject that count; marks are taken off its ends one by one.</summary>
    private const int CharsMax = 4000;

    /// <param name="wireText">Unfolded Subject; null: there is none.</param>
    /// <param name="isReply">A mark of a reply or a forward was taken off.</param>
    public static string Of(string? wireText, out bool isReply)
    {
        isReply = false;
        if (wireText is null) return "";
        var decoded = EncodedWords.Decode(wireText.Length > CharsMax ? wireText[..CharsMax] : wireText);
        var subject = string.Join(' ', decoded.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
        while (true)
        {
            subject = Trailers(subject, ref isReply);
            string before;
            do
            {
                before = subject;
                subject = Leader(subject, ref isReply);
                subject = Blob(subject);
            }
            while (subject.Length < before.Length);
            if (!subject.StartsWith("[fwd:", StringComparison.OrdinalIgnoreCase) || subject[^1] != ']') return subject;
            isReply = true;
            subject = subject[5..^1].Trim(' ');
        }
    }

    /// <summary>subj-trailer = "(fwd)" / WSP</summary>
    private static string Trailers(string subject, ref bool isReply)
    {
        while (true)
        {
            subject = subject.TrimEnd(' ');
            if (!subject.EndsWith("(fwd)", StringComparison.OrdinalIgnoreCase)) return subject;
            isReply = true;
            subject = subject[..^5];
        }
    }

    /// <summary>subj-leader = (*subj-blob subj-refwd) / WSP; subj-refwd = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"</summary>
    private static string Leader(string subject, ref bool isReply)
    {
        var at = 0;
        while (AfterBlob(subject, at) is var after and > 0) at = after;
        var rest = subject.AsSpan(at);
        var word = rest.StartsWith("fwd", StringComparison.OrdinalIgnoreCase) ? 3
            : rest.StartsWith("re", StringComparison.OrdinalIgnoreCase) || rest.StartsWith("fw", StringComparison.OrdinalIgnoreCase) ? 2
            : 0;
        if (word == 0) return subject.TrimStart(' ');
        at += word;
        while (at < subject.Length && subject[at] == ' ') at++;
        if (AfterBlob(subject, at) is var blob and > 0) at = blob;
        if (at >= subject.Length || subject[at] != ':') return subject.TrimStart(' ');
        isReply = true;
        return subject[(at + 1)..].TrimStart(' ');
    }

    /// <summary>A prefix "[...]" goes, unless nothing would be left.</summary>
    private static string Blob(string subject) =>
        AfterBlob(subject, 0) is var end and > 0 && end < subject.Length ? subject[end..] : subject;

    /// <summary>subj-blob = "[" *BLOBCHAR "]" *WSP</summary>
    /// <returns>Where it ends; 0 when there is none.</returns>
    private static int AfterBlob(string subject, int at)
    {
        if (at >= subject.Length || subject[at] != '[') return 0;
        var end = subject.AsSpan(at + 1).IndexOfAny('[', ']');
        if (end < 0 || subject[at + 1 + end] != ']') return 0;
        at += end + 2;
        while (at < subject.Length && subject[at] == ' ') at++;
        return at;
    }
}
