namespace CompatBot.Protocols.Ftp;

/// <summary>Paths as FTP clients write them: "/" is the account's files; relative ones begin at the working folder.</summary>
internal static class FtpPath
{
    private const int NamesMax = 256;

    /// <summary>The names from the root; ".." does not lead out of it. Null when there are too many.</summary>
    public static List<string>? Resolve(IReadOnlyList<string> folder, string path)
    {
        var names = path.StartsWith('/') ? [] : folder.ToList();
        foreach (var name in path.Split('/'))
        {
            if (name is "" or ".") continue;
            if (name != "..") names.Add(name);
            else if (names.Count > 0) names.RemoveAt(names.Count - 1);
        }

        return names.Count > NamesMax ? null : names;
    }

    public static string Text(IReadOnlyList<string> names) => "/" + string.Join('/', names);

    /// <summary>Between quotes, and a quote in it twice (RFC 959 appendix II).</summary>
    public static string Quoted(IReadOnlyList<string> names) => $"\"{Text(names).Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
