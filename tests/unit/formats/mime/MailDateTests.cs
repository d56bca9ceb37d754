using System.Globalization;
using CompatBot.Formats.Mime;
using Xunit;

namespace CompatBot.UnitTests.Formats.Mime;

public sealed class MailDateTests
{
    [Theory]
    [InlineData("Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T09:55:06-06:00")]
    [InlineData("Tue, 1 Jul 2003 10:52:37 +0200 (CEST)", "2003-07-01T10:52:37+02:00")]
    [InlineData("1 Jul 2003 10:52", "2003-07-01T10:52:00+00:00")]
    [InlineData("Thu,\t13\tFeb 1969 23:32 -0330", "1969-02-13T23:32:00-03:30")]
    [InlineData("21 Nov 97 09:55:06 GMT", "1997-11-21T09:55:06+00:00")]
    [InlineData("21 Nov 05 09:55:06 EST", "2005-11-21T09:55:06-05:00")]
    [InlineData("21 Nov 105 09:55:06 Z", "2005-11-21T09:55:06+00:00")]
    [InlineData("Fri, 21 Nov 1997 09(comment): 55 : 06 -0600", null)]
    [InlineData("Fri (day), 21 (x (y)) Nov 1997 09:55:06 -0600", "1997-11-21T09:55:06-06:00")]
    [InlineData("Sat Nov 21 01:02:03 2026", "2026-11-21T01:02:03+00:00")]
    [InlineData("Sat Nov  1 01:02:03 CET 2026", "2026-11-01T01:02:03+01:00")]
    [InlineData("2026-11-21T01:02:03Z", "2026-11-21T01:02:03+00:00")]
    [InlineData("2026-11-21T01:02:03.5+05:30", "2026-11-21T01:02:03+05:30")]
    [InlineData("2026-11-21 01:02:03", "2026-11-21T01:02:03+00:00")]
    [InlineData("21-Nov-2026 01:02:03 +0100", "2026-11-21T01:02:03+01:00")]
    [InlineData("Mon, 1 January 2024 00:00:00 GMT+0100", "2024-01-01T00:00:00+01:00")]
    [InlineData("1 Jan 2024", "2024-01-01T00:00:00+00:00")]
    [InlineData("31 Dec 2016 23:59:60 +0000", "2016-12-31T23:59:59+00:00")]
    [InlineData("1 Jan 2024 00:00:00 +9900", "2024-01-01T00:00:00+00:00")]
    [InlineData("1 Jan 2024 00:00:00 -0000", "2024-01-01T00:00:00+00:00")]
    [InlineData("1 Jan 2024 00:00:00 -600", "2024-01-01T00:00:00-06:00")]
    [InlineData("30 Feb 2024 00:00:00 +0000", null)]
    [InlineData("1 Jan 2024 24:00:00 +0000", null)]
    [InlineData("1 Jan 0 00:00:00 +0000", "2000-01-01T00:00:00+00:00")]
    [InlineData("1 Jan 0000 00:00:00 +0000", null)]
    [InlineData("1 Jan 0001 00:00:00 +0100", null)]
    [InlineData("1 Jan 99999 00:00:00 +0000", null)]
    [InlineData("yesterday", null)]
    [InlineData("::", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    [InlineData("(((((", null)]
    public void Dates(string? text, string? expected)
    {
        var read = MailDate.TryParse(text, out var date);
        Assert.Equal(expected, read ? date.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture) : null);
    }

    [Fact]
    public void No_text_makes_it_fail()
    {
        string[] pieces = ["1", "21", "Jan", "2024", "99", ":", "10:00", "+", "-", "-0100", "T", "Z", "(", ")", ",", " ", "/", ".",
            "2024-01-01", "+14", "a"];
        for (var seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            _ = MailDate.TryParse(string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => pieces[random.Next(pieces.Length)])),
                out _);
        }
    }

    [Fact]
    public void A_date_is_short() => Assert.False(MailDate.TryParse("1 Jan 2024 00:00:00 +0000" + new string(' ', 176), out _));
}
