using System.Globalization;
using CompatBot.Core.Mail.History;

namespace CompatBot.Gateway.Config;

/// <summary>How long what was deleted is kept in accounts that chose no horizon: as it was last said for this data directory.</summary>
public static class HistoryDays
{
    private const string FileName = "history-days";

    /// <summary>Keeps what is said now, so that a later start or a verb without a server forgets nothing too early.</summary>
    /// <exception cref="InvalidDataException">The file holds something else than a number of days.</exception>
    public static int Of(string dataDirectory, int? said)
    {
        var path = Path.Combine(dataDirectory, FileName);
        if (said is { } days)
        {
            DataDirectory.ReplacePrivate(path, days.ToString(CultureInfo.InvariantCulture));
            return days;
        }

        if (!File.Exists(path)) return MailHistory.HorizonDays;
        var isNumber = int.TryParse(File.ReadAllText(path), NumberStyles.None, CultureInfo.InvariantCulture, out var kept);
        return isNumber && kept <= MailHistory.HorizonDaysMax
            ? kept
            : throw new InvalidDataException($"{path} holds no number of days: say one by `compatbot serve --history-days`");
    }
}
