using CompatBot.Core.Content;
using CompatBot.Core.Store;

namespace CompatBot.Core.Queue;

/// <summary>A message on its way into the queue: its octets come once, a chunk is held in memory.</summary>
public sealed class QueueDraft : IAsyncDisposable
{
    private readonly MailQueue _queue;
    private readonly QueueId _id = QueueId.New();
    private readonly List<BlobName> _parts = [];
    private readonly ChunkBuffer _buffer = new(Contents.ChunkBytes);
    private long _length;
    private bool _hasEightBit, _isCommitted;
    private Refusal _refusal;

    internal QueueDraft(MailQueue queue) => _queue = queue;

    /// <summary>Takes the next octets. A refusal of the store is kept for <see cref="CommitAsync"/>.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellation)
    {
        _length += octets.Length;
        if (_refusal != Refusal.None) return;
        _hasEightBit |= octets.Span.ContainsAnyExceptInRange((byte)0, (byte)127);
        while (!octets.IsEmpty)
        {
            if (_buffer.IsFull)
            {
                _refusal = await _queue.PutAsync([Seal(_buffer.Octets)], cancellation);
                if (_refusal != Refusal.None) return;
                _buffer.Clear();
            }

            octets = _buffer.Append(octets);
        }
    }

    /// <summary>Makes the message durable, and gives it to whoever sends.</summary>
    /// <param name="prefix">Octets that go in front of all others: known only now, because they may sign the rest.</param>
    /// <returns>The message; StoreFull or Unavailable: nothing of it is queued.</returns>
    public async ValueTask<Outcome<QueuedMail?>> CommitAsync(
        QueueEnvelope envelope, IEnumerable<QueuedRecipient> recipients, ReadOnlyMemory<byte> prefix, CancellationToken cancellation)
    {
        if (_refusal != Refusal.None) return _refusal;
        List<SealedBlob> blobs = [];
        if (_buffer.Count > 0) blobs.Add(Seal(_buffer.Octets));
        if (!prefix.IsEmpty) blobs.Add(Seal(prefix, first: true));
        var now = _queue.Time.GetUtcNow();
        var mail = new QueuedMail(_id, envelope, now, _length + prefix.Length, _hasEightBit, _parts, [.. recipients]);
        mail = mail.With(_ => true, one => one with { Next = mail.Due });
        var refusal = await _queue.AddAsync(mail, blobs, cancellation);
        if (refusal != Refusal.None) return refusal;
        _isCommitted = true;
        return mail;
    }

    /// <summary>What was not committed leaves nothing behind.</summary>
    public async ValueTask DisposeAsync()
    {
        _buffer.Dispose();
        if (!_isCommitted && _parts.Count > 0) await _queue.ForgetAsync(_parts);
    }

    private SealedBlob Seal(ReadOnlyMemory<byte> part, bool first = false)
    {
        var name = _id.NewName(QueueBlob.Part);
        _parts.Insert(first ? 0 : _parts.Count, name);
        return _queue.Seal(name, part.Span);
    }
}
