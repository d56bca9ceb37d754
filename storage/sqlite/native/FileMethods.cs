using System.Runtime.InteropServices;

namespace CompatBot.Storage.Sqlite.Native;

/// <summary>
/// What SQLite does with an open file: sqlite3_io_methods, version 3 (https://sqlite.org/c3ref/io_methods.html). The first argument is
/// the sqlite3_file, which begins with the address of this table; the result is a code such as <see cref="Sqlite3.Ok"/>.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FileMethods
{
    /// <summary>The first version with the locks of the log.</summary>
    public const int LockVersion = 2;

    public int Version;
    public delegate* unmanaged[Cdecl]<nint, int> Close;
    public delegate* unmanaged[Cdecl]<nint, byte*, int, long, int> Read;
    public delegate* unmanaged[Cdecl]<nint, byte*, int, long, int> Write;
    public delegate* unmanaged[Cdecl]<nint, long, int> Truncate;
    public delegate* unmanaged[Cdecl]<nint, int, int> Sync;
    public delegate* unmanaged[Cdecl]<nint, long*, int> FileSize;
    public delegate* unmanaged[Cdecl]<nint, int, int> Lock;
    public delegate* unmanaged[Cdecl]<nint, int, int> Unlock;
    public delegate* unmanaged[Cdecl]<nint, int*, int> CheckReservedLock;
    public delegate* unmanaged[Cdecl]<nint, int, void*, int> FileControl;
    public delegate* unmanaged[Cdecl]<nint, int> SectorSize;
    public delegate* unmanaged[Cdecl]<nint, int> DeviceCharacteristics;
    public delegate* unmanaged[Cdecl]<nint, int, int, int, void**, int> ShmMap;
    public delegate* unmanaged[Cdecl]<nint, int, int, int, int> ShmLock;
    public delegate* unmanaged[Cdecl]<nint, void> ShmBarrier;
    public delegate* unmanaged[Cdecl]<nint, int, int> ShmUnmap;
    public delegate* unmanaged[Cdecl]<nint, long, int, void**, int> Fetch;
    public delegate* unmanaged[Cdecl]<nint, long, void*, int> Unfetch;
}
