using System.Reflection;
using System.Runtime.InteropServices;

namespace CompatBot.Storage.Sqlite.Native;

/// <summary>The only binding of libsqlite3: plain pointers, no copies. Names are those of https://sqlite.org/c3ref/funclist.html.</summary>
internal static unsafe partial class Sqlite3
{
    private const string Library = "sqlite3";

    public const int Ok = 0;
    public const int Busy = 5;
    public const int NoMemory = 7;
    public const int ReadOnly = 8;
    public const int IoError = 10;
    public const int Corrupt = 11;
    public const int Full = 13;
    public const int CannotOpen = 14;
    public const int NotADatabase = 26;
    public const int IoErrorWrite = IoError | (3 << 8);

    /// <summary>The index of the log does not get the room that it needs.</summary>
    public const int IoErrorSharedMemorySize = IoError | (19 << 8);

    public const int Row = 100;
    public const int Done = 101;

    public const int OpenReadWrite = 0x2;
    public const int OpenCreate = 0x4;
    public const int OpenNoMutex = 0x8000;

    public const uint PreparePersistent = 1;
    public const int CheckpointPassive = 0;
    public const int CheckpointRestart = 2;
    public const int CheckpointTruncate = 3;

    /// <summary>SQLITE_TRANSIENT: SQLite makes its own copy.</summary>
    public static readonly nint Transient = -1;

    /// <summary>SQLITE_STATIC: the memory stays as it is until the statement is reset.</summary>
    public const nint Static = 0;

    private static readonly string[] FileNames = ["libsqlite3.so.0", "libsqlite3.so", "libsqlite3.dylib", "sqlite3"];

    /// <summary>SQLITE_CONFIG_MEMSTATUS: whether the library counts its memory, under one lock for all threads.</summary>
    private const int ConfigMemoryStatus = 9;

    static Sqlite3()
    {
        NativeLibrary.SetDllImportResolver(typeof(Sqlite3).Assembly, Resolve);
        _ = Configure(ConfigMemoryStatus, 0); // Nobody asks for it; where somebody else began to use the library, it stays as it is.
    }

    [LibraryImport(Library, EntryPoint = "sqlite3_config")]
    private static partial int Configure(int option, int value);

    [LibraryImport(Library, EntryPoint = "sqlite3_open_v2", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, out nint connection, int flags, string? vfs);

    [LibraryImport(Library, EntryPoint = "sqlite3_close_v2")]
    public static partial int Close(nint connection);

    [LibraryImport(Library, EntryPoint = "sqlite3_extended_result_codes")]
    public static partial int ExtendedResultCodes(nint connection, int on);

    [LibraryImport(Library, EntryPoint = "sqlite3_busy_timeout")]
    public static partial int BusyTimeout(nint connection, int milliseconds);

    [LibraryImport(Library, EntryPoint = "sqlite3_errmsg")]
    public static partial byte* ErrorMessage(nint connection);

    [LibraryImport(Library, EntryPoint = "sqlite3_get_autocommit")]
    [SuppressGCTransition]
    public static partial int GetAutocommit(nint connection);

    [LibraryImport(Library, EntryPoint = "sqlite3_changes")]
    [SuppressGCTransition]
    public static partial int Changes(nint connection);

    [LibraryImport(Library, EntryPoint = "sqlite3_last_insert_rowid")]
    [SuppressGCTransition]
    public static partial long LastInsertRowId(nint connection);

    [LibraryImport(Library, EntryPoint = "sqlite3_prepare_v3")]
    public static partial int Prepare(nint connection, byte* sql, int length, uint flags, out nint statement, out byte* tail);

    [LibraryImport(Library, EntryPoint = "sqlite3_finalize")]
    public static partial int Finalize(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_step")]
    public static partial int Step(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_reset")]
    public static partial int Reset(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_int64")]
    [SuppressGCTransition]
    public static partial int BindInt64(nint statement, int index, long value);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_null")]
    [SuppressGCTransition]
    public static partial int BindNull(nint statement, int index);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_zeroblob")]
    [SuppressGCTransition]
    public static partial int BindZeroBlob(nint statement, int index, int length);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_blob")]
    public static partial int BindBlob(nint statement, int index, byte* bytes, int length, nint lifetime);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_text")]
    public static partial int BindText(nint statement, int index, byte* text, int length, nint lifetime);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_type")]
    [SuppressGCTransition]
    public static partial int ColumnType(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_int64")]
    [SuppressGCTransition]
    public static partial long ColumnInt64(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_blob")]
    public static partial byte* ColumnBlob(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_text")]
    public static partial byte* ColumnText(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_bytes")]
    [SuppressGCTransition]
    public static partial int ColumnBytes(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_wal_checkpoint_v2", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Checkpoint(nint connection, string? database, int mode, out int logFrames, out int checkpointedFrames);

    [LibraryImport(Library, EntryPoint = "sqlite3_wal_hook")]
    public static partial nint WalHook(nint connection, delegate* unmanaged[Cdecl]<nint, nint, byte*, int, int> hook, nint context);

    /// <summary>SQLITE_DBSTATUS_CACHE_HIT and CACHE_MISS of sqlite3_db_status.</summary>
    public const int StatusCacheHit = 7;
    public const int StatusCacheMiss = 8;

    [LibraryImport(Library, EntryPoint = "sqlite3_db_status")]
    [SuppressGCTransition]
    public static partial int Status(nint connection, int what, out int current, out int highest, int reset);

    /// <summary>SQLITE_FCNTL_FILE_POINTER and JOURNAL_POINTER of sqlite3_file_control.</summary>
    public const int FileControlFilePointer = 7;
    public const int FileControlJournalPointer = 28;

    [LibraryImport(Library, EntryPoint = "sqlite3_file_control", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int FileControl(nint connection, string database, int what, void* argument);

    [LibraryImport(Library, EntryPoint = "sqlite3_db_release_memory")]
    public static partial int ReleaseMemory(nint connection);

    [LibraryImport(Library, EntryPoint = "sqlite3_libversion_number")]
    public static partial int VersionNumber();

    [LibraryImport(Library, EntryPoint = "sqlite3_vfs_find", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint VfsFind(string? name);

    [LibraryImport(Library, EntryPoint = "sqlite3_vfs_register")]
    public static partial int VfsRegister(nint vfs, int makeDefault);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library)
        {
            return 0;
        }

        foreach (var file in FileNames)
        {
            if (NativeLibrary.TryLoad(file, assembly, path, out var handle))
            {
                return handle;
            }
        }

        throw new DllNotFoundException("CompatBot needs SQLite 3.35 or newer (libsqlite3.so.0; Debian: libsqlite3-0).");
    }
}
