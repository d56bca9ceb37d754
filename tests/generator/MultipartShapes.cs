using System.Text;

namespace CompatBot.Generator;

/// <summary>Messages of several parts, well-formed.</summary>
internal static class MultipartShapes
{
    public static void Alternative(MailWriter mail)
    {
        mail.Header();
        Multipart(mail, "alternative", [
            () => mail.Line("Content-Type: text/plain; charset=utf-8").Line().Text(),
            () => mail.Line("Content-Type: text/html; charset=utf-8").Line().Line("<p>").Text().Line("</p>"),
        ]);
    }

    public static void Attachments(MailWriter mail)
    {
        mail.Header();
        var parts = new List<Action> { () => mail.Line("Content-Type: text/plain").Line().Text() };
        for (var count = 1 + mail.Random.Next(4); count > 0; count--)
        {
            parts.Add(() => Attachment(mail));
        }

        Multipart(mail, "mixed", parts);
    }

    public static void Nested(MailWriter mail)
    {
        mail.Header();
        Tree(mail, 0);
    }

    public static void Forwarded(MailWriter mail)
    {
        mail.Header($"Fwd: {Words.Sentence(mail.Random, 5)}");
        Multipart(mail, "mixed", [
            () => mail.Line().Text(1),
            () =>
            {
                mail.Line("Content-Type: message/rfc822").Line("Content-Disposition: inline").Line();
                Action<MailWriter> inner = mail.Random.Next(3) switch { 0 => Alternative, 1 => Attachments, _ => SimpleShapes.Plain };
                inner(mail);
            },
            () => mail.Line("Content-Type: message/global").Line().Line($"Subject: {Words.Unicode(mail.Random)}").Line().Text(1),
        ]);
    }

    public static void Digest(MailWriter mail)
    {
        mail.Header();
        var parts = new List<Action>();
        for (var count = 1 + mail.Random.Next(5); count > 0; count--)
        {
            parts.Add(() => mail.Line().Header().Line().Text(1));
        }

        Multipart(mail, "digest", parts);
    }

    public static void Signed(MailWriter mail)
    {
        mail.Header();
        Multipart(mail, "signed; micalg=pgp-sha256; protocol=\"application/pgp-signature\"", [
            () => mail.Line("Content-Type: text/plain; charset=utf-8").Line("Content-Transfer-Encoding: 7bit").Line().Line("- --b1 is escaped").Text(),
            () => mail.Line("Content-Type: application/pgp-signature; name=\"signature.asc\"").Line("Content-Description: OpenPGP signature").Line()
                .Line("-----BEGIN PGP SIGNATURE-----").Line().Base64(Words.Binary(mail.Random, 200)).Line("-----END PGP SIGNATURE-----"),
        ]);
    }

    public static void Invitation(MailWriter mail)
    {
        mail.Header("Invitation");
        Multipart(mail, "alternative", [
            () => mail.Line("Content-Type: text/plain").Line().Text(1),
            () => mail.Line("Content-Type: text/calendar; charset=UTF-8; method=REQUEST").Line("Content-Class: urn:content-classes:calendarmessage")
                .Line().Line("BEGIN:VCALENDAR").Line("VERSION:2.0").Line("METHOD:REQUEST").Line("BEGIN:VEVENT").Line($"UID:{mail.Seed}@generator.test")
                .Line("DTSTAMP:20240101T000000Z").Line("DTSTART:20240102T100000Z").Line("END:VEVENT").Line("END:VCALENDAR"),
        ]);
    }

    public static void Bounce(MailWriter mail)
    {
        mail.Line("Return-Path: <>").Header("Undelivered Mail Returned to Sender");
        Multipart(mail, "report; report-type=delivery-status", [
            () => mail.Line("Content-Type: text/plain").Line("Content-Description: Notification").Line().Text(1),
            () => mail.Line("Content-Type: message/delivery-status").Line().Line("Reporting-MTA: dns; mx.test").Line()
                .Line("Final-Recipient: rfc822; nobody@mail.test").Line("Action: failed").Line("Status: 5.1.1"),
            () => mail.Line("Content-Type: text/rfc822-headers").Line().Header(),
        ]);
    }

    public static void Many(MailWriter mail)
    {
        mail.Header();
        Multipart(mail, "mixed", Enumerable.Range(0, 100 + mail.Random.Next(400)).Select<int, Action>(
            number => () => mail.Line($"Content-ID: <{number}@generator.test>").Line().Line($"part {number}")));
    }

    public static void Deep(MailWriter mail)
    {
        mail.Header();
        var levels = 20 + mail.Random.Next(200);
        for (var level = 0; level < levels; level++)
        {
            mail.Line($"Content-Type: multipart/mixed; boundary=level{level}").Line().Line($"--level{level}");
        }

        mail.Line().Text(1);
        for (var level = levels - 1; level >= 0; level--)
        {
            mail.Line($"--level{level}--");
        }
    }

    public static void Multipart(MailWriter mail, string subtype, IEnumerable<Action> parts)
    {
        var boundary = mail.Boundary();
        mail.Mime($"multipart/{subtype};\r\n\tboundary=\"{boundary}\"").Line();
        _ = mail.Random.Next(2) == 0 ? mail.Line("This is a multi-part message in MIME format.") : mail;
        foreach (var part in parts)
        {
            mail.Line($"--{boundary}");
            part();
        }

        mail.Line($"--{boundary}--");
        _ = mail.Random.Next(3) == 0 ? mail.Line("an epilogue") : mail;
    }

    private static void Tree(MailWriter mail, int depth)
    {
        if (depth > 0 && (depth > 5 || mail.Random.Next(3) == 0))
        {
            mail.Line("Content-Type: text/plain").Line().Text(1);
            return;
        }

        string[] subtypes = ["mixed", "alternative", "related", "parallel"];
        var parts = Enumerable.Range(0, 1 + mail.Random.Next(3)).Select<int, Action>(_ => () => Tree(mail, depth + 1));
        Multipart(mail, subtypes[mail.Random.Next(subtypes.Length)], parts);
    }

    private static void Attachment(MailWriter mail)
    {
        string[] types = ["application/pdf", "image/png", "application/octet-stream", "audio/mpeg", "application/zip"];
        var name = mail.Random.Next(4) switch
        {
            0 => "filename=\"a file (1).pdf\"",
            1 => $"filename*=utf-8''{Uri.EscapeDataString(Words.Unicode(mail.Random))}.bin",
            2 => $"filename*0*=utf-8'de'{Uri.EscapeDataString("Grüße")};\r\n filename*1=\".txt\"",
            _ => $"filename=\"=?utf-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(Words.Unicode(mail.Random)))}?=\"",
        };
        mail.Line($"Content-Type: {types[mail.Random.Next(types.Length)]}").Line("Content-Transfer-Encoding: base64");
        mail.Line($"Content-Disposition: attachment;\r\n {name}").Line($"Content-ID: <{mail.Random.Next()}@generator.test>").Line();
        mail.Base64(Words.Binary(mail.Random, 20_000));
    }
}
