using CompatBot.Formats.Mime;
using CompatBot.Generator;
using Xunit;

namespace CompatBot.UnitTests.Formats.Mime;

/// <summary>What must hold for any message, over 1,000 made ones and random bytes.</summary>
public sealed class GeneratedMailTests
{
    private const int Seeds = 1_000;

    private static readonly MessageOptions Worst = new() { BareLineEnds = true, Nuls = true, LongLines = true, UnfinishedLines = true };

    [Fact]
    public void The_tree_is_the_same_however_the_message_is_cut()
    {
        foreach (var message in Messages(200))
        {
            var whole = Trees.Scan(message);
            Trees.Check(whole, message.Length);
            var tree = Trees.Show(whole);
            var summary = whole.Encode();
            foreach (var piece in (int[])[message.Length < 10_000 ? 1 : 61, 7, 64, 4096])
            {
                var cut = Trees.Scan(message, piece);
                Assert.Equal(tree, Trees.Show(cut));
                Assert.Equal(summary, cut.Encode());
            }
        }
    }

    [Fact]
    public void A_summary_comes_back_as_it_was()
    {
        foreach (var message in Messages(Seeds))
        {
            var scanned = Trees.Scan(message);
            var summary = scanned.Encode();
            var decoded = MimeMessage.Decode(summary);
            Assert.NotNull(decoded);
            Trees.Check(decoded, message.Length);
            Assert.Equal(Trees.Show(scanned), Trees.Show(decoded));
            Assert.Equal(summary, decoded.Encode());
            Assert.Equal(scanned.Envelope.To, decoded.Envelope.To);
            Assert.Equal(scanned.Envelope.Subject, decoded.Envelope.Subject);
        }
    }

    [Fact]
    public void A_damaged_summary_is_refused_or_read_but_never_fails()
    {
        var random = new Random(1);
        foreach (var message in Messages(100))
        {
            var summary = Trees.Scan(message).Encode();
            Assert.Null(MimeMessage.Decode(summary.AsMemory(0, random.Next(summary.Length))));
            for (var round = 0; round < 20; round++)
            {
                var damaged = summary.ToArray();
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
                if (MimeMessage.Decode(damaged) is { } decoded)
                {
                    _ = decoded.Envelope;
                    _ = Trees.Show(decoded);
                }
            }
        }

        Assert.Null(MimeMessage.Decode(default));
        Assert.Null(MimeMessage.Decode(new byte[] { 2, 0, 0, 0, 0, 0, 0 }));
    }

    [Fact]
    public void Random_bytes_made_of_mail_pieces_have_a_sane_tree()
    {
        string[] pieces =
        [
            "\r\n", "\n", "\r", "--b", "--bb", "--", "-", "b", " ", "\t", "Content-Type: multipart/mixed; boundary=b\n", "\n\n",
            "\r\n\r\n", "\0",
            "Content-Type: message/rfc822\n\n", "Content-Type: multipart/digest; boundary=\"bb\"\r\n\r\n", "\n--b\n", "\n--b--\n",
            "\r\n--bb\r\n",
            "Content-Transfer-Encoding: base64\n", "text", "From: a@b.test, (x\n", ":", "=", "\"", "\n--bb--",
            "Subject: =?utf-8?q?=41?=\r\n",
        ];
        for (var seed = 0; seed < 3_000; seed++)
        {
            var random = new Random(seed);
            var text = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => pieces[random.Next(pieces.Length)]));
            var message = System.Text.Encoding.Latin1.GetBytes(text);
            var tree = Trees.Scan(message);
            Trees.Check(tree, message.Length);
            Assert.Equal(Trees.Show(tree), Trees.Show(Trees.Scan(message, 1 + random.Next(5))));
            Assert.Equal(Trees.Show(tree), Trees.Show(MimeMessage.Decode(tree.Encode())!));
        }
    }

    [Fact]
    public void Summaries_are_small()
    {
        var generator = new MessageGenerator();
        var sizes = Enumerable.Range(0, Seeds).Where(seed => MessageGenerator.ShapeOf(seed) is "plain" or "html" or "unicode subject")
            .Select(seed => Trees.Scan(generator.Message(seed)).Encode().Length);
        Assert.InRange(sizes.Average(), 50, 400);
    }

    [Fact]
    public void Header_fields_of_any_message_can_be_read_again()
    {
        foreach (var message in Messages(300))
        {
            var scanned = Trees.Scan(message);
            if (!scanned.Fields.Complete)
            {
                continue;
            }

            var read = new List<byte[]>();
            var reader = new HeaderReader(message.AsSpan(0, (int)scanned.Root.BodyStart));
            while (reader.Read())
            {
                if (scanned.Fields.Answers(reader.Name))
                {
                    read.Add(reader.Field.ToArray());
                }
            }

            var names = read.Select(field => field.Length).ToList();
            Assert.Equal(names, scanned.Fields.Where(field => scanned.Fields.Answers(field.Name)).Select(field => field.Raw.Length));
        }
    }

    [Fact]
    public void Generated_mail_is_always_the_same_and_all_different()
    {
        var generator = new MessageGenerator();
        var seen = new HashSet<string>();
        for (var seed = 0; seed < Seeds; seed++)
        {
            var message = generator.Message(seed);
            Assert.True(seen.Add(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(message))));
            Assert.Equal(message, new MessageGenerator().Message(seed));
        }
    }

    [Fact] // What SMTP's DATA can carry: no other CR or LF than CRLF, no NUL, lines of 998 bytes, an end.
    public void Generated_mail_without_options_can_go_through_smtp()
    {
        var generator = new MessageGenerator();
        for (var seed = 0; seed < Seeds; seed++)
        {
            var message = generator.Message(seed);
            Assert.True(message.AsSpan().EndsWith("\r\n"u8));
            Assert.DoesNotContain((byte)0, message);
            var text = System.Text.Encoding.Latin1.GetString(message);
            foreach (var line in text.Split("\r\n"))
            {
                Assert.True(line.Length <= 998 && !line.Contains('\r') && !line.Contains('\n'), $"seed {seed}: {line}");
            }
        }
    }

    [Fact]
    public void Markers_are_in_the_message()
    {
        var generator = new MessageGenerator(new() { SubjectMarker = "subjectmark", BodyMarker = "bodymark",
            AddressMarker = "addressmark" });
        var texts = Enumerable.Range(0, Seeds).Select(seed => System.Text.Encoding.Latin1.GetString(generator.Message(seed))).ToList();
        for (var seed = 0; seed < Seeds; seed++)
        {
            Assert.Equal(MessageGenerator.ShapeOf(seed) != "no header", texts[seed].Contains("subjectmark", StringComparison.Ordinal));
            Assert.Equal(MessageGenerator.ShapeOf(seed) != "no header", texts[seed].Contains("addressmark", StringComparison.Ordinal));
        }

        Assert.True(texts.Count(text => text.Contains("bodymark", StringComparison.Ordinal)) > Seeds / 2);
    }

    [Fact] // The bytes are stored: another result needs another version byte, and Decode must go on reading this one.
    public void The_stored_form_is_the_same_for_ever()
    {
        string[] golden =
        [
            "02", // version
            "02 3AEF", // one other name: X-Not-Kept
            "01 00 49 46 0A", "02", // root: multipart, from 0, header 73 bytes, body 70, 10 lines; 2 fields
            "05 05 2048690D0A", // Subject: Hi
            "0C 1E 206D756C7469706172742F6D697865643B20626F756E646172793D620D0A", // Content-Type: multipart/mixed; boundary=b
            "02", // children
            "00 05 02 04 00", "00", // a leaf 5 bytes on, header 2 bytes, body 4, no line end in it; no field
            "02 07 20 0B 02", "01", // a message 7 bytes on, header 32 bytes, body 11, 2 lines; 1 field
            "0C 11 206D6573736167652F7266633832320D0A", // Content-Type: message/rfc822
            "00 00 0A 01 00", "01", // the message in it
            "00 08 544F203A20610D0A", // TO : a (not the usual spelling)
        ];
        const string Mail = "Subject: Hi\r\nX-Not-Kept: 1\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n"
            + "--b\r\nContent-Type: message/rfc822\r\n\r\nTO : a\r\n\r\nx\r\n--b--\r\n";
        var bytes = Convert.FromHexString(string.Concat(golden).Replace(" ", "", StringComparison.Ordinal));
        var message = Trees.Scan(System.Text.Encoding.ASCII.GetBytes(Mail));
        Assert.Equal(bytes, message.Encode());
        Assert.Equal(Trees.Show(message), Trees.Show(MimeMessage.Decode(bytes)!));
        byte[] first = [1, .. bytes[4..]]; // Version 1 had no other names.
        Assert.Equal(Trees.Show(message), Trees.Show(MimeMessage.Decode(first)!));
    }

    private static IEnumerable<byte[]> Messages(int seeds)
    {
        var plain = new MessageGenerator();
        var worst = new MessageGenerator(Worst);
        for (var seed = 0; seed < seeds; seed++)
        {
            yield return seed % 2 == 0 ? plain.Message(seed) : worst.Message(seed);
            if (seed % 10 == 0)
            {
                yield return worst.Message(seed);
            }
        }
    }
}
