using System.Buffers;
using System.Text;
using CompatBot.Formats.Mime;
using CompatBot.Generator;
using Xunit;

namespace CompatBot.UnitTests.Formats.Mime;

/// <summary>The fields of an encoded summary are those of the decoded one.</summary>
public sealed class SummaryFieldsTests
{
    [Fact]
    public void Every_field_is_read_as_it_was_found()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var scanned = Trees.Scan(new MessageGenerator(new MessageOptions { BareLineEnds = true, LongLines = true }).Message(seed), 61);
            Assert.True(SummaryFields.TryOpen(scanned.Encode(), out var fields));
            Assert.Equal(scanned.Fields.Complete, fields.IsComplete);
            foreach (var field in scanned.Fields)
            {
                Assert.True(fields.Read());
                Assert.Equal(field.Name, fields.Name);
                Assert.Equal(field.Value, fields.Value);
                var copied = new ArrayBufferWriter<byte>();
                fields.CopyTo(copied);
                byte[] whole = field.Raw.Span.EndsWith("\n"u8) ? field.Raw.ToArray() : [.. field.Raw.Span, 13, 10];
                Assert.Equal(whole, copied.WrittenSpan.ToArray());
            }

            Assert.False(fields.Read());
        }
    }

    [Fact]
    public void They_say_what_they_know_of_a_name()
    {
        var summary = Trees.Scan("Subject : x\r\nX-One: 1\r\nReceived: y\r\n\r\nX-Body: z\r\n"u8.ToArray()).Encode();
        Assert.True(SummaryFields.TryOpen(summary, out var fields));
        Assert.True(fields.Answers("subject"u8));
        Assert.True(fields.Answers("Cc"u8));
        Assert.True(fields.Answers("X-Two"u8)); // There is none.
        Assert.False(fields.Answers("x-oNE"u8)); // It is there, and not kept.
        Assert.False(fields.Answers("Received"u8)); // Only the first is kept.
        Assert.True(SummaryFields.TryOpen((byte[])[1, .. summary[4..]], out var older));
        Assert.False(older.Answers("X-Two"u8)); // Version 1 names no others.
        Assert.True(older.Read());
        Assert.Equal("Subject", Encoding.ASCII.GetString(older.Name));
    }

    [Fact]
    public void Damaged_ones_end_early_and_never_fail()
    {
        var random = new Random(2);
        var summary = Trees.Scan(new MessageGenerator(new MessageOptions()).Message(7)).Encode();
        for (var round = 0; round < 5000; round++)
        {
            var damaged = summary[..random.Next(summary.Length)];
            if (damaged.Length > 0) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            if (!SummaryFields.TryOpen(damaged, out var fields)) continue;
            _ = fields.Answers("X-Two"u8);
            for (var read = 0; read < 1000 && fields.Read(); read++) fields.CopyTo(new ArrayBufferWriter<byte>());
        }
    }
}
