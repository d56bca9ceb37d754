using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CompatBot.Storage.Sqlite.Native;

/// <summary>
/// Ours between a connection and one of its files, the database or its log (https://sqlite.org/c3ref/io_methods.html). SQLite writes and
/// reads page by page, and a call of the system costs as much as copying several pages. So what it writes into the log goes to the system
/// in runs, at the latest when it flushes or reads; and where it reads on from page to page, more is read ahead. Both end where SQLite
/// takes or gives a lock of the log (https://sqlite.org/walformat.html): between two of those nobody else changes what this connection
/// may read, and what a transaction has not flushed by then has failed. The database is written at once: a checkpoint that copies a
/// part of the log says that it did, and flushes later.
/// </summary>
/// <remarks>For connections that flush each commit (<c>synchronous=FULL</c>): others are told of frames that were not flushed.</remarks>
internal sealed unsafe class FileLayer : IDisposable
{
    /// <summary>Most bytes of the log that go to the system at once: SQLite's layer for Unix takes up to 131,071 of a call.</summary>
    public const int RunBytesMax = 124 << 10;

    /// <summary>Bytes that are read ahead.</summary>
    public const int AheadBytes = 64 << 10;

    /// <summary>What lies between the pages of two frames of the log: the second one's header.</summary>
    private const int FrameHeaderBytes = 24;

    private readonly Block* _block;

    private FileLayer(nint file, bool isDatabase)
    {
        var below = *(FileMethods**)file;
        _block = (Block*)NativeMemory.AllocZeroed((nuint)sizeof(Block));
        _block->Below = below;
        _block->IsDatabase = isDatabase;
        _block->Methods = *below;
        _block->Methods.Read = &Read;
        _block->Methods.Write = &Write;
        _block->Methods.Truncate = &Truncate;
        _block->Methods.Sync = &Sync;
        _block->Methods.FileSize = &FileSize;
        if (below->Version >= FileMethods.LockVersion && below->ShmLock != null) _block->Methods.ShmLock = &ShmLock;
        *(Block**)file = _block;
    }

    /// <summary>Puts a layer over a file that SQLite has open.</summary>
    /// <param name="file">The address of its sqlite3_file.</param>
    /// <param name="database">Null: it is the database. Otherwise it is the log of that one.</param>
    public static FileLayer Attach(nint file, FileLayer? database)
    {
        var layer = new FileLayer(file, database is null);
        if (database is not null) database._block->Log = layer._block;
        return layer;
    }

    /// <summary>After SQLite has closed the file.</summary>
    public void Dispose()
    {
        NativeMemory.Free(_block->Run);
        NativeMemory.Free(_block->Ahead);
        NativeMemory.Free(_block);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(nint file, byte* bytes, int length, long offset)
    {
        var block = *(Block**)file;
        var code = block->Flush(file);
        if (code != Sqlite3.Ok) return code;
        var isNext = offset == block->NextRead || offset == block->NextRead + FrameHeaderBytes;
        block->NextRead = offset + length;
        if (!block->IsAhead(offset, length))
        {
            if (!isNext || !block->TryReadAhead(file, length, offset)) return block->Below->Read(file, bytes, length, offset);
        }

        NativeMemory.Copy(block->Ahead + (offset - block->AheadAt), bytes, (nuint)length);
        return Sqlite3.Ok;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(nint file, byte* bytes, int length, long offset)
    {
        var block = *(Block**)file;
        block->AheadLength = 0;
        return block->IsDatabase ? WritePage(file, block, bytes, length, offset) : block->Add(file, bytes, length, offset);
    }

    /// <summary>Clears the unused middle of a page on its way into the database.</summary>
    private static int WritePage(nint file, Block* block, byte* bytes, int length, long offset)
    {
        if (!PageGaps.IsPage(length, offset)) return block->Below->Write(file, bytes, length, offset);
        var page = new ReadOnlySpan<byte>(bytes, length);
        var gap = PageGaps.Find(page, offset == 0);
        if (!page.Slice(gap.Start, gap.Length).ContainsAnyExcept((byte)0)) return block->Below->Write(file, bytes, length, offset);
        long size;
        var code = block->Below->FileSize(file, &size);
        if (code != Sqlite3.Ok) return code;
        if (size / length >= PageGaps.FilePagesMax) return block->Below->Write(file, bytes, length, offset);
        var clean = stackalloc byte[length];
        page.CopyTo(new Span<byte>(clean, length));
        new Span<byte>(clean + gap.Start, gap.Length).Clear();
        return block->Below->Write(file, clean, length, offset);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Truncate(nint file, long length)
    {
        var block = *(Block**)file;
        block->AheadLength = 0;
        var code = block->Flush(file);
        return code == Sqlite3.Ok ? block->Below->Truncate(file, length) : code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sync(nint file, int flags)
    {
        var block = *(Block**)file;
        var code = block->Flush(file);
        return code == Sqlite3.Ok ? block->Below->Sync(file, flags) : code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FileSize(nint file, long* length)
    {
        var block = *(Block**)file;
        var code = block->Flush(file);
        return code == Sqlite3.Ok ? block->Below->FileSize(file, length) : code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int ShmLock(nint file, int first, int count, int flags)
    {
        var block = *(Block**)file;
        block->Forget();
        if (block->Log != null) block->Log->Forget();
        return block->Below->ShmLock(file, first, count, flags);
    }

    /// <summary>What SQLite takes for the file's methods, and behind them what belongs to this file.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Block
    {
        public FileMethods Methods;

        /// <summary>The methods of the layer below.</summary>
        public FileMethods* Below;

        /// <summary>The layer over the log of this database.</summary>
        public Block* Log;

        public byte* Run;
        public long RunAt;
        public int RunLength;

        /// <summary>Why a part of what was written is not in the file: nothing after it may count as flushed.</summary>
        public int Failed;

        public byte* Ahead;
        public long AheadAt;
        public int AheadLength;
        public long NextRead;
        public bool IsDatabase;

        public readonly bool IsAhead(long offset, int length) => offset >= AheadAt && offset + length <= AheadAt + AheadLength;

        /// <returns>False: the file ends before, or the disk failed.</returns>
        public bool TryReadAhead(nint file, int length, long offset)
        {
            long size;
            AheadLength = 0;
            if (Below->FileSize(file, &size) != Sqlite3.Ok) return false;
            var there = (int)Math.Min(AheadBytes, size - offset);
            if (there < length) return false;
            if (Ahead == null) Ahead = (byte*)NativeMemory.Alloc(AheadBytes);
            if (Below->Read(file, Ahead, there, offset) != Sqlite3.Ok) return false;
            (AheadAt, AheadLength) = (offset, there);
            return true;
        }

        /// <summary>Takes a part of the log.</summary>
        public int Add(nint file, byte* bytes, int length, long offset)
        {
            if (offset != RunAt + RunLength || length > RunBytesMax - RunLength)
            {
                var code = Flush(file);
                if (code != Sqlite3.Ok) return code;
                if (length > RunBytesMax) return Below->Write(file, bytes, length, offset);
                RunAt = offset;
            }

            if (Failed != Sqlite3.Ok) return Failed;
            if (Run == null) Run = (byte*)NativeMemory.Alloc(RunBytesMax);
            NativeMemory.Copy(bytes, Run + RunLength, (nuint)length);
            RunLength += length;
            return Sqlite3.Ok;
        }

        /// <summary>Gives what was written to the layer below.</summary>
        public int Flush(nint file)
        {
            if (Failed != Sqlite3.Ok || RunLength == 0) return Failed;
            Failed = Below->Write(file, Run, RunLength, RunAt);
            RunLength = 0;
            return Failed;
        }

        /// <summary>Another transaction begins.</summary>
        public void Forget() => (RunLength, Failed, AheadLength) = (0, Sqlite3.Ok, 0);
    }
}
