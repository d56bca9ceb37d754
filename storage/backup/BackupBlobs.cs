using System.Runtime.CompilerServices;
using CompatBot.Core.Store;

namespace CompatBot.Storage.Backup;

/// <summary>Single blobs out of a backup: for a store in which they are damaged.</summary>
public static class BackupBlobs
{
    /// <summary>Those of the wanted blobs that the backup has; a pack that is damaged before them is passed over.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no backup.</exception>
    /// <exception cref="UnauthorizedAccessException">The key is not that of the folder.</exception>
    /// <exception cref="InvalidDataException">A manifest is damaged.</exception>
    public static async IAsyncEnumerable<SealedBlob> FindAsync(
        string path,
        BackupKey key,
        AccountId account,
        IReadOnlySet<BlobName> wanted,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var folder = BackupFolder.OpenToRead(path);
        if (folder.Fits(key) == false) throw new UnauthorizedAccessException($"the key given is not that of the backup in {path}");
        var manifests = new List<ReadManifest>();
        BackupState.Read(folder, key, ulong.MaxValue, manifests.Add);
        foreach (var pack in PacksOf(manifests, account, wanted))
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var blob in Read(folder.PackPath(pack), key, account, wanted)) yield return blob;
            await Task.Yield(); // A pack takes a while: let others have the thread.
        }
    }

    /// <summary>Packs that hold any of them, each once.</summary>
    private static IEnumerable<byte[]> PacksOf(List<ReadManifest> manifests, AccountId account, IReadOnlySet<BlobName> wanted)
    {
        var id = account.ToBytes();
        foreach (var manifest in manifests.Select(read => read.Manifest))
        {
            var parts = manifest.Accounts.Where(part => part.Account.Span.SequenceEqual(id));
            var groups = parts.SelectMany(part => part.Added).Where(group => BackupState.Names(group.Names).Any(wanted.Contains));
            foreach (var pack in groups.Select(group => group.Pack).Distinct()) yield return manifest.Packs[(int)pack].Id.ToByteArray();
        }
    }

    private static List<SealedBlob> Read(string path, BackupKey key, AccountId account, IReadOnlySet<BlobName> wanted)
    {
        var found = new List<SealedBlob>();
        try
        {
            using var file = new SealedFileReader(path, SealedFile.PackKind, key);
            var reader = new PackReader(file, Path.GetFileName(path));
            while (reader.Next() is { } record)
            {
                if (record.Kind != RecordKind.Blob || record.Account != account || !wanted.Contains(record.Name)) continue;
                found.Add(StorePort.Blob(record));
            }
        }
        catch (Exception error) when (error is InvalidDataException or FileNotFoundException)
        {
            return found; // What stood before the damage is good; `backup verify` says what is lost.
        }

        return found;
    }
}
