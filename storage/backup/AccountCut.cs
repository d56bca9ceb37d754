using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Storage.Backup.Proto;
using Google.Protobuf;

namespace CompatBot.Storage.Backup;

/// <summary>Takes one account into a run: see <see cref="BackupRun"/> for the order and its reasons.</summary>
internal sealed class AccountCut(
    IStore store,
    AccountRecord record,
    AccountSoFar known,
    PackWriter packs,
    List<string> flaws,
    Func<long, CancellationToken, ValueTask> progress)
{
    private readonly AccountId _account = record.Id;
    private readonly AccountPart _part = new() { Account = ByteString.CopyFrom(record.Id.ToBytes()) };
    private readonly Dictionary<BlobName, ushort> _added = [];
    private readonly Dictionary<(uint Pack, ushort Holders), List<byte[]>> _groups = [];
    private readonly Dictionary<byte, DropboxPart> _drops = [];
    private (ulong Sequence, BlobName Hash) _head = (known.Head, known.HeadHash);
    private readonly HashSet<BlobName> _unreadable = [];
    private HashSet<BlobName> _listed = [];
    private bool _changed;

    public long Entries { get; private set; }

    public long Blobs => _added.Count;

    public long Waiting { get; private set; }

    /// <summary>A blob that was added is in an envelope.</summary>
    public bool HasEnvelopes { get; private set; }

    /// <returns>What changed; null when nothing did, or when the account's store does not follow what the folder has.</returns>
    public async ValueTask<AccountPart?> RunAsync(CancellationToken cancellation)
    {
        if (!await FollowsAsync(cancellation)) return null;
        foreach (var realm in Enum.GetValues<Realm>()) await TakeItemsAsync(realm, cancellation);
        await foreach (var (name, _) in StorePort.BlobsAsync(store, _account, cancellation)) _listed.Add(name);
        bool blobsWent;
        do
        {
            await TakeEntriesAsync(cancellation);
            foreach (var (realm, drop) in _drops) drop.Last = await store.Dropbox.LastNumberAsync(_account, (Realm)realm, cancellation);
            blobsWent = await TakeBlobsAsync(cancellation);
        }
        while (await AnyItemWentAsync(cancellation) || blobsWent);

        Finish();
        return _changed ? _part : null;
    }

    /// <summary>Whether the journal still holds what was backed up: not so after a disk was rolled back.</summary>
    private async ValueTask<bool> FollowsAsync(CancellationToken cancellation)
    {
        if (known.Head == 0) return true;
        await foreach (var entry in store.Journal.ReadAsync(_account, known.Head - 1, cancellation))
        {
            if (EntrySeal.Hash(entry.Bytes.Span) == known.HeadHash) return true;
            break;
        }

        Flaw($"its journal is not the one that was backed up (up to entry {known.Head}): the store went back in time, or was changed. "
            + "Nothing of it was added; back up into another folder");
        return false;
    }

    private async ValueTask TakeItemsAsync(Realm realm, CancellationToken cancellation)
    {
        var (before, drop) = (known.Dropbox((byte)realm), new DropboxPart());
        await foreach (var (number, bytes) in store.Dropbox.ReadAsync(_account, realm, 0, cancellation))
        {
            drop.Waiting.Add(number);
            if (number <= before.StoredThrough) continue;
            var pack = packs.Write(new PackRecord(RecordKind.Item, _account, default, (byte)realm, number, bytes));
            if (!drop.Stored.TryGetValue(pack, out var numbers)) drop.Stored.Add(pack, numbers = []);
            numbers.Add(number);
        }

        _drops.Add((byte)realm, drop);
    }

    private async ValueTask TakeEntriesAsync(CancellationToken cancellation)
    {
        await foreach (var entry in store.Journal.ReadAsync(_account, _head.Sequence, cancellation))
        {
            var follows = EntrySeal.TryReadHeader(entry.Bytes.Span, out var header)
                && header.Sequence == _head.Sequence + 1 && header.PreviousHash == _head.Hash;
            if (!follows)
            {
                Flaw($"journal entry {_head.Sequence + 1} is damaged or does not follow: the backup has it up to the one before");
                return;
            }

            var pack = packs.Write(new PackRecord(RecordKind.Entry, _account, default, 0, header.Sequence, entry.Bytes));
            if (_part.Entries.Count > 0 && _part.Entries[^1].Pack == pack) _part.Entries[^1].Last = header.Sequence;
            else _part.Entries.Add(new Entries { Pack = pack, First = header.Sequence, Last = header.Sequence });
            _head = (header.Sequence, EntrySeal.Hash(entry.Bytes.Span));
            Entries++;
            await progress(1, cancellation);
        }
    }

    /// <returns>Whether any blob is gone that was there when the entries were read: what took it out of the state may be missing.</returns>
    private async ValueTask<bool> TakeBlobsAsync(CancellationToken cancellation)
    {
        var (before, went) = (_listed, false);
        _listed = [];
        var held = new Dictionary<ushort, List<byte[]>>();
        await foreach (var (name, holders) in StorePort.BlobsAsync(store, _account, cancellation))
        {
            _listed.Add(name);
            if (known.Blobs.TryGetValue(name, out var heldBy))
            {
                if (heldBy != holders) Group(held, holders).Add(name.ToBytes());
                continue;
            }

            if (_added.TryAdd(name, holders)) went |= !await TakeBlobAsync(name, holders, cancellation);
        }

        _part.Held.Clear();
        foreach (var (holders, names) in held)
        {
            _part.Held.Add(new Blobs { Holders = holders, Names = ByteString.CopyFrom([.. names.SelectMany(name => name)]) });
        }

        return went || !before.IsSubsetOf(_listed);
    }

    /// <returns>False when it was deleted since it was listed.</returns>
    private async ValueTask<bool> TakeBlobAsync(BlobName name, ushort holders, CancellationToken cancellation)
    {
        byte[]? bytes;
        try
        {
            bytes = await store.Blobs.GetAsync(_account, name, cancellation);
        }
        catch (IOException error)
        {
            if (_unreadable.Add(name)) Flaw($"blob {name} can not be read: {error.Message}");
            _added.Remove(name); // The next run looks again.
            return true;
        }

        if (bytes is null)
        {
            _added.Remove(name);
            _listed.Remove(name);
            return false;
        }

        HasEnvelopes |= BlobEnvelope.EpochOf(bytes) > 0;
        var pack = packs.Write(new PackRecord(RecordKind.Blob, _account, name, 0, 0, bytes));
        Group(_groups, (pack, holders)).Add(name.ToBytes());
        await progress(1, cancellation);
        return true;
    }

    /// <summary>Leaves out items that are gone by now; whether there were any.</summary>
    private async ValueTask<bool> AnyItemWentAsync(CancellationToken cancellation)
    {
        var any = false;
        foreach (var (realm, drop) in _drops)
        {
            if (drop.Waiting.Count == 0) continue;
            var there = new HashSet<ulong>();
            await foreach (var (number, _) in store.Dropbox.ReadAsync(_account, (Realm)realm, drop.Waiting.Min - 1, cancellation))
            {
                there.Add(number);
            }

            any |= drop.Waiting.RemoveWhere(number => !there.Contains(number)) > 0;
        }

        return any;
    }

    private void Finish()
    {
        _part.Head = _head.Sequence;
        if (_head.Sequence > 0) _part.HeadHash = ByteString.CopyFrom(_head.Hash.ToBytes());
        foreach (var ((pack, holders), names) in _groups)
        {
            _part.Added.Add(new Blobs { Pack = pack, Holders = holders, Names = ByteString.CopyFrom([.. names.SelectMany(name => name)]) });
        }

        _part.Gone = ByteString.CopyFrom(
            [.. known.Blobs.Keys.Concat(_added.Keys).Where(name => !_listed.Contains(name)).SelectMany(name => name.ToBytes())]);
        var sameDrops = true;
        foreach (var (realm, drop) in _drops)
        {
            var before = known.Dropbox(realm);
            Waiting += drop.Waiting.Count;
            sameDrops &= before.Last == drop.Last && before.Waiting.SetEquals(drop.Waiting);
            if (drop.Last > 0) _part.Dropboxes.Add(drop.ToProto(realm));
        }

        _changed = Entries > 0 || _part.Added.Count > 0 || _part.Held.Count > 0 || !_part.Gone.IsEmpty || !sameDrops;
    }

    private void Flaw(string what) => flaws.Add($"{record.Address}: {what}");

    private static List<byte[]> Group<TKey>(Dictionary<TKey, List<byte[]>> groups, TKey key) where TKey : notnull
    {
        if (!groups.TryGetValue(key, out var group)) groups.Add(key, group = []);
        return group;
    }

    /// <summary>What this run sees of one dropbox.</summary>
    private sealed class DropboxPart
    {
        public SortedSet<ulong> Waiting { get; } = [];

        public Dictionary<uint, List<ulong>> Stored { get; } = [];

        public ulong Last { get; set; }

        public Dropbox ToProto(byte realm)
        {
            var proto = new Dropbox { Realm = realm, Last = Last, Waiting = { Waiting } };
            foreach (var (pack, numbers) in Stored) proto.Stored.Add(new Items { Pack = pack, Numbers = { numbers } });
            return proto;
        }
    }
}
