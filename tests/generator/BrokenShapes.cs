namespace CompatBot.Generator;

/// <summary>Messages with the mistakes of real programs, and of people who try what happens.</summary>
internal static class BrokenShapes
{
    public static void NoHeader(MailWriter mail) => mail.Line().Text();

    public static void HeaderOnly(MailWriter mail) => mail.Header();

    public static void NoEndBoundary(MailWriter mail)
    {
        mail.Header().Mime("multipart/mixed; boundary=b").Line().Line("--b").Line().Text();
        mail.Line("--b").Line("Content-Type: multipart/mixed; boundary=c").Line().Line("--c").Line().Text();
        _ = mail.Random.Next(2) == 0 ? mail.Line("--b").Line().Text(1) : mail;
    }

    public static void BoundaryPrefix(MailWriter mail) => mail.Header().Mime("multipart/mixed; boundary=\"foo\"").Line().Line("--foo")
        .Line("Content-Type: multipart/alternative; boundary=\"foobar\"").Line().Line("--foobar  ").Line().Text(1).Line("--foobar").Line().Text(1)
        .Line("--foobar--").Line("--foo \t").Line().Line("--fo").Line("--foo-").Line("-- foo").Text(1).Line("--foo-- ").Line("--foo").Line().Text(1);

    public static void BoundaryMissing(MailWriter mail)
    {
        string[] types = ["multipart/mixed", "multipart/mixed; boundary=\"\"", "multipart/mixed; boundary=never", "multipart/", "multipart"];
        mail.Header().Mime(types[mail.Random.Next(types.Length)]).Line().Text().Line("--").Line("----").Line("--nothing");
    }

    public static void EncodedMessage(MailWriter mail)
    {
        var inner = new MailWriter(mail.Random, mail.Seed, mail.Options);
        SimpleShapes.Plain(inner);
        mail.Header();
        MultipartShapes.Multipart(mail, "mixed", [
            () => mail.Line("Content-Type: message/rfc822").Line("Content-Transfer-Encoding: base64").Line().Base64(inner.ToArray()),
            () => mail.Line("Content-Type: message/rfc822").Line("Content-Transfer-Encoding: quoted-printable").Line().QuotedPrintable(inner.ToArray()),
            () => mail.Line("Content-Type: message/rfc822").Line("Content-Transfer-Encoding: x-strange").Line().Bytes(inner.ToArray()),
            () => mail.Line("Content-Type: message/partial; number=1; total=2; id=\"x\"").Line().Text(1),
        ]);
    }

    public static void BrokenEncodings(MailWriter mail)
    {
        mail.Header("=?utf-8?B?not base64!?= =?x-none?Q?=ZZ?= =?utf-8?X?a?= =?utf-8?q?open =?=?=?");
        MultipartShapes.Multipart(mail, "mixed", [
            () => mail.Line("Content-Type: text/plain; charset=; charset=\"utf-8").Line("Content-Transfer-Encoding: base64").Line()
                .Line("QUJ").Line("D*E=F").Line("====").Line("Q"),
            () => mail.Line("Content-Type: text/plain; charset*=''; =x; name").Line("Content-Transfer-Encoding: quoted-printable").Line()
                .Line("=").Line("=4").Line("=XY =3d=").Line("=C3"),
            () => mail.Line("Content-Type: ;;;").Line("Content-Disposition: ; filename=").Line("Content-Transfer-Encoding:").Line().Text(1),
            () => mail.Line("Content-Type: text/plain (a (nested) comment; charset=no); charset=utf-8 (yes)").Line().Text(1),
        ]);
    }

    public static void RepeatedFields(MailWriter mail) => mail.Header().Header("a second subject").Mime("text/plain").Mime("text/html; charset=utf-8")
        .Line("SUBJECT : with a space before the colon").Line("Reply-To:").Line("Reply-To: , ,").Line().Text();

    public static void GarbageHeader(MailWriter mail) => mail.Line(" a fold without a field").Header().Line("no colon here").Line(" and its fold")
        .Line(": no name").Line("A b: c").Line("X-Empty:").Line("X-Folded:").Line(" ").Line("\t").Line($"X-{new string('n', 800)}: long name").Line().Text();

    public static void GarbageAddresses(MailWriter mail)
    {
        string[] garbage =
        [
            "", "@", "<", ">", "<>", "\"", "\"open <a@b.test>", "(open", "a@", "@b.test", "a b c", "a@b@c", "group:", "group: a@b.test", ";", ":;",
            "<<a@b.test>>", "a@[192.0.2.1]", "a@[open", "<@a:@b:c@d>", "a <b@c.test", "\\", "a@b.test,,,,b@c.test", "((((a))))", "Jörg <j@x.test>",
        ];
        foreach (var name in (string[])["From", "Sender", "Reply-To", "To", "Cc", "Bcc"])
        {
            mail.Line($"{name}: {garbage[mail.Random.Next(garbage.Length)]}");
        }

        mail.Line($"Cc: {mail.Options.AddressMarker ?? "friend"}@mail.test").Line($"Subject: {mail.Marked("garbage")}").Line("Date: yesterday, more or less").Line("Message-ID: none").Line().Text();
    }

    public static void MboxLine(MailWriter mail) => mail.Line("From someone@mail.test Mon Jan  1 00:00:00 2024").Header().Line().Text()
        .Line("From someone@mail.test Mon Jan  1 00:00:00 2024").Line("Subject: not a second message").Line().Text(1);

    public static void NoBlankLine(MailWriter mail) => mail.Header().Mime("multipart/mixed; boundary=b").Line("--b").Line("Content-Type: text/html")
        .Line("--b").Line("--b").Line("Content-Type: multipart/mixed; boundary=c").Line("--c").Line("no field here").Line("--c--").Line("--b--");
}
