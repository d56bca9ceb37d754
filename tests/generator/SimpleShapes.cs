using System.Text;

namespace CompatBot.Generator;

/// <summary>Messages of one part.</summary>
internal static class SimpleShapes
{
    private static readonly string[] Charsets =
        ["koi8-r", "iso-2022-jp", "shift_jis", "gb18030", "big5", "euc-kr", "windows-1251", "windows-1256", "iso-8859-2", "x-nobody-knows"];

    public static void Plain(MailWriter mail) => mail.Header().Line().Text();

    public static void UnicodeSubject(MailWriter mail)
    {
        var bytes = Encoding.UTF8.GetBytes(Words.Unicode(mail.Random));
        var subject = mail.Random.Next(2) == 0
            ? $"=?UTF-8?B?{Convert.ToBase64String(bytes)}?="
            : $"=?utf-8?q?{string.Concat(bytes.Select(octet => $"={octet:X2}"))}?=\r\n =?utf-8?q?_{Words.Name(mail.Random)}?=";
        mail.Header(subject).Mime("text/plain; charset=utf-8", "base64").Line();
        mail.Base64(Encoding.UTF8.GetBytes($"{mail.Options.BodyMarker}\r\n{Words.Unicode(mail.Random)}\r\n{Words.Sentence(mail.Random, 20)}\r\n"));
    }

    public static void EightBitHeader(MailWriter mail) =>
        mail.Header(Words.Unicode(mail.Random)).Mime("text/plain; charset=\"utf-8\"", "8bit").Line().Line(Words.Unicode(mail.Random)).Text();

    public static void Html(MailWriter mail)
    {
        mail.Header().Mime("TEXT/HTML; Charset=UTF-8", "quoted-printable").Line();
        mail.Raw("<html><head><title>=E2=82=AC</title></head><body>\n");
        mail.Text().Line("<p style=3D\"color: red\">a soft =\r\nline break and trailing space =20</p></body></html>");
    }

    public static void OddCharset(MailWriter mail)
    {
        var charset = Charsets[mail.Seed / 34 % Charsets.Length];
        var bytes = mail.Random.Next(2) == 0 ? Words.Binary(mail.Random, 300) : "plain words in an odd charset"u8.ToArray();
        var base64 = mail.Random.Next(2) == 0;
        mail.Header($"=?{charset}?B?{Convert.ToBase64String(bytes.AsSpan(0, Math.Min(30, bytes.Length)))}?=");
        mail.Mime($"text/plain; charset={charset}; format=fixed", base64 ? "base64" : "Quoted-Printable").Line();
        _ = base64 ? mail.Base64(bytes) : mail.QuotedPrintable(bytes);
    }

    public static void EmptyBody(MailWriter mail) => mail.Header().Line();

    public static void Dots(MailWriter mail)
    {
        mail.Header().Line().Line(".").Line("..").Line(".a dot first").Line("...").Text(1);
        mail.Line("QUIT").Line("RCPT TO:<x@mail.test>").Line("From the mbox world").Line(".");
    }

    public static void Addresses(MailWriter mail)
    {
        mail.Header();
        for (var field = mail.Random.Next(1, 4); field > 0; field--)
        {
            mail.Line($"Cc: friends: {mail.Address("one")},\r\n\t{mail.Address("two")};, undisclosed: ;");
        }

        var many = string.Join(",\r\n ", Enumerable.Range(0, mail.Random.Next(200)).Select(number => mail.Address($"u{number}")));
        mail.Line($"Bcc: {(many.Length > 0 ? many : "nobody:;")}");
        mail.Line("Reply-To: <@relay.test,@other.test:routed@mail.test>, \"a \\\"quoted\\\" one\"@mail.test");
        mail.Line("Sender:").Line().Text();
    }

    public static void MailingList(MailWriter mail)
    {
        mail.Line("Return-Path: <bounce@lists.example.test>");
        mail.Raw("Received: from a.test (a.test [192.0.2.1])\n\tby b.test with ESMTPS id 1\n\tfor <x@mail.test>; Mon, 1 Jan 2024 10:00:00 +0000\n");
        mail.Raw("Received: from c.test by a.test; Mon, 1 Jan 2024 09:59:59 +0000\n");
        mail.Header($"[list] Re: {Words.Sentence(mail.Random, 5)}");
        mail.Line("List-Id: A list <list.lists.example.test>").Line("List-Unsubscribe: <mailto:leave@lists.example.test>,");
        mail.Line(" <https://lists.example.test/leave>").Line("List-Unsubscribe-Post: List-Unsubscribe=One-Click").Line("Precedence: bulk");
        var references = Enumerable.Range(0, 1 + mail.Random.Next(40)).Select(number => $"<{number}.{mail.Random.Next()}@generator.test>");
        mail.Line($"References: {string.Join("\r\n ", references)}").Line($"In-Reply-To: <{mail.Random.Next()}@generator.test>").Line().Text();
    }

    public static void Flowed(MailWriter mail) =>
        mail.Header().Mime("text/plain; charset=us-ascii; format=flowed; delsp=yes").Line().Line("a line that goes ").Line("on, and").Line("-- ").Text();

    public static void EightBitBody(MailWriter mail)
    {
        mail.Header().Mime("text/plain; charset=iso-8859-1", "8bit").Line();
        foreach (var octet in Words.Binary(mail.Random, 2_000))
        {
            mail.Bytes([(byte)(octet | 0x80)]);
            _ = octet % 60 == 0 ? mail.Line() : mail;
        }

        mail.Line();
        foreach (var octet in Enumerable.Range(0x80, 0x80))
        {
            mail.Bytes([(byte)octet]);
        }

        mail.Line();
    }

    public static void Large(MailWriter mail) => mail.Header().Line().Text(200 + mail.Random.Next(1_000));
}
