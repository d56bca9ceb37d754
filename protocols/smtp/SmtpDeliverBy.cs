using System.Globalization;
using CompatBot.Core.Queue;

namespace CompatBot.Protocols.Smtp;

/// <summary>BY of MAIL: until when a message is of use (RFC 2852 section 4).</summary>
/// <param name="Within">From now; less than nothing: it is late already, and only its sender is to be told.</param>
/// <param name="Returns">Mode R: what is late goes back.</param>
/// <param name="Traces">T: the sender hears when it is passed on.</param>
public sealed record SmtpDeliverBy(TimeSpan Within, bool Returns, bool Traces)
{
    private const int DigitsMax = 9;

    /// <summary>by-value = ["-" / "+"] 1*9digit ";" ("N" / "R") ["T"]</summary>
    /// <returns>Null when the value is none.</returns>
    public static SmtpDeliverBy? Parse(string? value)
    {
        if (value?.Split(';') is not [var time, var mode]) return null;
        var digits = time.TrimStart('+', '-');
        if (digits.Length is 0 or > DigitsMax || time.Length > digits.Length + 1) return null;
        if (!uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return null;
        var within = TimeSpan.FromSeconds(time[0] == '-' ? -(double)seconds : seconds);
        return mode.ToUpperInvariant() switch
        {
            "R" or "RT" => within > TimeSpan.Zero ? new SmtpDeliverBy(within, Returns: true, mode.Length == 2) : null,
            "N" or "NT" => new SmtpDeliverBy(within, Returns: false, mode.Length == 2),
            _ => null,
        };
    }

    /// <summary>What is said to the next server.</summary>
    public static string Text(QueueDeadline deadline, DateTimeOffset now) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Math.Clamp(Math.Floor((deadline.At - now).TotalSeconds), -999_999_999, 999_999_999):0};{(deadline.Returns ? "R" : "N")}"
            + $"{(deadline.Traces ? "T" : "")}");

    public QueueDeadline From(DateTimeOffset now) => new(now + Within, Returns, Traces);
}
