using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CompatBot.Storage.Sqlite.Native;

namespace CompatBot.ContractTests.Faults;

/// <summary>
/// A file layer for SQLite (https://sqlite.org/vfs.html) over the ordinary one: it logs each step and can make any of them fail.
/// The ordinary layer's tables are copied and the few functions that change a disk replaced.
/// </summary>
public sealed unsafe class FaultVfs : IDisposable
{
    public const int Full = 13;
    public const int WriteError = 10 | (3 << 8);
    public const int FlushError = 10 | (4 << 8);

    // Offsets and sizes on 64-bit machines.
    private const int VfsSize = 168;
    private const int VfsFileSize = 4;
    private const int VfsName = 24;
    private const int VfsOpen = 40;
    private const int VfsDelete = 48;
    private const int PageBytes = 4096;

    private static readonly Lock All = new();
    private static readonly Dictionary<nint, FaultVfs> ByVfs = [];
    private static readonly Dictionary<nint, (FaultVfs Vfs, string Path)> ByFile = [];
    private static readonly nint Ordinary = Sqlite3.VfsFind(null);
    private static readonly int OrdinaryFileSize = *(int*)(Ordinary + VfsFileSize);

    private readonly byte* _vfs;
    private readonly nint _name;
    private readonly List<nint> _methods = [];

    public FaultVfs()
    {
        Name = "faults-" + Guid.NewGuid().ToString("N");
        _vfs = (byte*)NativeMemory.AllocZeroed(VfsSize);
        new ReadOnlySpan<byte>((void*)Ordinary, VfsSize).CopyTo(new Span<byte>(_vfs, VfsSize));
        *(int*)(_vfs + VfsFileSize) = OrdinaryFileSize + sizeof(nint);
        _name = Marshal.StringToCoTaskMemUTF8(Name);
        *(nint*)(_vfs + VfsName) = _name;
        *(delegate* unmanaged[Cdecl]<nint, byte*, nint, int, int*, int>*)(_vfs + VfsOpen) = &Open;
        *(delegate* unmanaged[Cdecl]<nint, byte*, int, int>*)(_vfs + VfsDelete) = &Delete;
        lock (All)
        {
            ByVfs.Add((nint)_vfs, this);
        }

        Assert.Equal(Sqlite3.Ok, Sqlite3.VfsRegister((nint)_vfs, 0));
    }

    public string Name { get; }

    public DiskLog Log { get; } = new();

    /// <summary>Asked before each step: an error code makes it fail without being done.</summary>
    public Func<DiskAct, string, long, int> Fault { get; set; } = static (_, _, _) => Sqlite3.Ok;

    /// <summary>A write that fails leaves its first half.</summary>
    public bool ShortWrites { get; init; }

    public void Dispose()
    {
        Assert.Equal(Sqlite3.Ok, Unregister((nint)_vfs));
        lock (All)
        {
            ByVfs.Remove((nint)_vfs);
        }

        _methods.ForEach(table => NativeMemory.Free((void*)table));
        NativeMemory.Free(_vfs);
        Marshal.FreeCoTaskMem(_name);
    }

    [DllImport("libsqlite3.so.0", EntryPoint = "sqlite3_vfs_unregister")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Unregister(nint vfs);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Open(nint vfs, byte* path, nint file, int flags, int* outFlags)
    {
        var open = *(delegate* unmanaged[Cdecl]<nint, byte*, nint, int, int*, int>*)(Ordinary + VfsOpen);
        var code = open(Ordinary, path, file, flags, outFlags);
        var methods = *(FileMethods**)file;
        if (code != Sqlite3.Ok || methods == null || path == null)
        {
            return code;
        }

        var table = (FileMethods*)NativeMemory.Alloc((nuint)sizeof(FileMethods));
        *table = *methods;
        table->Close = &Close;
        table->Write = &Write;
        table->Truncate = &Truncate;
        table->Sync = &Sync;
        *(FileMethods**)file = table;
        *(FileMethods**)(file + OrdinaryFileSize) = methods;
        lock (All)
        {
            var self = ByVfs[vfs];
            self._methods.Add((nint)table);
            ByFile[file] = (self, Marshal.PtrToStringUTF8((nint)path)!);
        }

        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Delete(nint vfs, byte* path, int syncFolder)
    {
        FaultVfs self;
        lock (All)
        {
            self = ByVfs[vfs];
        }

        self.Log.Add(DiskAct.Delete, Marshal.PtrToStringUTF8((nint)path)!);
        return (*(delegate* unmanaged[Cdecl]<nint, byte*, int, int>*)(Ordinary + VfsDelete))(Ordinary, path, syncFolder);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Close(nint file)
    {
        lock (All)
        {
            ByFile.Remove(file);
        }

        return Methods(file)->Close(file);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(nint file, byte* bytes, int length, long offset)
    {
        // Page by page, as a disk that fills up or loses its power takes a part of a long write.
        for (var done = 0; done < length; done += PageBytes)
        {
            var code = WritePage(file, bytes + done, Math.Min(PageBytes, length - done), offset + done);
            if (code != Sqlite3.Ok) return code;
        }

        return Sqlite3.Ok;
    }

    private static int WritePage(nint file, byte* bytes, int length, long offset)
    {
        var (self, path) = Find(file);
        var fault = self.Fault(DiskAct.Write, path, offset);
        var done = fault == Sqlite3.Ok ? length : self.ShortWrites ? length / 2 : 0;
        if (done > 0)
        {
            self.Log.Add(DiskAct.Write, path, offset, new ReadOnlySpan<byte>(bytes, done));
            var code = Methods(file)->Write(file, bytes, done, offset);
            Assert.Equal(Sqlite3.Ok, code);
        }

        return fault;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Truncate(nint file, long length)
    {
        var fault = Step(file, DiskAct.Truncate, length);
        return fault != Sqlite3.Ok
            ? fault
            : Methods(file)->Truncate(file, length);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sync(nint file, int flags)
    {
        // The real flush is left out: what it would have done is in the log, and the test's own disk need not work.
        return Step(file, DiskAct.Flush, 0);
    }

    private static FileMethods* Methods(nint file) => *(FileMethods**)(file + OrdinaryFileSize);

    private static int Step(nint file, DiskAct act, long offset)
    {
        var (self, path) = Find(file);
        var fault = self.Fault(act, path, offset);
        if (fault == Sqlite3.Ok)
        {
            self.Log.Add(act, path, offset);
        }

        return fault;
    }

    private static (FaultVfs Vfs, string Path) Find(nint file)
    {
        lock (All)
        {
            return ByFile[file];
        }
    }
}
