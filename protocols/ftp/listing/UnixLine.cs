using System.Globalization;

namespace CompatBot.Protocols.Ftp.Listing;

/// <summary>A line of LIST as /bin/ls -l prints it: no standard, and what every client takes apart.</summary>
internal static class UnixLine
{
    private static readonly TimeSpan Recent = TimeSpan.FromDays(180);

    public static string Of(Entry entry, DateTimeOffset now, bool readOnly)
    {
        var rights = (entry.IsFolder, readOnly) switch
        {
            (true, false) => "drwx------",
            (true, true) => "dr-x------",
            (false, false) => "-rw-------",
            (false, true) => "-r--------",
        };
        var time = entry.Time;
        var day = time.ToString("MMM dd ", CultureInfo.InvariantCulture);
        var rest = now - time < Recent && time <= now + TimeSpan.FromDays(1)
            ? time.ToString("HH:mm", CultureInfo.InvariantCulture)
            : time.ToString(" yyyy", CultureInfo.InvariantCulture);
        var links = entry.IsFolder ? 2 : 1;
        return string.Create(
            CultureInfo.InvariantCulture, $"{rights} {links,3} owner    owner    {entry.Size,12} {day}{rest} {entry.Name}");
    }
}
