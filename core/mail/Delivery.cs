using System.Buffers;
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
    private readonly DateTimeOffset _arrived;
    private readonly MimeScanner? _scanner;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(16 << 10);
    private int _buffered;
    private Refusal _refusal;

    internal Delivery(IReadOnlyList<DeliveryTarget> targets, IStore store, DateTimeOffset arrived)
    {
        (_targets, _store, _arrived) = (targets, store, arrived);
        if (targets.Any(target => target is OpenTarget)) _scanner = new MimeScanner();
    }

    /// <summary>Octets so far.</summary>
    public long Length { get; private set; }

    /// <summary>Takes the next octets. A refusal of the store is kept for <see cref="CommitAsync"/>, so that a sender can finish its sentence.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellation)
    {
        Length += octets.Length;
        if (_refusal != Refusal.None) return;
        _scanner?.Write(octets.Span);
        while (!octets.IsEmpty)
        {
            if (_buffered == Contents.ChunkBytes && !await FlushAsync(cancellation)) return;
            var taken = Math.Min(octets.Length, Contents.ChunkBytes - _buffered);
            Reserve(_buffered + taken);
            octets.Span[..taken].CopyTo(_buffer.AsSpan(_buffered));
            _buffered += taken;
            octets = octets[taken..];
        }
    }

    /// <summary>Makes the message durable for every recipient.</summary>
    /// <returns>
    /// None; or what an account or the store said. A message for several recipients may then have reached some of them, as with
    /// every mail server that loses its store half-way: the sender tries again.
    /// </returns>
    public async ValueTask<Refusal> CommitAsync(CancellationToken cancellation)
    {
        if (_refusal != Refusal.None) return _refusal;
        var summary = _scanner?.Finish();
        var rest = _buffer.AsMemory(0, _buffered);

        // All are started before the first is awaited: they share one flush of the disk.
        List<Task<Refusal>> commits = [];
        List<DroppedItem> dropped = [];
        foreach (var target in _targets)
        {
            if (target is ClosedTarget closed) dropped.Add(closed.Complete(rest, Length, _arrived));
            else commits.Add(((OpenTarget)target).CompleteAsync(rest, summary!, _arrived, cancellation).AsTask());
        }

        if (dropped.Count > 0) commits.Add(_store.Dropbox.PutAsync(dropped, cancellation).AsTask());
        var refusals = await Task.WhenAll(commits);
        foreach (var target in _targets.OfType<ClosedTarget>()) await target.CommittedAsync(cancellation);
        return refusals.FirstOrDefault(refusal => refusal != Refusal.None);
    }

    /// <summary>Ends the delivery; what was not committed is in no mailbox.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
        _buffer = [];
        foreach (var target in _targets) await target.DisposeAsync();
    }

    private async ValueTask<bool> FlushAsync(CancellationToken cancellation)
    {
        foreach (var target in _targets)
        {
            _refusal = await target.WriteChunkAsync(_buffer.AsMemory(0, _buffered), cancellation);
            if (_refusal != Refusal.None) return false;
        }

        _buffered = 0;
        return true;
    }

    private void Reserve(int bytes)
    {
        if (bytes <= _buffer.Length) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(Contents.ChunkBytes, Math.Max(bytes, _buffer.Length * 4)));
        _buffer.AsSpan(0, _buffered).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
        _buffer = larger;
    }
}
