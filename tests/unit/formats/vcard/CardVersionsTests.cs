using System.Text;
using CompatBot.Formats.Vcard;
using CompatBot.Formats.Vobject;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace CompatBot.UnitTests.Formats.Vcard;

/// <summary>Contacts in the version that a client asks for: what 3.0 and 4.0 say in other words, and what must come back.</summary>
public sealed class CardVersionsTests
{
    [Theory]
    [InlineData("TEL;TYPE=HOME,VOICE,PREF:+1", "TEL;TYPE=home,voice;PREF=1:+1")]
    [InlineData("TEL;TYPE=WORK;TYPE=FAX:+1", "TEL;TYPE=work,fax:+1")]
    [InlineData("EMAIL;TYPE=INTERNET;TYPE=pref:a@b", "EMAIL;PREF=1:a@b")]
    [InlineData("EMAIL;TYPE=INTERNET:a@b", "EMAIL:a@b")]
    [InlineData("PHOTO;ENCODING=b;TYPE=JPEG:AAECAw==", "PHOTO:data:image/jpeg;base64,AAECAw==")]
    [InlineData("PHOTO;VALUE=uri;TYPE=PNG:https://x/y.png", "PHOTO;MEDIATYPE=image/png:https://x/y.png")]
    [InlineData("KEY;ENCODING=b;TYPE=PGP:AAEC", "KEY:data:application/pgp-keys;base64,AAEC")]
    [InlineData("BDAY:1996-04-15", "BDAY:19960415")]
    [InlineData("BDAY;VALUE=date:1996-04-15", "BDAY:19960415")]
    [InlineData("BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-15", "BDAY:--0415")]
    [InlineData("REV:1995-10-31T22:27:10Z", "REV:19951031T222710Z")]
    [InlineData("GEO:37.386013;-122.082932", "GEO:geo:37.386013,-122.082932")]
    [InlineData("X-ADDRESSBOOKSERVER-KIND:group", "KIND:group")]
    [InlineData("X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:03a0e51f", "MEMBER:urn:uuid:03a0e51f")]
    [InlineData("X-ABSHOWAS:COMPANY", "KIND:org")]
    [InlineData("CLASS:PRIVATE", "X-CLASS:PRIVATE")]
    [InlineData("item1.X-ABLABEL:_$!<Other>!$_", "item1.X-ABLABEL:_$!<Other>!$_")]
    [InlineData("item1.URL;TYPE=PREF:https://x", "item1.URL;PREF=1:https://x")]
    [InlineData("NOTE:a\\nb\\, c\\; d", "NOTE:a\\nb\\, c\\; d")]
    public void A_property_of_3_is_said_in_the_words_of_4(string three, string four) =>
        Assert.Equal(four, Line(Card("3.0", "N:;A;;;\r\nFN:A", three), "4.0"));

    [Theory]
    [InlineData("TEL;TYPE=home,voice;PREF=1:+1", "TEL;TYPE=HOME,VOICE,PREF:+1")]
    [InlineData("TEL;VALUE=uri;TYPE=cell:tel:+1-555;ext=7", "TEL;TYPE=CELL:+1-555 x7")]
    [InlineData("PHOTO:data:image/png;base64,AAEC", "PHOTO;ENCODING=b;TYPE=PNG:AAEC")]
    [InlineData("PHOTO;MEDIATYPE=image/gif:https://x/y.gif", "PHOTO;VALUE=uri;TYPE=GIF:https://x/y.gif")]
    [InlineData("BDAY:--0415", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-15")]
    [InlineData("BDAY:19531015T231000Z", "BDAY:1953-10-15T23:10:00Z")]
    [InlineData("BDAY;VALUE=text:circa 1800", "BDAY;VALUE=text:circa 1800")]
    [InlineData("KIND:group", "X-ADDRESSBOOKSERVER-KIND:group")]
    [InlineData("MEMBER:urn:uuid:03a0e51f", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:03a0e51f")]
    [InlineData("ANNIVERSARY:20090808", "X-ANNIVERSARY:2009-08-08")]
    [InlineData("GEO:geo:37.386013,-122.082932", "GEO:37.386013;-122.082932")]
    [InlineData("X-CLASS:PRIVATE", "CLASS:PRIVATE")]
    [InlineData("EMAIL;PID=4.1,5.2;ALTID=1:a@b", "EMAIL:a@b")]
    public void A_property_of_4_is_said_in_the_words_of_3(string four, string three) =>
        Assert.Equal(three, Line(Card("4.0", "N:;A;;;\r\nFN:A", four), "3.0"));

    [Fact]
    public void Only_the_most_preferred_of_a_kind_is_preferred_in_3()
    {
        var text = CardVersions.To(Card("4.0", "FN:A", "EMAIL;PREF=2:b@x\r\nEMAIL;PREF=1:a@x\r\nTEL;PREF=50:+1"), "3.0")!;
        Assert.Contains("EMAIL:b@x\r\nEMAIL;TYPE=PREF:a@x\r\nTEL;TYPE=PREF:+1", text, StringComparison.Ordinal);
        Assert.Contains("\r\nN:A;;;;\r\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_goes_to_its_address_and_back()
    {
        var four = CardVersions.To(
            Card("3.0", "N:;A;;;\r\nFN:A", "ADR;TYPE=HOME:;;Way 1;Rome;;;\r\nLABEL;TYPE=home:Way 1\\nRome\r\nLABEL;TYPE=WORK:Else"),
            "4.0")!;
        Assert.Contains("ADR;LABEL=Way 1^nRome;TYPE=home:;;Way 1;Rome;;;", four, StringComparison.Ordinal);
        Assert.Contains("X-LABEL;TYPE=work:Else", four, StringComparison.Ordinal);
        var three = CardVersions.To(Encoding.UTF8.GetBytes(four), "3.0")!;
        Assert.Contains("ADR;TYPE=HOME:;;Way 1;Rome;;;\r\nLABEL;TYPE=HOME:Way 1\\nRome", three, StringComparison.Ordinal);
        Assert.Contains("LABEL;TYPE=WORK:Else", three, StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_of_an_old_phone_can_be_read()
    {
        var old = "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6rg=\r\n;;;\r\n"
            + "FN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:J=F6rg\r\nTEL;CELL;PREF:+49\r\n"
            + "NOTE;ENCODING=QUOTED-PRINTABLE:a=0D=0Ab; c\r\nPHOTO;JPEG;BASE64:\r\n AAEC\r\n Aw==\r\n\r\nEND:VCARD\r\n";
        var three = CardVersions.To(Encoding.UTF8.GetBytes(old), "3.0")!;
        Assert.Contains("N:Müller;Jörg;;;\r\nFN:Jörg\r\n", three, StringComparison.Ordinal);
        Assert.Contains("TEL;TYPE=CELL,PREF:+49\r\nNOTE:a\\nb\\; c\r\n", three, StringComparison.Ordinal);
        var four = CardVersions.To(Encoding.UTF8.GetBytes(old), "4.0")!;
        Assert.Contains("TEL;TYPE=cell;PREF=1:+49", four, StringComparison.Ordinal);
        Assert.Contains("PHOTO:data:image/jpeg;base64,AAECAw==", four, StringComparison.Ordinal);
    }

    [Fact]
    public void What_has_the_version_already_is_not_touched()
    {
        Assert.Null(CardVersions.To(Card("3.0", "FN:A", "X-A:b"), "3.0"));
        Assert.Null(CardVersions.To("no card"u8, "4.0"));
    }

    /// <summary>What 3.0 can say comes back as it was from a client that speaks 4.0 only.</summary>
    [Fact]
    public void A_card_comes_back_from_the_other_version() => Prop.ForAll(Cards().ToArbitrary(), lines =>
    {
        var three = Card("3.0", "N:;A;;;\r\nFN:A", string.Join("\r\n", lines));
        var four = CardVersions.To(three, "4.0")!;
        var again = CardVersions.To(Encoding.UTF8.GetBytes(four), "3.0")!;
        return Encoding.UTF8.GetString(three) == again ? true : throw new InvalidOperationException(four + "\n" + again);
    }).QuickCheckThrowOnFailure();

    private static Gen<List<string>> Cards()
    {
        var text = Gen.Elements("x", "a\\, b", "ü\\n\\; 😀", "1:2");
        var types = Gen.Elements("", ";TYPE=HOME", ";TYPE=WORK,CELL", ";TYPE=HOME,PREF");
        var lines = Gen.OneOf(
            from type in types from value in text select $"TEL{type}:{value}",
            from type in types from value in text select $"URL{type}:{value}",
            from value in text select $"NOTE:{value}",
            from value in text select $"item1.X-OWN;X-P=\"{value.Replace("\\", "", StringComparison.Ordinal)}\":{value}",
            Gen.Elements(
                "BDAY:1996-04-15", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29", "PHOTO;ENCODING=b;TYPE=PNG:AAEC", "GEO:1.5;-2",
                "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1", "X-ANNIVERSARY:2001-01-01", "CLASS:PUBLIC",
                "PHOTO;VALUE=uri;TYPE=JPEG:https://x"));
        return from all in lines.ListOf() select all.Take(12).Select(Normal).ToList();
    }

    /// <summary>As it is written: parameters quoted only where they must be.</summary>
    private static string Normal(string line) => ContentLine.Parse(line)!.ToString();

    private static byte[] Card(string version, string names, string lines) => Encoding.UTF8.GetBytes(
        $"BEGIN:VCARD\r\nVERSION:{version}\r\n{names}\r\n{lines}{(lines.Length > 0 ? "\r\n" : "")}END:VCARD\r\n");

    private static string Line(byte[] card, string version)
    {
        var lines = CardVersions.To(card, version)!.Replace("\r\n ", "", StringComparison.Ordinal).Split("\r\n");
        Assert.Equal($"VERSION:{version}", lines[1]);
        return lines[^3];
    }
}
