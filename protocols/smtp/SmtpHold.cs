using System.Globalization;

namespace CompatBot.Protocols.Smtp;

/// <summary>When held mail is to go (RFC 4865 section 4): so long from now, or at a time.</summary>
public sealed record SmtpHold(TimeSpan For, DateTimeOffset At)
{
    private const int DigitsMax = 9;

    /// <returns>Null when the value is none.</returns>
    public static SmtpHold? Parse(string keyword, string? value)
    {
        if (keyword == "HOLDFOR")
        {
            return value?.Length <= DigitsMax && uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                && seconds > 0 ? new SmtpHold(TimeSpan.FromSeconds(seconds), default) : null;
        }

        // RFC 3339, as RFC 4865 section 3 takes it: with "Z" or an offset.
        string[] forms = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];
        var hasZone = value is not null && (value.EndsWith('Z') || value.LastIndexOfAny(['+', '-']) > "yyyy-MM-dd".Length);
        return hasZone && DateTimeOffset.TryParseExact(value, forms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at)
            ? new SmtpHold(default, at) : null;
    }

    public DateTimeOffset Until(DateTimeOffset now) => For > TimeSpan.Zero ? now + For : At;
}
