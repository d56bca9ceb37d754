using CompatBot.Core.Store;

namespace CompatBot.Storage.Memory;

/// <summary>The whole store in memory, for tests and trial runs: the contract to the letter, gone with the process.</summary>
public sealed class MemoryStore : IStore
{
    private readonly MemoryShelves _shelves;

    public MemoryStore()
        : this(TimeProvider.System)
    {
    }

    public MemoryStore(TimeProvider time)
    {
        _shelves = new MemoryShelves(time);
        Journal = new MemoryJournal(_shelves);
        Blobs = new MemoryBlobs(_shelves);
        Snapshots = new MemorySnapshots(_shelves);
        Dropbox = new MemoryDropbox(_shelves);
        Directory = new MemoryDirectory(_shelves);
    }

    public IJournalStore Journal { get; }

    public IBlobStore Blobs { get; }

    public ISnapshotStore Snapshots { get; }

    public IDropbox Dropbox { get; }

    public IDirectory Directory { get; }

    /// <summary>Refuses every later write with Unavailable; what is there stays readable, as nothing needs to be closed.</summary>
    public ValueTask DisposeAsync()
    {
        _shelves.Close();
        return ValueTask.CompletedTask;
    }
}
