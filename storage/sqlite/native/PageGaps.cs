using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CompatBot.Storage.Sqlite.Native;

/// <summary>
/// Keeps what was deleted out of the unused middle of pages. <c>secure_delete</c> overwrites a row where it lies, but when SQLite moves
/// rows to another page (https://sqlite.org/fileformat2.html#b_tree_pages, balancing) their old bytes stay between the page's cell
/// pointers and its cells. So every page is written to the database file with zeros there.
/// </summary>
internal static unsafe class PageGaps
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
    private const long FilePagesMax = 0x180_0000;

    // Offsets of sqlite3_io_methods (https://sqlite.org/c3ref/io_methods.html) on 64-bit machines.
    private const int MethodsLength = 152;
    private const int WriteOffset = 24;
    private const int FileSizeOffset = 48;

    private static readonly Lock Making = new();

    /// <summary>Ours by those of the layer below: its functions, our write, and behind them its write.</summary>
    private static readonly Dictionary<nint, nint> Tables = [];

    /// <summary>Puts itself between a new connection and its database file. The log is not touched: its frames have checksums.</summary>
    public static int Attach(nint connection)
    {
        nint file = 0;
        var code = Sqlite3.FileControl(connection, "main", Sqlite3.FileControlFilePointer, &file);
        if (code != Sqlite3.Ok || file == 0 || *(nint*)file == 0) return code;
        var below = *(nint*)file;
        lock (Making)
        {
            if (!Tables.TryGetValue(below, out var table))
            {
                var bytes = (byte*)NativeMemory.AllocZeroed(MethodsLength + (nuint)sizeof(nint));
                new ReadOnlySpan<byte>((void*)below, MethodsLength).CopyTo(new Span<byte>(bytes, MethodsLength));
                *(nint*)(bytes + MethodsLength) = *(nint*)(bytes + WriteOffset);
                *(delegate* unmanaged[Cdecl]<nint, byte*, int, long, int>*)(bytes + WriteOffset) = &Write;
                Tables.Add(below, table = (nint)bytes);
            }

            *(nint*)file = table;
        }

        return code;
    }

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

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(nint file, byte* bytes, int length, long offset)
    {
        var table = *(byte**)file;
        var write = *(delegate* unmanaged[Cdecl]<nint, byte*, int, long, int>*)(table + MethodsLength);
        if (!IsPage(length, offset)) return write(file, bytes, length, offset);
        var page = new ReadOnlySpan<byte>(bytes, length);
        var gap = Find(page, offset == 0);
        if (!page.Slice(gap.Start, gap.Length).ContainsAnyExcept((byte)0)) return write(file, bytes, length, offset);
        long size;
        var code = (*(delegate* unmanaged[Cdecl]<nint, long*, int>*)(table + FileSizeOffset))(file, &size);
        if (code != Sqlite3.Ok) return code;
        if (size / length >= FilePagesMax) return write(file, bytes, length, offset);
        var clean = stackalloc byte[length];
        page.CopyTo(new Span<byte>(clean, length));
        new Span<byte>(clean + gap.Start, gap.Length).Clear();
        return write(file, clean, length, offset);
    }

    private static bool IsPage(int length, long offset) =>
        length is >= PageBytesMin and <= PageBytesMax && BitOperations.IsPow2(length) && offset % length == 0;
}
