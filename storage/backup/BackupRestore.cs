using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Storage.Backup;

/// <summary>
/// Puts a backup into an empty store of any engine: the same entries, blobs and waiting items, so clients see the same UIDs,
/// UIDVALIDITYs and MODSEQs. The directory comes last: a restore that was cut off left a store in which nobody has an account.
/// </summary>
public sealed class BackupRestore(IStore store, string path, BackupKey key, Func<long, CancellationToken, ValueTask> progress)
{
    /// <summary>Bytes of blobs that go into one put, about.</summary>
    private const long BatchBytes = 4 << 20;

    /// <summary>Entries on their way at once: they share flushes.</summary>
    private const int AppendsMax = 256;

    private readonly List<string> _flaws = [];
    private readonly Queue<Task<Refusal>> _appends = new();
    private readonly Dictionary<AccountId, (ulong Sequence, BlobName Hash)> _heads = [];
    private readonly List<SealedBlob> _blobs = [];
    private (AccountId Account, ushort Holders, long Bytes) _batch;
    private (long Entries, long Blobs, long Waiting) _count;

    /// <summary>Host files of the run that was restored.</summary>
    public IReadOnlyList<BackupFile> HostFiles { get; private set; } = [];

    /// <param name="run">Which state to restore; null for the newest.</param>
    /// <param name="salvage">Restore what can be had, instead of stopping at the first damage.</param>
    /// <exception cref="InvalidDataException">The backup is damaged; what was written so far is of no use.</exception>
    /// <exception cref="UnauthorizedAccessException">The key is not that of the folder.</exception>
    /// <exception cref="IOException">The new store or the medium failed.</exception>
    public async ValueTask<RestoreReport> RunAsync(ulong? run, bool salvage, CancellationToken cancellation)
    {
        using var folder = BackupFolder.OpenToRead(path);
        if (folder.Fits(key) == false) throw new UnauthorizedAccessException($"the key given is not that of the backup in {path}");
        var manifests = new List<ReadManifest>();
        var state = BackupState.Read(folder, key, run ?? ulong.MaxValue, manifests.Add);
        var there = state.Run > 0 && (run ?? state.Run) == state.Run;
        if (!there) throw new DirectoryNotFoundException($"there is no run {run ?? 1} in {path}");
        HostFiles = [.. state.HostFiles.Select(file => new BackupFile(file.Name, file.Content.Memory))];
        var wanted = state.Directory.Accounts.Select(row => AccountId.FromBytes(row.Id.Span)).ToHashSet();
        foreach (var pack in manifests.SelectMany(read => read.Manifest.Packs))
        {
            try
            {
                using var file = new SealedFileReader(folder.PackPath(pack.Id.Span), SealedFile.PackKind, key);
                var reader = new PackReader(file, Convert.ToHexStringLower(pack.Id.Span));
                while (reader.Next() is { } record)
                {
                    if (wanted.Contains(record.Account)) await TakeAsync(state.Of(record.Account), record, cancellation);
                }
            }
            catch (Exception error) when (salvage && error is InvalidDataException or FileNotFoundException)
            {
                _flaws.Add($"pack {Convert.ToHexStringLower(pack.Id.Span)}: {error.Message}");
            }
        }

        await PutBlobsAsync(cancellation);
        while (_appends.Count > 0) await AppendedAsync();
        await FinishAsync(state, wanted, salvage, cancellation);
        await DirectoryRows.WriteAsync(store.Directory, state.Directory, cancellation);
        return new RestoreReport(state.Run, wanted.Count, _count.Entries, _count.Blobs, _count.Waiting, _flaws);
    }

    private async ValueTask TakeAsync(AccountSoFar account, PackRecord record, CancellationToken cancellation)
    {
        switch (record.Kind)
        {
            case RecordKind.Entry:
                await TakeEntryAsync(record, cancellation);
                break;
            case RecordKind.Blob when account.Blobs.Remove(record.Name, out var holders):
                await TakeBlobAsync(record, holders, cancellation);
                break;
            case RecordKind.Item when account.Dropbox(record.Realm).Waiting.Remove(record.Number):
                await TakeItemAsync(record, cancellation);
                break;
        }

        await progress(1, cancellation);
    }

    private async ValueTask TakeEntryAsync(PackRecord record, CancellationToken cancellation)
    {
        var head = _heads.GetValueOrDefault(record.Account);
        var follows = EntrySeal.TryReadHeader(record.Bytes.Span, out var header)
            && header.Sequence == record.Number && header.Sequence == head.Sequence + 1 && header.PreviousHash == head.Hash;
        if (!follows) return; // After a damaged pack: what is missing is said in the end.
        var bytes = record.Bytes.ToArray();
        _heads[record.Account] = (header.Sequence, EntrySeal.Hash(bytes));
        if (_appends.Count >= AppendsMax) await AppendedAsync();
        var append = StorePort.Append(record.Account, (byte)header.Realm, new StoredEntry(header.Sequence, bytes));
        _appends.Enqueue(store.Journal.AppendAsync(append, cancellation).AsTask());
        _count.Entries++;
    }

    private async ValueTask AppendedAsync() => Check(await _appends.Dequeue());

    private async ValueTask TakeBlobAsync(PackRecord record, ushort holders, CancellationToken cancellation)
    {
        if (_batch.Bytes >= BatchBytes || _batch.Account != record.Account || _batch.Holders != holders) await PutBlobsAsync(cancellation);
        _batch = (record.Account, holders, _batch.Bytes + record.Bytes.Length);
        _blobs.Add(StorePort.Blob(record));
        _count.Blobs++;
    }

    private async ValueTask PutBlobsAsync(CancellationToken cancellation)
    {
        if (_blobs.Count > 0) Check(await StorePort.PutAsync(store, _batch.Account, _batch.Holders, [.. _blobs], cancellation));
        _blobs.Clear();
        _batch = default;
    }

    private async ValueTask TakeItemAsync(PackRecord record, CancellationToken cancellation)
    {
        var realm = (Realm)record.Realm;
        Check(await store.Dropbox.SkipNumbersAsync(record.Account, realm, record.Number - 1, cancellation));
        Check(await store.Dropbox.PutAsync([new DroppedItem(record.Account, realm, record.Bytes.ToArray(), [])], cancellation));
        _count.Waiting++;
    }

    /// <summary>Numbers of dropboxes; and whether all that the manifests promise is there.</summary>
    private async ValueTask FinishAsync(
        BackupState state, HashSet<AccountId> wanted, bool salvage, CancellationToken cancellation)
    {
        foreach (var (id, account) in state.Accounts.Where(pair => wanted.Contains(pair.Key)))
        {
            foreach (var (realm, dropbox) in account.Dropboxes)
            {
                if (dropbox.Last > 0) Check(await store.Dropbox.SkipNumbersAsync(id, (Realm)realm, dropbox.Last, cancellation));
                if (dropbox.Waiting.Count > 0) Missing(id, $"{dropbox.Waiting.Count} waiting items");
            }

            var head = _heads.GetValueOrDefault(id);
            if (head.Sequence != account.Head || (account.Head > 0 && head.Hash != account.HeadHash))
            {
                Missing(id, $"journal entries {head.Sequence + 1} to {account.Head}");
            }

            if (account.Blobs.Count > 0) Missing(id, $"{account.Blobs.Count} blobs");
        }

        if (!salvage && _flaws.Count > 0) throw new InvalidDataException(string.Join("; ", _flaws));

        void Missing(AccountId id, string what) =>
            _flaws.Add($"{state.Directory.Accounts.First(row => row.Id.Span.SequenceEqual(id.ToBytes())).Address}: {what} are missing");
    }

    private static void Check(Refusal refusal)
    {
        if (refusal != Refusal.None) throw new IOException($"the new store refused: {refusal}");
    }
}
