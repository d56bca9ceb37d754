using CompatBot.Core.Content;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Google.Protobuf;

namespace CompatBot.Core.Drops;

/// <summary>
/// One file on its way into the dropbox. A part of it is held in memory; each full part is sealed and stored at once. What is not
/// committed leaves only unnamed sealed parts.
/// </summary>
public sealed class FileDrop : IAsyncDisposable
{
    private readonly IStore _store;
    private readonly SealingKey _key;
    private readonly AccountId _account;
    private readonly DroppedFile _file;
    private readonly TimeProvider _time;
    private readonly Func<long, CancellationToken, ValueTask<Refusal>> _judge;
    private readonly Func<ValueTask> _committed;
    private readonly DateTimeOffset _began;
    private readonly ChunkBuffer _part = new(DropParts.PartBytesMax);
    private SecretBytes? _partKey;

    internal FileDrop(
        IStore store,
        SealingKey key,
        AccountId account,
        DroppedFile file,
        TimeProvider time,
        Func<long, CancellationToken, ValueTask<Refusal>> judge,
        Func<ValueTask> committed)
    {
        (_store, _key, _account, _file, _time) = (store, key, account, file, time);
        (_judge, _committed, _began) = (judge, committed, time.GetUtcNow());
    }

    /// <summary>Octets so far.</summary>
    public long Length { get; private set; }

    /// <returns>None; TooLarge, StoreFull or Unavailable: give up then.</returns>
    public async ValueTask<Refusal> WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellation)
    {
        if (Length + octets.Length > FileDrops.FileBytesMax) return Refusal.TooLarge;
        Length += octets.Length;
        while (!octets.IsEmpty)
        {
            if (_part.IsFull)
            {
                var blob = SealPart(last: false);
                var refusal = await _store.Blobs.PutAsync(_account, BlobHolder.DropOf(Realm.Files), [blob], cancellation);
                if (refusal != Refusal.None) return refusal;
            }

            octets = _part.Append(octets);
        }

        return Refusal.None;
    }

    /// <summary>Makes the file durable, and has it taken in where the account is open.</summary>
    /// <returns>
    /// None; NotPermitted (revoked meanwhile); OverQuota; StoreFull; Unavailable, also for one that took longer than
    /// <see cref="Contents.CommitWithin"/>.
    /// </returns>
    public async ValueTask<Refusal> CommitAsync(CancellationToken cancellation)
    {
        var now = _time.GetUtcNow();
        if (now - _began > Contents.CommitWithin) return Refusal.Unavailable; // Its parts may be collected any time.
        if (await _judge(Length, cancellation) is var judged and not Refusal.None) return judged;
        (_file.Arrived, _file.Size) = (JournalClock.MicrosecondsOf(now), (ulong)Length);
        List<SealedBlob> last = [];
        if (_partKey is null)
        {
            _file.Content = ByteString.CopyFrom(_part.Octets.Span);
        }
        else
        {
            last.Add(SealPart(last: true));
            _file.PartKey = ByteString.CopyFrom(_partKey.Span);
        }

        var item = new DroppedItem(_account, Realm.Files, DropSeal.Seal(_key, _account, _file.ToByteArray()), last) { Octets = Length };
        var refusal = await _store.Dropbox.PutAsync([item], cancellation);
        if (refusal == Refusal.None) await _committed();
        return refusal;
    }

    /// <summary>Ends the upload; what was not committed is in no folder.</summary>
    public ValueTask DisposeAsync()
    {
        _partKey?.Dispose();
        _part.Dispose();
        return ValueTask.CompletedTask;
    }

    private SealedBlob SealPart(bool last)
    {
        _partKey ??= DropParts.NewKey();
        var name = DropParts.NewName();
        var sealedPart = DropParts.SealPart(_partKey, _account, (uint)_file.Parts.Count, last, _part.Octets.Span);
        _file.Parts.Add(ByteString.CopyFrom(name.ToBytes()));
        _part.Clear();
        return new SealedBlob(name, sealedPart);
    }
}
