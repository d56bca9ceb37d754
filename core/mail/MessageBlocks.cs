using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Mail;

/// <summary>
/// Some octets about each message, kept in sealed blocks of 1024 UIDs beside the snapshot. A cache: what is missing is made from the
/// message again.
/// </summary>
/// <param name="label">Names the blocks of this kind (storage/FORMAT.md, "Snapshots and summaries").</param>
/// <param name="blocksMax">Held open per account.</param>
internal sealed class MessageBlocks(AccountId account, RealmKeys keys, ISnapshotStore store, string label, int blocksMax)
{
    private const int UidBits = 10;
    private const byte Version = 1;

    /// <summary>Held while blocks are read and written: their coming and going.</summary>
    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <summary>Changed with the gate held; concurrent, so that what is at hand needs no gate.</summary>
    private readonly ConcurrentDictionary<(MailboxId, uint), Block> _blocks = [];

    private long _clock;

    /// <summary>About how many bytes are held open.</summary>
    public long MemoryBytes => _blocks.Values.Sum(block => block.Bytes);

    /// <returns>Null: nothing is known of the message.</returns>
    public async ValueTask<ReadOnlyMemory<byte>?> GetAsync(MailboxId mailbox, uint uid, CancellationToken cancellation)
    {
        if (_blocks.TryGetValue((mailbox, uid >> UidBits), out var open)) return Used(open).Find(uid);
        await _gate.WaitAsync(cancellation);
        try
        {
            return (await BlockAsync(mailbox, uid, cancellation)).Find(uid);
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask PutAsync(MailboxId mailbox, uint uid, byte[] item, CancellationToken cancellation)
    {
        // With the gate: a block that is being put away takes nothing more.
        await _gate.WaitAsync(cancellation);
        try
        {
            var block = await BlockAsync(mailbox, uid, cancellation);
            block.Items[uid] = item;
            block.Bytes += item.Length;
            block.Dirty = true;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Writes the blocks that changed.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            foreach (var block in _blocks.Values) await WriteAsync(block, cancellation);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Seals the blocks of a mailbox that older epochs wrote under the newest keys.</summary>
    /// <param name="mailbox">Whose.</param>
    /// <param name="pace">How fast.</param>
    /// <param name="cancellation">Between two blocks.</param>
    public async ValueTask RenewAsync(MailboxState mailbox, Pace pace, CancellationToken cancellation)
    {
        for (var block = 0u; block <= mailbox.UidNext >> UidBits; block++)
        {
            await _gate.WaitAsync(cancellation);
            try
            {
                if (!await IsOldAsync((mailbox.Id, block), cancellation)) continue;
                var old = await BlockAsync(mailbox.Id, block << UidBits, cancellation);
                old.Dirty = true;
                await WriteAsync(old, cancellation);
            }
            finally
            {
                _gate.Release();
            }

            await pace.RestAsync(cancellation);
        }
    }

    /// <summary>Erases what is kept of messages that are about to be forgotten.</summary>
    /// <param name="mailbox">Where they were.</param>
    /// <param name="uids">Ascending.</param>
    /// <param name="cancellation">Between two blocks.</param>
    public async ValueTask<Refusal> ForgetAsync(MailboxId mailbox, IReadOnlyList<uint> uids, CancellationToken cancellation)
    {
        foreach (var run in uids.GroupBy(uid => uid >> UidBits))
        {
            await _gate.WaitAsync(cancellation);
            try
            {
                var block = await BlockAsync(mailbox, run.First(), cancellation);
                foreach (var uid in run) block.Dirty |= block.Items.TryRemove(uid, out _);
                await WriteAsync(block, cancellation);
                if (block.Dirty) return Refusal.Unavailable;
            }
            finally
            {
                _gate.Release();
            }
        }

        return Refusal.None;
    }

    /// <summary>Erases what is kept of a mailbox that is about to be forgotten.</summary>
    public async ValueTask<Refusal> ForgetAsync(MailboxState mailbox, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            foreach (var place in _blocks.Keys.Where(place => place.Item1 == mailbox.Id).ToList()) _blocks.TryRemove(place, out _);
            var names = new List<BlobName>();
            for (var block = 0u; block <= mailbox.UidNext >> UidBits; block++)
            {
                names.AddRange(keys.Older.Prepend(keys.Newest).Select(key => NameOf(key, (mailbox.Id, block))));
            }

            return await store.ReplaceAsync(account, [], names, cancellation);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask<Block> BlockAsync(MailboxId mailbox, uint uid, CancellationToken cancellation)
    {
        var place = (mailbox, uid >> UidBits);
        if (!_blocks.TryGetValue(place, out var block))
        {
            if (_blocks.Count >= blocksMax)
            {
                var (oldest, evicted) = _blocks.MinBy(pair => pair.Value.UsedAt);
                await WriteAsync(evicted, cancellation);
                _blocks.TryRemove(oldest, out _);
            }

            var opened = await OpenAsync(NameOf(keys.Newest, place), cancellation);
            foreach (var older in keys.Older) opened ??= await OpenAsync(NameOf(older, place), cancellation);
            block = new Block(place, Decode(opened)) { Bytes = opened?.Length ?? 0 };
            _blocks[place] = block;
        }

        return Used(block);
    }

    private Block Used(Block block)
    {
        block.UsedAt = Interlocked.Increment(ref _clock);
        return block;
    }

    private async ValueTask<ReadOnlyMemory<byte>?> OpenAsync(BlobName name, CancellationToken cancellation) =>
        await store.GetAsync(account, name, cancellation) is { } stored ? SnapshotSeal.Open(keys, account, name, stored) : null;

    private async ValueTask<bool> IsOldAsync((MailboxId Mailbox, uint Block) place, CancellationToken cancellation)
    {
        foreach (var older in keys.Older)
        {
            if (await store.GetAsync(account, NameOf(older, place), cancellation) is not null) return true;
        }

        return false;
    }

    private BlobName NameOf(RealmKey key, (MailboxId Mailbox, uint Block) place)
    {
        Span<byte> name = stackalloc byte[label.Length + sizeof(ulong) + sizeof(uint)];
        Encoding.ASCII.GetBytes(label, name);
        BinaryPrimitives.WriteUInt64LittleEndian(name[label.Length..], place.Mailbox.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(name[(label.Length + sizeof(ulong))..], place.Block);
        return SnapshotSeal.NameOf(key, name);
    }

    private async ValueTask WriteAsync(Block block, CancellationToken cancellation)
    {
        if (!block.Dirty) return;
        var key = keys.Newest;
        var name = NameOf(key, block.Place);
        var piece = new SealedBlob(name, SnapshotSeal.Seal(key, account, name, Encode(block.Items)));
        var gone = keys.Older.Where(older => older.Epoch < key.Epoch).Select(older => NameOf(older, block.Place));

        // A cache that could not be written is read from the messages again: nothing to report.
        block.Dirty = await store.ReplaceAsync(account, [piece], [.. gone], cancellation) != Refusal.None;
    }

    private static byte[] Encode(ConcurrentDictionary<uint, ReadOnlyMemory<byte>> items)
    {
        var bytes = new byte[1 + items.Sum(item => 8 + item.Value.Length)];
        bytes[0] = Version;
        var at = 1;
        foreach (var (uid, item) in items)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), uid);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at + 4), item.Length);
            item.CopyTo(bytes.AsMemory(at + 8));
            at += 8 + item.Length;
        }

        return bytes;
    }

    private static ConcurrentDictionary<uint, ReadOnlyMemory<byte>> Decode(ReadOnlyMemory<byte>? opened)
    {
        var items = new ConcurrentDictionary<uint, ReadOnlyMemory<byte>>();
        if (opened is not { Length: > 0 } bytes || bytes.Span[0] != Version) return items;
        for (var at = 1; at < bytes.Length;)
        {
            var uid = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span[at..]);
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.Span[(at + 4)..]);
            items[uid] = bytes.Slice(at + 8, length);
            at += 8 + length;
        }

        return items;
    }

    private sealed class Block((MailboxId Mailbox, uint Block) place, ConcurrentDictionary<uint, ReadOnlyMemory<byte>> items)
    {
        public (MailboxId Mailbox, uint Block) Place { get; } = place;

        public ConcurrentDictionary<uint, ReadOnlyMemory<byte>> Items { get; } = items;

        public ReadOnlyMemory<byte>? Find(uint uid) => Items.TryGetValue(uid, out var item) ? (ReadOnlyMemory<byte>?)item : null;

        public bool Dirty { get; set; }

        public long UsedAt { get; set; }

        /// <summary>About as many as its items have together.</summary>
        public long Bytes { get; set; }
    }
}
