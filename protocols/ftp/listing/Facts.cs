using System.Globalization;

namespace CompatBot.Protocols.Ftp.Listing;

/// <summary>Facts of MLST and MLSD (RFC 3659 section 7), and their times.</summary>
internal static class Facts
{
    /// <summary>For FEAT: every fact is always given.</summary>
    public const string Names = "type*;size*;modify*;unique*;perm*;UNIX.mode*;";

    private const string TimeFormat = "yyyyMMddHHmmss";

    /// <param name="type">"file", "dir", "cdir" or "pdir".</param>
    public static string Of(Entry entry, string type, string name, bool readOnly)
    {
        var rights = (entry.IsFolder, readOnly) switch
        {
            (true, false) => "cdeflmp",
            (true, true) => "el",
            (false, false) => "adfrw",
            (false, true) => "r",
        };
        var size = entry.IsFolder ? "" : $"size={entry.Size};";
        var mode = entry.IsFolder ? "0700" : "0600";
        return $"type={type};{size}modify={Time(entry.Time)};unique={entry.Id:x};perm={rights};UNIX.mode={mode}; {name}";
    }

    /// <summary>In UTC.</summary>
    public static string Time(DateTimeOffset time) => time.ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>time-val, perhaps with a fraction; null for none.</summary>
    public static DateTimeOffset? Time(string text) => DateTimeOffset.TryParseExact(
        text.Split('.')[0], TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
