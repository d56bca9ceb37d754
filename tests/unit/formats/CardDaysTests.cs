using System.Text;
using CompatBot.Formats.Vcard;
using CompatBot.Formats.Vobject;
using Xunit;

namespace CompatBot.UnitTests.Formats;

/// <summary>Birthdays and anniversaries as the versions of vCard, and programs, write them.</summary>
public sealed class CardDaysTests
{
    [Theory]
    [InlineData("BDAY:19800412", 1980, 4, 12)]
    [InlineData("BDAY:1980-04-12", 1980, 4, 12)]
    [InlineData("BDAY;VALUE=date:1980-04-12", 1980, 4, 12)]
    [InlineData("BDAY:1980-04-12T00:00:00Z", 1980, 4, 12)]
    [InlineData("BDAY:19800412T102200-0800", 1980, 4, 12)]
    [InlineData("item1.BDAY:1980-04-12", 1980, 4, 12)]
    [InlineData("BDAY:--0412", null, 4, 12)]
    [InlineData("BDAY:--04-12", null, 4, 12)]
    [InlineData("BDAY:--0229", null, 2, 29)]
    [InlineData("BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12", null, 4, 12)]
    [InlineData("BDAY;VALUE=date;X-APPLE-OMIT-YEAR=1604:1980-04-12", 1980, 4, 12)]
    [InlineData("BDAY:0000-04-12", null, 4, 12)]
    [InlineData("BDAY:9999-12-31", null, 12, 31)]
    public void A_birthday_is_read(string line, int? year, int month, int day) =>
        Assert.Equal([new CardDay(true, year, month, day)], Of(line));

    [Theory]
    [InlineData("ANNIVERSARY:20050601")]
    [InlineData("X-ANNIVERSARY:2005-06-01")]
    [InlineData("X-EVOLUTION-ANNIVERSARY:2005-06-01")]
    [InlineData("item2.X-ABDATE;type=pref:2005-06-01\nitem2.X-ABLabel:_$!<Anniversary>!$_")]
    public void An_anniversary_is_read(string line) => Assert.Equal([new CardDay(false, 2005, 6, 1)], Of(line));

    [Theory]
    [InlineData("BDAY:")]
    [InlineData("BDAY:1980")]
    [InlineData("BDAY:1980-04")]
    [InlineData("BDAY:---12")]
    [InlineData("BDAY:--04")]
    [InlineData("BDAY:T102200")]
    [InlineData("BDAY:1981-02-29")]
    [InlineData("BDAY:1980-13-01")]
    [InlineData("BDAY:1980-00-10")]
    [InlineData("BDAY:+980-04-12")]
    [InlineData("BDAY:\u0661\u0669\u0668\u0660-04-12")]
    [InlineData("BDAY;VALUE=text:circa 1800")]
    [InlineData("item2.X-ABDATE:2005-06-01\nitem2.X-ABLabel:_$!<Other>!$_")]
    [InlineData("item1.X-ABDATE:2005-06-01\nitem2.X-ABLabel:_$!<Anniversary>!$_")]
    [InlineData("BDAY:19800412\nX-ADDRESSBOOKSERVER-KIND:group")]
    [InlineData("BDAY:19800412\nKIND:group")]
    public void What_names_no_day_of_a_year_is_none(string line) => Assert.Empty(Of(line));

    private static IEnumerable<CardDay> Of(string line)
    {
        Assert.Null(Component.Read(Encoding.UTF8.GetBytes($"BEGIN:VCARD\nVERSION:4.0\nFN:Carla\n{line}\nEND:VCARD\n"), out var roots));
        return CardDays.Of(roots[0]);
    }
}
