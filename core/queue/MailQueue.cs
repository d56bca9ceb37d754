using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using CompatBot.Core.Proof;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Google.Protobuf;

namespace CompatBot.Core.Queue;

/// <summary>Where the queue tells what it could not do.</summary>
public interface IQueueLog
{
    /// <summary>A blob does not open with the host key that is here; it is kept.</summary>
    void Unreadable(string id);

    /// <summary>What became of a message is not durable: after a crash it may be sent again.</summary>
    void NotKept(string id, Refusal refusal);
}

/// <summary>
/// Mail that waits for other servers, of all accounts: durable before its sender hears 250, sealed under a key of the host. Blobs of
/// one reserved shelf of the store hold it: an envelope and the parts of the message, written in one step and never changed, and
/// after an attempt a standing, replaced by the next one.
/// </summary>
public sealed class MailQueue(IStore store, HostKey host, IQueueLog log, TimeProvider time) : IDisposable
{
    /// <summary>No account: the shelf that holds the queue.</summary>
    public static readonly AccountId Shelf = AccountId.FromBytes("compatbot queue "u8);

    private const int UndeletedMax = 256;

    private static readonly BlobHolders Holder = BlobHolder.Of(Realm.Mail);

    private readonly SecretBytes _key = host.DeriveKey(Shelf, KeyLabel.Queue);
    private readonly ConcurrentDictionary<QueueId, Entry> _entries = new();
    private readonly ConcurrentQueue<IReadOnlyList<BlobName>> _undeleted = new();

    /// <summary>A message came, or what is known of one changed.</summary>
    public event Action<QueuedMail>? Changed;

    internal TimeProvider Time => time;

    public int Count => _entries.Count;

    /// <summary>Every message, in no order.</summary>
    public IEnumerable<QueuedMail> All => _entries.Values.Select(entry => entry.Mail);

    public QueuedMail? Find(QueueId id) => _entries.TryGetValue(id, out var entry) ? entry.Mail : null;

    /// <summary>Reads what earlier processes left, and clears away what never became a message. Once, before all else.</summary>
    public async ValueTask LoadAsync(CancellationToken cancellation)
    {
        List<BlobName> envelopes = [], standings = [], parts = [];
        await foreach (var line in store.Blobs.ListAsync(Shelf, cancellation))
        {
            (QueueId.Of(line.Name).Kind switch
            {
                QueueBlob.Envelope => envelopes,
                QueueBlob.Standing => standings,
                _ => parts,
            }).Add(line.Name);
        }

        var kept = new HashSet<QueueId>();
        foreach (var name in envelopes)
        {
            var id = QueueId.Of(name).Id;
            kept.Add(id); // Also of one that does not open: its parts are not ours to throw away.
            var mail = await OpenAsync(name, cancellation) is { } plain ? QueueCodec.Read(id, plain) : null;
            if (mail is null) log.Unreadable(id.ToString());
            else _entries[id] = new Entry(mail, name);
        }

        List<BlobName> orphans = [.. parts.Where(name => !kept.Contains(QueueId.Of(name).Id))];
        foreach (var name in standings)
        {
            var id = QueueId.Of(name).Id;
            if (!_entries.TryGetValue(id, out var entry))
            {
                if (!kept.Contains(id)) orphans.Add(name);
                continue;
            }

            if (await OpenAsync(name, cancellation) is not { } plain || QueueCodec.Apply(entry.Mail, plain) is not { } now)
            {
                log.Unreadable(id.ToString());
                continue;
            }

            if (now.Version <= entry.Version)
            {
                orphans.Add(name);
                continue;
            }

            if (entry.Standing is { } older) orphans.Add(older);
            (entry.Mail, entry.Version, entry.Standing) = (now.Mail, now.Version, name);
        }

        if (orphans.Count > 0) await ForgetAsync(orphans);

        // The crash came between the last attempt and the deletion.
        foreach (var entry in _entries.Values.Where(entry => entry.Mail.IsDone)) await RemoveAsync(entry);
    }

    /// <summary>Begins a message.</summary>
    public QueueDraft Draft() => new(this);

    /// <summary>
    /// Replaces what is known of a message. When no recipient waits any more, it is deleted. The memory follows even when the store
    /// does not, so that this process sends nothing twice.
    /// </summary>
    /// <param name="change">What becomes of it; null: it is dropped.</param>
    /// <returns>As it stands now; null when it is gone.</returns>
    public async ValueTask<QueuedMail?> UpdateAsync(
        QueueId id, Func<QueuedMail, QueuedMail?> change, CancellationToken cancellation)
    {
        if (!_entries.TryGetValue(id, out var entry)) return null;
        await entry.Gate.WaitAsync(cancellation);
        try
        {
            if (entry.IsGone) return null;
            var changed = change(entry.Mail);
            if (ReferenceEquals(changed, entry.Mail)) return changed;
            if (changed is null or { IsDone: true })
            {
                await RemoveAsync(entry);
                return null;
            }

            await ReplaceAsync(entry, changed);
        }
        finally
        {
            entry.Gate.Release();
        }

        Changed?.Invoke(entry.Mail);
        return entry.Mail;
    }

    /// <summary>The message's octets, part after part.</summary>
    /// <exception cref="InvalidDataException">A part is missing or does not open.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        QueuedMail mail, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var name in mail.Parts)
        {
            yield return await OpenAsync(name, cancellation)
                ?? throw new InvalidDataException($"A part of queued message {mail.Id} is missing or damaged");
        }
    }

    public void Dispose() => _key.Dispose();

    internal SealedBlob Seal(BlobName name, ReadOnlySpan<byte> plain) => HostSeal.Seal(_key, name, plain);

    internal ValueTask<Refusal> PutAsync(IReadOnlyList<SealedBlob> blobs, CancellationToken cancellation) =>
        store.Blobs.PutAsync(Shelf, Holder, blobs, cancellation);

    internal async ValueTask<Refusal> AddAsync(QueuedMail mail, List<SealedBlob> blobs, CancellationToken cancellation)
    {
        var name = mail.Id.NewName(QueueBlob.Envelope);
        var envelope = QueueCodec.Envelope(mail).ToByteArray();
        if (envelope.Length + HostSeal.Overhead > IBlobStore.BlobBytesMax) return Refusal.TooMany;
        blobs.Add(Seal(name, envelope));
        var refusal = await PutAsync(blobs, cancellation);
        if (refusal != Refusal.None) return refusal;
        _entries[mail.Id] = new Entry(mail, name);
        Changed?.Invoke(mail);
        return Refusal.None;
    }

    /// <summary>Deletes blobs, now or with the next ones: nothing waits for it.</summary>
    internal async ValueTask ForgetAsync(IReadOnlyList<BlobName> names)
    {
        List<BlobName> all = [.. names];
        while (_undeleted.TryDequeue(out var earlier)) all.AddRange(earlier);
        if (await store.Blobs.DeleteAsync(Shelf, all, CancellationToken.None) != Refusal.None) _undeleted.Enqueue(all);
    }

    private async ValueTask RemoveAsync(Entry entry)
    {
        entry.IsGone = true;
        _entries.TryRemove(entry.Mail.Id, out _);
        List<BlobName> names = [entry.Envelope, .. entry.Mail.Parts];
        if (entry.Standing is { } standing) names.Add(standing);
        await ForgetAsync(names);
    }

    private async ValueTask ReplaceAsync(Entry entry, QueuedMail changed)
    {
        var name = changed.Id.NewName(QueueBlob.Standing);
        var blob = Seal(name, QueueCodec.Standing(changed, entry.Version + 1).ToByteArray());
        entry.Mail = changed;
        var refusal = await PutAsync([blob], CancellationToken.None);
        if (refusal != Refusal.None)
        {
            log.NotKept(changed.Id.ToString(), refusal);
            return;
        }

        var older = entry.Standing;
        (entry.Standing, entry.Version) = (name, entry.Version + 1);

        // Where a crash leaves both, the greater version counts: the older one goes with the next that is deleted anyway.
        if (older is { } old) _undeleted.Enqueue([old]);
        if (_undeleted.Count >= UndeletedMax) await ForgetAsync([]);
    }

    private async ValueTask<byte[]?> OpenAsync(BlobName name, CancellationToken cancellation) =>
        await store.Blobs.GetAsync(Shelf, name, cancellation) is { } stored ? HostSeal.Open(_key, name, stored) : null;

    private sealed class Entry(QueuedMail mail, BlobName envelope)
    {
        public QueuedMail Mail { get; set; } = mail;

        public BlobName Envelope { get; } = envelope;

        public BlobName? Standing { get; set; }

        public ulong Version { get; set; }

        public bool IsGone { get; set; }

        /// <summary>One change at a time.</summary>
        public SemaphoreSlim Gate { get; } = new(1);
    }
}
