namespace CompatBot.Protocols.Dav.Timezones;

/// <summary>TAI minus UTC, in seconds, from the day on (IERS, as the IANA database has it).</summary>
internal static class LeapSeconds
{
    /// <summary>Until then it is known that there is no other.</summary>
    public const string Expires = "2026-06-28";

    public static IReadOnlyList<(int Offset, string Onset)> All { get; } =
    [
        (10, "1972-01-01"), (11, "1972-07-01"), (12, "1973-01-01"), (13, "1974-01-01"), (14, "1975-01-01"), (15, "1976-01-01"),
        (16, "1977-01-01"), (17, "1978-01-01"), (18, "1979-01-01"), (19, "1980-01-01"), (20, "1981-07-01"), (21, "1982-07-01"),
        (22, "1983-07-01"), (23, "1985-07-01"), (24, "1988-01-01"), (25, "1990-01-01"), (26, "1991-01-01"), (27, "1992-07-01"),
        (28, "1993-07-01"), (29, "1994-07-01"), (30, "1996-01-01"), (31, "1997-07-01"), (32, "1999-01-01"), (33, "2006-01-01"),
        (34, "2009-01-01"), (35, "2012-07-01"), (36, "2015-07-01"), (37, "2017-01-01"),
    ];
}
