namespace CompatBot.Storage.Backup;

/// <summary>A file of the host beside the store, for a backup to keep.</summary>
public sealed record BackupFile(string Name, ReadOnlyMemory<byte> Content);

/// <summary>What one run wrote.</summary>
/// <param name="Run">Its number in the folder.</param>
/// <param name="Accounts">In the backup now.</param>
/// <param name="Entries">Journal entries that this run added.</param>
/// <param name="Blobs">Blobs that this run added.</param>
/// <param name="Waiting">Dropped items that wait.</param>
/// <param name="Bytes">That this run wrote to the medium.</param>
/// <param name="Flaws">What of the store could not be read or does not follow: it is not in the backup.</param>
public sealed record BackupReport(
    ulong Run, long Accounts, long Entries, long Blobs, long Waiting, long Bytes, IReadOnlyList<string> Flaws);

/// <summary>One run, as a folder lists it.</summary>
public sealed record BackupRunLine(ulong Run, DateTimeOffset Time, long Accounts, long Entries, long Blobs, long Bytes);

/// <param name="Flaws">Each damaged thing, and what it takes with it; empty when all is sound.</param>
public sealed record BackupCheck(ulong Runs, long Packs, long Entries, long Blobs, long Bytes, IReadOnlyList<string> Flaws);

/// <param name="Flaws">What could not be restored; only ever with salvage.</param>
public sealed record RestoreReport(ulong Run, long Accounts, long Entries, long Blobs, long Waiting, IReadOnlyList<string> Flaws);
