using CompatBot.Core.Content;
using CompatBot.Core.Mail;
using CompatBot.Core.Vault;
using Xunit;

namespace CompatBot.UnitTests.Mail;

public sealed class SegmentCodecTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(MessageSegment.RowsMax)]
    public void A_piece_holds_a_segment_as_it_was(int count)
    {
        var rows = Rows(count, first: 1);
        var decoded = Decoded(SegmentCodec.Encode(Segment(rows)));
        Assert.Equal(rows, RowsOf(decoded));
        Assert.Equal(rows.Select(row => row.Content), decoded.Contents);
    }

    [Fact]
    public void What_is_added_and_edited_later_does_not_change_what_was_read()
    {
        var rows = Rows(10, first: 1);
        var piece = SegmentCodec.Encode(Segment(rows));
        var decoded = Decoded(piece);
        var grown = decoded.Add(Rows(3, first: 11), out var taken);
        var edited = grown.EditFlags((_, flags, modSeqs) =>
        {
            (flags[0], modSeqs[0]) = ((ulong)MessageFlags.Deleted, 999);
            return true;
        });
        Assert.Equal(3, taken);
        Assert.Equal([.. rows, .. Rows(3, first: 11)], RowsOf(grown));
        Assert.Equal(rows[0] with { Flags = MessageFlags.Deleted, ModSeq = 999 }, edited[0]);
        Assert.Equal(RowsOf(grown)[1..], RowsOf(edited)[1..]);
        Assert.Equal(rows, RowsOf(decoded));
        Assert.Equal(SegmentCodec.Encode(Segment(rows)), piece);
        Assert.False(edited.SharesRowsWith(grown));
    }

    [Fact]
    public void Pieces_of_another_version_or_length_are_none()
    {
        var piece = SegmentCodec.Encode(Segment(Rows(5, first: 1)));
        Assert.Null(SegmentCodec.Decode(piece.AsMemory(0, piece.Length - 1)));
        Assert.Null(SegmentCodec.Decode(piece.AsMemory(0, 3)));
        Assert.Null(SegmentCodec.Decode(new byte[] { 3, 0, 1, 4 })); // 1025 rows, of which there is none.
        piece[0] = 2;
        Assert.Null(SegmentCodec.Decode(piece));
    }

    private static MessageSegment Decoded(byte[] piece) =>
        SegmentCodec.Decode(piece) ?? throw new InvalidOperationException("The piece does not open");

    private static MessageSegment Segment(MessageRow[] rows) => MessageSegment.Empty.Add(rows, out _);

    private static MessageRow[] RowsOf(MessageSegment segment) => [.. Enumerable.Range(0, segment.Count).Select(i => segment[i])];

    private static MessageRow[] Rows(int count, int first) => [.. Enumerable.Range(first, count).Select(Row)];

    private static MessageRow Row(int i)
    {
        var key = new byte[BlobKey.Length];
        new Random(i).NextBytes(key);
        var content = new ContentRef(new BlobKey(key), (byte)(i % 3));
        return new MessageRow((uint)i, (MessageFlags)(ulong)(i * 7), (ulong)i << 40, (uint)i * 3, -i, (uint)i * 5, content);
    }
}
