using System.Buffers.Binary;
using System.Numerics;

namespace CompatBot.Storage.Sqlite.Native;

/// <summary>
/// Keeps what was deleted out of the unused middle of pages. <c>secure_delete</c> overwrites a row where it lies, but when SQLite moves
/// rows to another page (https://sqlite.org/fileformat2.html#b_tree_pages, balancing) their old bytes stay between the page's cell
/// pointers and its cells. So every page is written to the database file with zeros there (<see cref="FileLayer"/>).
/// </summary>
internal static class PageGaps
{
    private const int InteriorIndex = 2;
    private const int InteriorTable = 5;
    private const int LeafIndex = 10;
    private const int LeafTable = 13;

    private const int FileHeaderLength = 100;
    private const int PageBytesMin = 512;
    private const int PageBytesMax = 65_536;

    /// <summary>
    /// A page of content or of the free list begins with the number of another page, whose first octet is 0 in files of less than 2^24
    /// pages and 1 up to 2^25 pages; so it is taken for no page of rows. Files beyond this many pages (96 GiB at 4 KiB, room for a log
    /// left over) are written as they are.
    /// </summary>
    public const long FilePagesMax = 0x180_0000;

    /// <summary>The unused middle of a page of rows: where it begins and how long it is; of any other page nothing.</summary>
    /// <param name="page">The whole page.</param>
    /// <param name="isFirst">Whether it is the first of the file, which begins with the file's header.</param>
    public static (int Start, int Length) Find(ReadOnlySpan<byte> page, bool isFirst)
    {
        var header = isFirst ? FileHeaderLength : 0;
        var headerLength = page[header] switch { LeafIndex or LeafTable => 8, InteriorIndex or InteriorTable => 12, _ => 0 };
        if (headerLength == 0) return default;
        var cells = BinaryPrimitives.ReadUInt16BigEndian(page[(header + 3)..]);
        int content = BinaryPrimitives.ReadUInt16BigEndian(page[(header + 5)..]);
        if (content == 0) content = PageBytesMax;
        var start = header + headerLength + (2 * cells);
        return start < content && content <= page.Length ? (start, content - start) : default;
    }

    /// <summary>Whether a write is one of a whole page.</summary>
    public static bool IsPage(int length, long offset) =>
        length is >= PageBytesMin and <= PageBytesMax && BitOperations.IsPow2(length) && offset % length == 0;
}
