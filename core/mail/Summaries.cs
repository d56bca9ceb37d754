using System.Buffers.Binary;
using CompatBot.Core.Content;
using CompatBot.Core.Metrics;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Formats.Mime;

namespace CompatBot.Core.Mail;

/// <summary>
/// What FETCH asks of a message without its octets (envelope, structure, common headers), kept in sealed blocks of 1024 UIDs
/// beside the snapshot. A cache: what is missing is read from the message again.
/// </summary>
internal sealed class Summaries(AccountId account, RealmKeys keys, ISnapshotStore store, Contents contents)
{
    /// <summary>Blocks held open per account; a block is a few hundred kilobytes.</summary>
    private const int BlocksMax = 16;

    private const int UidBits = 10;
    private const byte Version = 1;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<(MailboxId, uint), Block> _blocks = [];
    private long _clock;

    public async ValueTask<MimeMessage> GetAsync(MailboxId mailbox, MessageRow row, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        byte[]? known;
        try
        {
            var block = await BlockAsync(mailbox, row.Uid, cancellation);
            known = block.Items.GetValueOrDefault(row.Uid);
        }
        finally
        {
            _gate.Release();
        }

        CoreMetrics.SummaryCache.Count(hit: known is not null);
        if (known is not null && MimeMessage.Decode(known) is { } summary) return summary;
        var scanned = await ScanAsync(row, cancellation);
        await PutAsync(mailbox, row.Uid, scanned, cancellation);
        return scanned;
    }

    public async ValueTask PutAsync(MailboxId mailbox, uint uid, MimeMessage summary, CancellationToken cancellation)
    {
        var encoded = summary.Encode();
        await _gate.WaitAsync(cancellation);
        try
        {
            var block = await BlockAsync(mailbox, uid, cancellation);
            block.Items[uid] = encoded;
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
                foreach (var uid in run) block.Dirty |= block.Items.Remove(uid);
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
            foreach (var place in _blocks.Keys.Where(place => place.Item1 == mailbox.Id).ToList()) _blocks.Remove(place);
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

    private async ValueTask<MimeMessage> ScanAsync(MessageRow row, CancellationToken cancellation)
    {
        var (scanner, reader) = (new MimeScanner(), contents.Read(row.Content, row.Size));
        for (long at = 0; at < row.Size;)
        {
            var part = await reader.ReadAsync(at, cancellation);
            scanner.Write(part.Span);
            at += part.Length;
        }

        return scanner.Finish();
    }

    private async ValueTask<Block> BlockAsync(MailboxId mailbox, uint uid, CancellationToken cancellation)
    {
        var place = (mailbox, uid >> UidBits);
        if (!_blocks.TryGetValue(place, out var block))
        {
            if (_blocks.Count >= BlocksMax)
            {
                var (oldest, evicted) = _blocks.MinBy(pair => pair.Value.UsedAt);
                await WriteAsync(evicted, cancellation);
                _blocks.Remove(oldest);
            }

            var opened = await OpenAsync(NameOf(keys.Newest, place), cancellation);
            foreach (var older in keys.Older) opened ??= await OpenAsync(NameOf(older, place), cancellation);
            block = new Block(place, Decode(opened));
            _blocks.Add(place, block);
        }

        block.UsedAt = ++_clock;
        return block;
    }

    private async ValueTask<byte[]?> OpenAsync(BlobName name, CancellationToken cancellation) =>
        await store.GetAsync(account, name, cancellation) is { } stored ? SnapshotSeal.Open(keys, account, name, stored) : null;

    private static BlobName NameOf(RealmKey key, (MailboxId Mailbox, uint Block) place)
    {
        Span<byte> label = stackalloc byte[21];
        "summaries"u8.CopyTo(label);
        BinaryPrimitives.WriteUInt64LittleEndian(label[9..], place.Mailbox.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(label[17..], place.Block);
        return SnapshotSeal.NameOf(key, label);
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

    private static byte[] Encode(Dictionary<uint, byte[]> items)
    {
        var bytes = new byte[1 + items.Sum(item => 8 + item.Value.Length)];
        bytes[0] = Version;
        var at = 1;
        foreach (var (uid, summary) in items)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), uid);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at + 4), summary.Length);
            summary.CopyTo(bytes, at + 8);
            at += 8 + summary.Length;
        }

        return bytes;
    }

    private static Dictionary<uint, byte[]> Decode(byte[]? bytes)
    {
        var items = new Dictionary<uint, byte[]>();
        if (bytes is null || bytes.Length == 0 || bytes[0] != Version) return items;
        for (var at = 1; at < bytes.Length;)
        {
            var uid = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + 4));
            items[uid] = bytes.AsSpan(at + 8, length).ToArray();
            at += 8 + length;
        }

        return items;
    }

    private sealed class Block((MailboxId Mailbox, uint Block) place, Dictionary<uint, byte[]> items)
    {
        public (MailboxId Mailbox, uint Block) Place { get; } = place;

        public Dictionary<uint, byte[]> Items { get; } = items;

        public bool Dirty { get; set; }

        public long UsedAt { get; set; }
    }
}
