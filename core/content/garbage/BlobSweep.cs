using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Content.Garbage;

/// <summary>
/// The two halves of every realm's garbage collection: marking all blobs of a content, and releasing what a holder has and nobody
/// marked.
/// </summary>
internal sealed class BlobSweep(Contents contents, IBlobStore blobs)
{
    /// <summary>Blobs of one release: what a commit that comes meanwhile waits for.</summary>
    private const int ReleaseMax = 32;

    /// <summary>Listed blobs between two rests.</summary>
    private const int RestEvery = 1000;

    /// <summary>Marks everything below a reference.</summary>
    /// <returns>False when a list of chunks can not be read: then its chunks are not known, and nothing may be released.</returns>
    public async ValueTask<bool> MarkAsync(ContentRef content, BlobMarks marks, CancellationToken cancellation)
    {
        try
        {
            if (content.Depth == 0) marks.Add(BlobSeal.NameOf(content.Key));
            else await foreach (var name in contents.NamesAsync(content, cancellation)) marks.Add(name);
            return true;
        }
        catch (ContentException)
        {
            return false;
        }
    }

    /// <summary>Releases what a holder has, nobody marked, and was put before a moment.</summary>
    /// <returns>Blobs of the account, and those that were deleted; or Unavailable, StoreFull: then perhaps a part was.</returns>
    public async ValueTask<Outcome<(long Seen, ReleasedBlobs Released)>> SweepAsync(
        BlobHolders holder, BlobMarks marks, DateTimeOffset putBefore, Pace pace, CancellationToken cancellation)
    {
        var (seen, count, bytes, garbage) = (0L, 0L, 0L, new List<BlobName>(ReleaseMax));
        await foreach (var line in blobs.ListAsync(contents.Account, cancellation))
        {
            if (++seen % RestEvery == 0) await pace.RestAsync(cancellation);
            if ((line.Holders & holder) == 0 || line.PutAt >= putBefore || marks.Contains(line.Name)) continue;
            garbage.Add(line.Name);
            if (garbage.Count < ReleaseMax) continue;
            if (await ReleaseAsync() is var refusal and not Refusal.None) return refusal;
        }

        if (await ReleaseAsync() is var last and not Refusal.None) return last;
        return (seen, new ReleasedBlobs(count, bytes));

        async ValueTask<Refusal> ReleaseAsync()
        {
            if (garbage.Count == 0) return Refusal.None;
            var released = await blobs.ReleaseAsync(contents.Account, holder, garbage, putBefore, cancellation);
            if (released.Declined) return released.Refusal;
            (count, bytes) = (count + released.Value.Blobs, bytes + released.Value.Bytes);
            garbage.Clear();
            await pace.RestAsync(cancellation);
            return Refusal.None;
        }
    }
}
