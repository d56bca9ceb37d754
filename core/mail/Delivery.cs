using CompatBot.Core.Content;
using CompatBot.Core.Store;
using CompatBot.Formats.Mime;

namespace CompatBot.Core.Mail;

/// <summary>
/// One message on its way to one or more accounts. Its octets come once, a chunk is held in memory, and each recipient's copy is
/// sealed as they come: into the open account, or to the public key of the closed one.
/// </summary>
public sealed class Delivery : IAsyncDisposable
{
    private readonly IReadOnlyList<DeliveryTarget> _targets;
    private readonly IStore _store;
    private readonly TimeProvider _time;
    private readonly Func<long, CancellationToken, ValueTask<Refusal>>? _judge;
    private readonly DateTimeOffset _arrived;
    private readonly MimeScanner? _scanner;
    private readonly ChunkBuffer _buffer = new(Contents.ChunkBytes);
    private Refusal _refusal;

    /// <param name="targets">Where it goes.</param>
    /// <param name="store">Takes the copies of accounts that are not open.</param>
    /// <param name="time">When it arrives.</param>
    /// <param name="judge">Whether all recipients have room for so many octets; null: nobody asks.</param>
    internal Delivery(
        IReadOnlyList<DeliveryTarget> targets,
        IStore store,
        TimeProvider time,
        Func<long, CancellationToken, ValueTask<Refusal>>? judge = null)
    {
        _judge = judge;
        (_targets, _store, _time, _arrived) = (targets, store, time, time.GetUtcNow());
        if (targets.Any(target => target is OpenTarget)) _scanner = new MimeScanner();
    }

    /// <summary>It is probably junk: recipients without a script find it in their mailbox for that, if they have one.</summary>
    public bool IsSuspect { get; set; }

    /// <summary>Octets so far.</summary>
    public long Length { get; private set; }

    /// <summary>
    /// Takes the next octets. A refusal of the store is kept for <see cref="CommitAsync"/>, so that a sender can finish its sentence.
    /// </summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellation)
    {
        Length += octets.Length;
        if (_refusal != Refusal.None) return;
        _scanner?.Write(octets.Span);
        while (!octets.IsEmpty)
        {
            if (_buffer.IsFull && !await FlushAsync(cancellation)) return;
            octets = _buffer.Append(octets);
        }
    }

    /// <summary>Makes the message durable for every recipient.</summary>
    /// <returns>
    /// None; Unavailable for a message that took longer than <see cref="Contents.CommitWithin"/>; or what an account or the store
    /// said. A message for several recipients may then have reached some of them, as with every mail server that loses its store
    /// half-way: the sender tries again.
    /// </returns>
    public async ValueTask<Refusal> CommitAsync(CancellationToken cancellation)
    {
        if (_refusal != Refusal.None) return _refusal;
        if (_time.GetUtcNow() - _arrived > Contents.CommitWithin) return Refusal.Unavailable; // Its parts may be collected any time.

        // Nobody gets it while one of them has no room, so that the sender's next try brings nobody a second copy.
        if (_judge is not null && await _judge(Length, cancellation) is var judged and not Refusal.None) return judged;
        var summary = _scanner?.Finish();
        var rest = _buffer.Octets;

        // All are started before the first is awaited: they share one flush of the disk.
        List<Task<Refusal>> commits = [];
        List<DroppedItem> dropped = [];
        foreach (var target in _targets)
        {
            if (target is ClosedTarget closed) dropped.Add(closed.Complete(rest, Length, _arrived, IsSuspect));
            else commits.Add(((OpenTarget)target).CompleteAsync(rest, summary!, _arrived, IsSuspect, cancellation).AsTask());
        }

        if (dropped.Count > 0) commits.Add(_store.Dropbox.PutAsync(dropped, cancellation).AsTask());
        var refusals = await Task.WhenAll(commits);
        foreach (var target in _targets.OfType<ClosedTarget>()) await target.CommittedAsync(cancellation);
        return refusals.FirstOrDefault(refusal => refusal != Refusal.None);
    }

    /// <summary>Ends the delivery; what was not committed is in no mailbox.</summary>
    public async ValueTask DisposeAsync()
    {
        _buffer.Dispose();
        foreach (var target in _targets) await target.DisposeAsync();
    }

    private async ValueTask<bool> FlushAsync(CancellationToken cancellation)
    {
        foreach (var target in _targets)
        {
            _refusal = await target.WriteChunkAsync(_buffer.Octets, cancellation);
            if (_refusal != Refusal.None) return false;
        }

        _buffer.Clear();
        return true;
    }
}
