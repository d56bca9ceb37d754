using System.Security.Cryptography;
using CompatBot.Core.Store;
using CompatBot.Storage.Backup.Proto;
using Google.Protobuf;

namespace CompatBot.Storage.Backup;

/// <summary>What the runs so far have of one dropbox.</summary>
internal sealed class DropboxSoFar
{
    public ulong Last { get; set; }

    public SortedSet<ulong> Waiting { get; set; } = [];

    /// <summary>Items up to this number were written by some run, or were gone before one could.</summary>
    public ulong StoredThrough { get; set; }
}

/// <summary>What the runs so far have of one account.</summary>
internal sealed class AccountSoFar
{
    public ulong Head { get; set; }

    public BlobName HeadHash { get; set; }

    /// <summary>Blobs with who holds them.</summary>
    public Dictionary<BlobName, ushort> Blobs { get; } = [];

    public Dictionary<byte, DropboxSoFar> Dropboxes { get; } = [];

    public DropboxSoFar Dropbox(byte realm)
    {
        if (!Dropboxes.TryGetValue(realm, out var dropbox)) Dropboxes.Add(realm, dropbox = new DropboxSoFar());
        return dropbox;
    }
}

/// <summary>Everything that a folder's manifests say together, one run after the other.</summary>
internal sealed class BackupState
{
    public Dictionary<AccountId, AccountSoFar> Accounts { get; } = [];

    public ulong Run { get; private set; }

    public byte[] ManifestHash { get; private set; } = [];

    public DirectoryImage Directory { get; private set; } = new();

    public ByteString DirectoryHash { get; private set; } = ByteString.Empty;

    public IReadOnlyList<HostFile> HostFiles { get; private set; } = [];

    /// <summary>Paths of all packs.</summary>
    public HashSet<string> Packs { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads every manifest up to a run.</summary>
    /// <exception cref="InvalidDataException">One is missing or damaged, or the chain is broken.</exception>
    public static BackupState Read(BackupFolder folder, BackupKey key, ulong through, Action<ReadManifest>? seen = null)
    {
        var state = new BackupState();
        foreach (var run in folder.Runs().TakeWhile(run => run <= through))
        {
            var read = folder.Read(run, key);
            state.Apply(read, folder);
            seen?.Invoke(read);
        }

        return state;
    }

    public AccountSoFar Of(AccountId account)
    {
        if (!Accounts.TryGetValue(account, out var known)) Accounts.Add(account, known = new AccountSoFar());
        return known;
    }

    /// <exception cref="InvalidDataException">It does not follow, or says what cannot be.</exception>
    public void Apply(ReadManifest read, BackupFolder folder)
    {
        var manifest = read.Manifest;
        if (manifest.Run != Run + 1) throw new InvalidDataException($"the manifest of run {Run + 1} is missing");
        if (!manifest.Previous.Span.SequenceEqual(ManifestHash))
        {
            throw new InvalidDataException($"run {manifest.Run} was not made after the run {Run} that is here");
        }

        foreach (var pack in manifest.Packs) Packs.Add(folder.PackPath(pack.Id.Span));
        foreach (var part in manifest.Accounts) Apply(part);
        if (manifest.Directory is not null) (Directory, DirectoryHash) = (manifest.Directory, HashOf(manifest.Directory));
        if (manifest.DirectoryHash != DirectoryHash) throw new InvalidDataException($"run {manifest.Run} has no directory");
        (Run, ManifestHash, HostFiles) = (manifest.Run, read.Sha256, manifest.HostFiles);
    }

    public static ByteString HashOf(Proto.DirectoryImage directory) => ByteString.CopyFrom(SHA256.HashData(directory.ToByteArray()));

    /// <summary>Names that lie one after the other.</summary>
    public static IEnumerable<BlobName> Names(ByteString names)
    {
        for (var at = 0; at + BlobName.Length <= names.Length; at += BlobName.Length)
        {
            yield return new BlobName(names.Span.Slice(at, BlobName.Length));
        }
    }

    private void Apply(AccountPart part)
    {
        var known = Of(AccountId.FromBytes(part.Account.Span));
        known.Head = part.Head;
        if (part.Head > 0) known.HeadHash = new BlobName(part.HeadHash.Span);
        foreach (var group in part.Added.Concat(part.Held))
        {
            foreach (var name in Names(group.Names)) known.Blobs[name] = (ushort)group.Holders;
        }

        foreach (var name in Names(part.Gone)) known.Blobs.Remove(name);
        foreach (var dropbox in part.Dropboxes)
        {
            var so = known.Dropbox((byte)dropbox.Realm);
            (so.Last, so.Waiting) = (dropbox.Last, [.. dropbox.Waiting]);
            so.StoredThrough = Math.Max(so.StoredThrough, dropbox.Stored.SelectMany(items => items.Numbers).DefaultIfEmpty(0UL).Max());
        }
    }
}
