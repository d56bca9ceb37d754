using System.Text;
using CompatBot.Formats.Mime;
using Xunit;

namespace CompatBot.UnitTests.Formats.Mime;

/// <summary>Every limit, crossed by one, and what a stranger would send to hurt.</summary>
public sealed class MimeLimitsTests
{
    [Theory]
    [InlineData(3, 3, MimeKind.Multipart)]
    [InlineData(2, 3, MimeKind.Basic)]
    public void Levels_below_the_deepest_are_opaque(int depthMax, int levels, MimeKind kind)
    {
        var message = string.Concat(Enumerable.Range(0, levels).Select(level =>
            $"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n"));
        var part = Scan(message + "\ntext\n", new() { DepthMax = depthMax }).Root;
        for (var level = 1; level < levels; level++)
        {
            part = part.Children[0];
        }

        Assert.Equal(kind, part.Kind);
        Assert.Equal(kind == MimeKind.Basic ? "octet-stream" : "mixed", part.Subtype);
    }

    [Fact]
    public void Messages_below_the_deepest_level_are_opaque()
    {
        var root = Scan(string.Concat(Enumerable.Repeat("Content-Type: message/rfc822\n\n", 3)) + "x", new() { DepthMax = 2 }).Root;
        Assert.Equal("octet-stream", root.Message!.Root.Message!.Root.Subtype);
    }

    [Fact]
    public void The_last_part_takes_the_rest()
    {
        var message = "Content-Type: multipart/mixed; boundary=b\n\n" + string.Concat(Enumerable.Repeat("--b\n\nx\n", 5)) + "--b--\n";
        var at = Scan(message, new() { PartsMax = 6 }).Root;
        Assert.Equal(5, at.Children.Count);
        Assert.Equal("octet-stream", at.Children[4].Subtype);
        var over = Scan(message, new() { PartsMax = 5 }).Root;
        Assert.Equal(4, over.Children.Count);
        Assert.Equal("octet-stream", over.Children[3].Subtype);
        Assert.Equal(message.Length, over.Children[3].End);
        var below = Scan(message, new() { PartsMax = 7 }).Root;
        Assert.Equal("plain", below.Children[4].Subtype);
    }

    [Theory]
    [InlineData(16, true)]
    [InlineData(15, false)]
    public void A_long_field_is_cut(int fieldBytesMax, bool complete)
    {
        var fields = Scan("Subject: a\r\n b\r\nTo: x\r\n\r\n", new() { FieldBytesMax = fieldBytesMax }).Fields;
        Assert.Equal(complete, fields.Complete);
        Assert.Equal("a b", fields.Text("Subject"u8));
        Assert.Equal("x", fields.Text("To"u8));
    }

    [Fact]
    public void Fields_above_the_number_are_left_out()
    {
        Assert.True(Scan("To: a\nTo: b\n\n", new() { FieldsMax = 2 }).Fields.Complete);
        var fields = Scan("To: a\nTo: b\nTo: c\n\n", new() { FieldsMax = 2 }).Fields;
        Assert.Equal(2, fields.Count);
        Assert.False(fields.Complete);
        Assert.False(fields.Answers("To"u8));
    }

    [Fact]
    public void Fields_above_the_bytes_of_all_are_left_out()
    {
        Assert.True(Scan("To: a\nTo: b\n\n", new() { RetainedBytesMax = 12 }).Fields.Complete);
        Assert.Single(Scan("To: a\nTo: b\n\n", new() { RetainedBytesMax = 11 }).Fields);
    }

    [Theory]
    [InlineData(6, 2)]
    [InlineData(5, 1)]
    public void A_boundary_line_is_short(int boundaryLineBytesMax, int parts)
    {
        var limits = new MimeLimits { BoundaryLineBytesMax = boundaryLineBytesMax };
        Assert.Equal(parts, Scan("Content-Type: multipart/mixed; boundary=b\n\n--b\n\n--b  \n\nx", limits).Root.Children.Count);
    }

    [Fact]
    public void Parameters_above_the_number_are_left_out()
    {
        const int PiecesMax = 200;
        Assert.Equal(PiecesMax, Scan($"Content-Type: a/b{string.Concat(Enumerable.Repeat("; c=d", PiecesMax))}\n\n").Root.Parameters.Count);
        Assert.Equal(PiecesMax, Scan($"Content-Type: a/b{string.Concat(Enumerable.Repeat("; c=d", PiecesMax + 1))}\n\n")
            .Root.Parameters.Count);
        Assert.Single(Scan($"Content-Type: a/b{string.Concat(Enumerable.Repeat(";=", PiecesMax - 1))}; c=d; e=f\n\n").Root.Parameters);
    }

    [Fact]
    public void Pieces_of_an_extended_parameter_above_the_number_are_left_out()
    {
        var pieces = Enumerable.Range(0, ExtendedParameters.PiecesMax + 1).Select(piece => KeyValuePair.Create($"name*{piece}", "x"))
            .ToList();
        Assert.Equal(ExtendedParameters.PiecesMax, ExtendedParameters.Find(pieces, "name")!.Length);
    }

    [Fact] // Each took minutes once: work per byte must not grow with the size of the header.
    public void Headers_made_to_be_slow_are_not()
    {
        var started = TimeProvider.System.GetTimestamp();
        Scan($"Content-Type: multipart/mixed; boundary={new string('b', 200_000)}\n{string.Concat(Enumerable.Repeat("--x\n", 500_000))}");
        _ = Scan($"Content-Type: multipart/mixed{string.Concat(Enumerable.Repeat("=;", 120_000))}\n\nx").Root.Parameters;
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void Ten_thousand_levels_of_everything_end()
    {
        foreach (var piece in (string[])["Content-Type: multipart/mixed; boundary=b\n\n--b\n", "Content-Type: message/rfc822\n\n"])
        {
            var message = Scan(string.Concat(Enumerable.Repeat(piece, 10_000)));
            Trees.Check(message, 10_000 * piece.Length);
            Assert.NotNull(MimeMessage.Decode(message.Encode()));
        }
    }

    [Fact]
    public void A_hundred_thousand_parts_end()
    {
        var text = "Content-Type: multipart/mixed; boundary=b\n\n"
            + string.Concat(Enumerable.Repeat("--b\nContent-Type: text/html\n\nx\n", 100_000));
        var message = Scan(text);
        Trees.Check(message, text.Length);
        Assert.Equal(MimeLimits.Default.PartsMax - 1, message.Root.Children.Count);
    }

    [Fact]
    public void An_endless_header_takes_bounded_memory()
    {
        var scanner = new MimeScanner();
        scanner.Write("Subject: "u8);
        var piece = new byte[1 << 16];
        Array.Fill(piece, (byte)'x');
        for (var round = 0; round < 64; round++)
        {
            scanner.Write(piece);
        }

        foreach (var field in (byte[][])[[.. "\nTo: "u8, .. piece, (byte)'\n'], [.. "\nX-Junk: "u8, .. piece, (byte)'\n'], [.. "\n "u8,
            .. piece, (byte)'\n']])
        {
            for (var round = 0; round < 100; round++)
            {
                scanner.Write(field.AsSpan(1));
            }
        }

        var summary = scanner.Finish().Encode();
        Assert.InRange(summary.Length, 1, MimeLimits.Default.RetainedBytesMax + 10_000);
    }

    private static MimeMessage Scan(string text, MimeLimits? limits = null) => Trees.Scan(Encoding.Latin1.GetBytes(text), limits: limits);
}
