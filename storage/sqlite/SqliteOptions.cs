using CompatBot.Storage.Sqlite.Files;

namespace CompatBot.Storage.Sqlite;

/// <summary>How the engine works. The defaults are measured (storage/FORMAT.md, "Engine: sqlite").</summary>
public sealed record SqliteOptions
{
    /// <summary>Page size of a new database, in bytes; an existing one keeps its own.</summary>
    public int PageBytes { get; init; } = 4096;

    /// <summary>Blobs of at least this many bytes become files, smaller ones rows.</summary>
    public int FileBytesMin { get; init; } = 512 << 10;

    /// <summary>Bytes of files that stay in the system's memory because they were written last.</summary>
    public long NewestFilesBytes { get; init; } = 512L << 20;

    /// <summary>Threads that write files of large blobs.</summary>
    public int FileThreads { get; init; } = 4;

    /// <summary>Most connections that read at the same time; further readers wait.</summary>
    public int ReadersMax { get; init; } = 16;

    /// <summary>Most requests in one transaction.</summary>
    public int BatchRequestsMax { get; init; } = 1024;

    /// <summary>A transaction takes no further request once it holds this many bytes.</summary>
    public int BatchBytesMax { get; init; } = 8 << 20;

    /// <summary>Requests that may wait for the writer; beyond it new ones are refused with Unavailable.</summary>
    public int QueuedRequestsMax { get; init; } = 65_536;

    /// <summary>Bytes that may wait for the writer; beyond it new ones are refused with Unavailable.</summary>
    public long QueuedBytesMax { get; init; } = 512L << 20;

    /// <summary>Pages in the write-ahead log at which the background checkpoint starts.</summary>
    public int CheckpointPages { get; init; } = 2048;

    /// <summary>Page cache of the writer, in KiB.</summary>
    public int WriterCacheKib { get; init; } = 16 << 10;

    /// <summary>Page cache of each reader, in KiB.</summary>
    public int ReaderCacheKib { get; init; } = 4 << 10;

    /// <summary>How long a store that failed to flush waits before it tries to write again.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Bytes of the disk kept back so that deletes go through when it is full; at most an eighth of the disk. 0: none.
    /// It should be more than the log can be (four times <see cref="CheckpointPages"/>, and two transactions), copied with its help.
    /// </summary>
    public long ReserveBytes { get; init; } = 64 << 20;

    /// <summary>Hears of failures, from the engine's own threads. Never gets stored content.</summary>
    public Action<StoreTrouble>? Report { get; init; }

    /// <summary>The SQLite file layer; tests put faults into theirs.</summary>
    internal string? Vfs { get; init; }

    /// <summary>The file layer of large blobs; tests put faults into theirs.</summary>
    internal BlobDisk Disk { get; init; } = new();
}

/// <summary>What failed (an engine's own words, no content), and the code of the layer below.</summary>
public readonly record struct StoreTrouble(string Step, int Code, string Message);
