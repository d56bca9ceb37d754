using CompatBot.Core.Store;
using CompatBot.Storage.Backup.Proto;
using Google.Protobuf;

namespace CompatBot.Storage.Backup;

/// <summary>
/// One run of a backup: reads a store that is in use and writes what the folder does not have yet. Everything goes into new pack files
/// first; the manifest, written last under another name and renamed, makes the run exist. A run that is cut off leaves packs that no
/// manifest names: the next one deletes them.
/// <para>
/// Why the cut holds, though clients write meanwhile. A blob is durable before, or with, the entry that names it: so entries are read
/// first and blobs listed afterwards, and every blob that the cut names is in the list, unless the collector deleted it since. It does
/// that only after an entry took the blob out of the state. So blobs are listed before the entries too: when one of them is gone
/// afterwards, entries and blobs are read once more, and the entry that let it go is in the cut as well. Accounts are cut one after the
/// other: nothing spans two.
/// What waits in a dropbox is read before the journal: an item that is taken in between is in both, and the state knows up to which
/// number it took them. The last number is read after the journal, so it is never below what the state took. The parts of a waiting
/// item are blobs that go when it is taken in: if one of the items is gone after the blobs were copied, its entry is durable by now, so
/// journal and blobs are read once more and the item is left out. The directory comes last: new keys are in it before anything is
/// sealed with them. Accounts that were made meanwhile wait for the next run.
/// </para>
/// </summary>
public sealed class BackupRun(
    IStore store, string path, BackupKey key, TimeProvider time, Func<long, CancellationToken, ValueTask> progress)
{
    private readonly List<string> _flaws = [];
    private (long Entries, long Blobs, long Waiting) _count;

    /// <exception cref="InvalidDataException">What is in the folder is damaged.</exception>
    /// <exception cref="UnauthorizedAccessException">The key is not that of the folder.</exception>
    /// <exception cref="IOException">The store or the medium failed, or another backup writes there. No run was added.</exception>
    public async ValueTask<BackupReport> RunAsync(IReadOnlyList<BackupFile> hostFiles, CancellationToken cancellation)
    {
        using var folder = BackupFolder.OpenToWrite(path, key);
        if (folder.Fits(key) == false) throw new UnauthorizedAccessException($"the key given is not that of the backup in {path}");
        var state = BackupState.Read(folder, key, ulong.MaxValue);
        folder.Tidy(state.Packs);
        var manifest = new Manifest
        {
            Version = BackupFolder.Version,
            Run = state.Run + 1,
            Time = time.GetUtcNow().ToUnixTimeSeconds(),
            Previous = ByteString.CopyFrom(state.ManifestHash),
        };
        using var packs = new PackWriter(folder, key);
        var covered = new HashSet<AccountId>();
        await foreach (var account in store.Directory.AccountsAsync(cancellation))
        {
            var known = state.Accounts.GetValueOrDefault(account.Id) ?? new AccountSoFar();
            var cut = new AccountCut(store, account, known, packs, _flaws, progress);
            if (await cut.RunAsync(cancellation) is { } part) manifest.Accounts.Add(part);
            if (cut.HasEnvelopes) manifest.Version = BackupFolder.VersionWithEnvelopes;
            covered.Add(account.Id);
            _count = (_count.Entries + cut.Entries, _count.Blobs + cut.Blobs, _count.Waiting + cut.Waiting);
        }

        var directory = await DirectoryRows.ReadAsync(store.Directory, covered, cancellation);
        manifest.DirectoryHash = BackupState.HashOf(directory);
        if (manifest.DirectoryHash != state.DirectoryHash) manifest.Directory = directory;
        foreach (var file in hostFiles)
        {
            manifest.HostFiles.Add(new HostFile { Name = file.Name, Content = ByteString.CopyFrom(file.Content.Span) });
        }

        packs.Complete();
        manifest.Packs.AddRange(packs.Packs);
        var written = folder.Write(manifest, key).Bytes + packs.Packs.Sum(pack => (long)pack.Bytes);
        return new BackupReport(manifest.Run, directory.Accounts.Count, _count.Entries, _count.Blobs, _count.Waiting, written, _flaws);
    }
}
