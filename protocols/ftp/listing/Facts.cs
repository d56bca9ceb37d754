using System.Globalization;
using System.Text;

namespace CompatBot.Protocols.Ftp.Listing;

/// <summary>Facts of MLST and MLSD (RFC 3659 section 7), and their times.</summary>
internal static class Facts
{
    /// <summary>Every fact there is, in the order in which they are given; a client may ask for fewer (OPTS MLST).</summary>
    public static readonly IReadOnlyList<string> All = ["type", "size", "modify", "create", "unique", "perm", "UNIX.mode"];

    private const string TimeFormat = "yyyyMMddHHmmss";

    /// <param name="entry">What it is about.</param>
    /// <param name="type">"file", "dir", "cdir" or "pdir".</param>
    /// <param name="name">Or path.</param>
    /// <param name="readOnly">Nothing of it may be changed.</param>
    /// <param name="wanted">Of <see cref="All"/>.</param>
    public static string Of(Entry entry, string type, string name, bool readOnly, IReadOnlyList<string> wanted)
    {
        var rights = (entry.IsFolder, readOnly) switch
        {
            (true, false) => "cdeflmp",
            (true, true) => "el",
            (false, false) => "adfrw",
            (false, true) => "r",
        };
        var facts = new StringBuilder();
        foreach (var fact in wanted)
        {
            var value = fact switch
            {
                "type" => type,
                "size" => entry.IsFolder ? null : entry.Size.ToString(CultureInfo.InvariantCulture),
                "modify" => Time(entry.Time),
                "create" => Time(entry.CreatedTime),
                "unique" => entry.Id.ToString("x", CultureInfo.InvariantCulture),
                "perm" => rights,
                _ => entry.IsFolder ? "0700" : "0600",
            };
            if (value is not null) facts.Append(fact).Append('=').Append(value).Append(';');
        }

        return facts.Append(' ').Append(name).ToString();
    }

    /// <summary>In UTC.</summary>
    public static string Time(DateTimeOffset time) => time.ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>time-val, perhaps with a fraction; null for none.</summary>
    public static DateTimeOffset? Time(string text) => DateTimeOffset.TryParseExact(
        text.Split('.')[0], TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
