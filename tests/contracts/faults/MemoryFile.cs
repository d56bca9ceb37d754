using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CompatBot.Storage.Sqlite.Native;

namespace CompatBot.ContractTests.Faults;

/// <summary>A file that SQLite sees as one of a disk (https://sqlite.org/c3ref/io_methods.html), and tests as its bytes.</summary>
internal sealed unsafe class MemoryFile : IDisposable
{
    private const int ShortRead = 10 | (2 << 8);

    private static readonly Lock All = new();
    private static readonly Dictionary<nint, MemoryFile> ByFile = [];

    private readonly FileMethods* _methods = (FileMethods*)NativeMemory.AllocZeroed((nuint)sizeof(FileMethods));
    private readonly FileMethods** _file = (FileMethods**)NativeMemory.AllocZeroed((nuint)sizeof(nint));

    public MemoryFile()
    {
        *_methods = new FileMethods
        {
            Version = 3,
            Close = &OnClose,
            Read = &OnRead,
            Write = &OnWrite,
            Truncate = &OnTruncate,
            Sync = &OnSync,
            FileSize = &OnFileSize,
            ShmLock = &OnShmLock,
        };
        *_file = _methods;
        lock (All)
        {
            ByFile.Add((nint)_file, this);
        }
    }

    /// <summary>The address of its sqlite3_file.</summary>
    public nint Address => (nint)_file;

    public byte[] Bytes { get; set; } = [];

    public int Reads { get; private set; }

    public int Writes { get; private set; }

    /// <summary>The next write leaves its first half and fails.</summary>
    public bool FailsNextWrite { get; set; }

    /// <summary>What SQLite would call: the layer's functions where there is one.</summary>
    private FileMethods* Methods => *_file;

    public int CallRead(Span<byte> bytes, long offset)
    {
        fixed (byte* start = bytes)
        {
            return Methods->Read((nint)_file, start, bytes.Length, offset);
        }
    }

    public int CallWrite(ReadOnlySpan<byte> bytes, long offset)
    {
        fixed (byte* start = bytes)
        {
            return Methods->Write((nint)_file, start, bytes.Length, offset);
        }
    }

    public int CallTruncate(long length) => Methods->Truncate((nint)_file, length);

    public int CallSync() => Methods->Sync((nint)_file, 2);

    public int CallFileSize(out long length)
    {
        fixed (long* result = &length)
        {
            return Methods->FileSize((nint)_file, result);
        }
    }

    public int CallShmLock() => Methods->ShmLock((nint)_file, 0, 1, 0);

    public void Dispose()
    {
        Assert.Equal(Sqlite3.Ok, Methods->Close((nint)_file));
        lock (All)
        {
            ByFile.Remove((nint)_file);
        }

        NativeMemory.Free(_methods);
        NativeMemory.Free(_file);
    }

    private static MemoryFile Find(nint file)
    {
        lock (All)
        {
            return ByFile[file];
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnClose(nint file) => Find(file) is null ? ShortRead : Sqlite3.Ok;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnRead(nint file, byte* bytes, int length, long offset)
    {
        var self = Find(file);
        self.Reads++;
        var there = (int)Math.Clamp(self.Bytes.Length - offset, 0, length);
        if (there > 0) self.Bytes.AsSpan((int)offset, there).CopyTo(new Span<byte>(bytes, there));
        new Span<byte>(bytes + there, length - there).Clear();
        return there == length ? Sqlite3.Ok : ShortRead;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnWrite(nint file, byte* bytes, int length, long offset)
    {
        var self = Find(file);
        self.Writes++;
        var (fails, done) = self.FailsNextWrite ? (true, length / 2) : (false, length);
        self.FailsNextWrite = false;
        if (self.Bytes.Length < offset + done)
        {
            var longer = self.Bytes;
            Array.Resize(ref longer, (int)offset + done);
            self.Bytes = longer;
        }

        new ReadOnlySpan<byte>(bytes, done).CopyTo(self.Bytes.AsSpan((int)offset));
        return fails ? FaultVfs.Full : Sqlite3.Ok;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnTruncate(nint file, long length)
    {
        var self = Find(file);
        var other = self.Bytes;
        Array.Resize(ref other, (int)length);
        self.Bytes = other;
        return Sqlite3.Ok;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnSync(nint file, int flags) => Find(file) is null ? FaultVfs.FlushError : Sqlite3.Ok;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnFileSize(nint file, long* length)
    {
        *length = Find(file).Bytes.Length;
        return Sqlite3.Ok;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnShmLock(nint file, int first, int count, int flags) => Sqlite3.Ok;
}
