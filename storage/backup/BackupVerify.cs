using System.Security.Cryptography;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Storage.Backup.Proto;

namespace CompatBot.Storage.Backup;

/// <summary>
/// Reads every byte of a backup and says what is damaged, and what that takes with it: packs against the manifests, the hash chain of
/// every account, the manifests against each other.
/// </summary>
public sealed class BackupVerify(string path, BackupKey key, Func<long, CancellationToken, ValueTask> progress)
{
    private readonly List<string> _flaws = [];
    private readonly Dictionary<AccountId, (ulong Sequence, BlobName Hash)> _heads = [];
    private readonly Dictionary<AccountId, string> _addresses = [];
    private (long Packs, long Entries, long Blobs, long Bytes) _count;

    /// <exception cref="DirectoryNotFoundException">There is no backup.</exception>
    /// <exception cref="UnauthorizedAccessException">The key is not that of the folder.</exception>
    public async ValueTask<BackupCheck> RunAsync(CancellationToken cancellation)
    {
        using var folder = BackupFolder.OpenToRead(path);
        var manifests = ReadManifests(folder);
        var fits = folder.Fits(key);
        if (fits == false && manifests.Count == 0)
        {
            throw new UnauthorizedAccessException($"the key given is not that of the backup in {path} (or its first file is damaged)");
        }

        if (fits != true) _flaws.Add($"{BackupFolder.MarkFile} is missing or damaged: nothing depends on it");
        var state = new BackupState();
        foreach (var read in manifests)
        {
            await CheckPacksAsync(folder, read.Manifest, cancellation);
            try
            {
                if (state.Run + 1 == read.Manifest.Run) state.Apply(read, folder);
            }
            catch (InvalidDataException error)
            {
                _flaws.Add(error.Message);
            }
        }

        var known = manifests.SelectMany(read => read.Manifest.Packs).Select(pack => folder.PackPath(pack.Id.Span)).ToHashSet();
        foreach (var stray in folder.Strays(known)) _flaws.Add($"packs/{Path.GetFileName(stray)} belongs to no run that can be read");
        return new BackupCheck(
            (ulong)manifests.Count, _count.Packs, _count.Entries, _count.Blobs, _count.Bytes + manifests.Sum(read => read.Bytes), _flaws);
    }

    private List<ReadManifest> ReadManifests(BackupFolder folder)
    {
        var (manifests, expected) = (new List<ReadManifest>(), 1UL);
        foreach (var run in folder.Runs())
        {
            for (; expected < run; expected++) _flaws.Add($"the manifest of run {expected} is missing: what it added can not be told");
            expected = run + 1;
            try
            {
                var read = folder.Read(run, key);
                manifests.Add(read);
                foreach (var row in read.Manifest.Directory?.Accounts ?? []) _addresses[AccountId.FromBytes(row.Id.Span)] = row.Address;
            }
            catch (Exception error) when (error is IOException or InvalidDataException)
            {
                _flaws.Add($"manifest of run {run}: {error.Message}: what that run added can not be told, later runs can not be restored");
            }
        }

        return manifests;
    }

    private async ValueTask CheckPacksAsync(BackupFolder folder, Manifest manifest, CancellationToken cancellation)
    {
        for (var i = 0; i < manifest.Packs.Count; i++)
        {
            var left = new PackPromise(manifest, (uint)i);
            try
            {
                await CheckPackAsync(folder, manifest.Packs[i], left, cancellation);
            }
            catch (Exception error) when (error is IOException or InvalidDataException)
            {
                _flaws.Add($"run {manifest.Run}: {error.Message}: lost is {left.Describe(AddressOf)}");
            }
        }
    }

    private async ValueTask CheckPackAsync(BackupFolder folder, Pack pack, PackPromise left, CancellationToken cancellation)
    {
        var name = Convert.ToHexStringLower(pack.Id.Span);
        using var file = new SealedFileReader(folder.PackPath(pack.Id.Span), SealedFile.PackKind, key);
        var (reader, records) = (new PackReader(file, name), 0UL);
        while (reader.Next() is { } record)
        {
            records++;
            if (!left.Take(record)) throw new InvalidDataException($"{name}: it holds what its manifest does not name");
            if (record.Kind == RecordKind.Entry) CheckEntry(record);
            if (record.Kind == RecordKind.Blob) _count.Blobs++;
            await progress(record.Bytes.Length, cancellation);
        }

        var whole = records == pack.Records && (ulong)file.Bytes == pack.Bytes && left.IsEmpty;
        if (!whole) throw new InvalidDataException($"{name}: not whole");
        if (!CryptographicOperations.FixedTimeEquals(file.Sha256(), pack.Sha256.Span))
        {
            throw new InvalidDataException($"{name}: another pack stands in its place");
        }

        (_count.Packs, _count.Bytes) = (_count.Packs + 1, _count.Bytes + file.Bytes);
    }

    private void CheckEntry(PackRecord record)
    {
        var head = _heads.GetValueOrDefault(record.Account);
        var readable = EntrySeal.TryReadHeader(record.Bytes.Span, out var header) && header.Sequence == record.Number;
        if (!readable || (head.Sequence + 1 == record.Number && header.PreviousHash != head.Hash))
        {
            _flaws.Add($"{AddressOf(record.Account)}: journal entry {record.Number} does not follow the one before it");
        }

        _heads[record.Account] = (record.Number, EntrySeal.Hash(record.Bytes.Span));
        _count.Entries++;
    }

    private string AddressOf(AccountId account) => _addresses.GetValueOrDefault(account) ?? account.ToString();
}
