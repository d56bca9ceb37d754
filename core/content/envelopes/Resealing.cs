using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Metrics;
using CompatBot.Core.Store;

namespace CompatBot.Core.Content.Envelopes;

/// <summary>
/// Puts the blobs of an account that were written before its newest epoch into envelopes of it, a few at a time. What is done stands
/// with each blob: it may be cut off anywhere, and whoever goes on finds what is left.
/// </summary>
/// <param name="envelopesNow">Those of the newest epoch at that moment.</param>
internal sealed class Resealing(AccountId account, Func<AccountEnvelopes> envelopesNow, IBlobStore blobs)
{
    /// <summary>Blobs of one step: what a commit that comes meanwhile waits for.</summary>
    private const int StepBlobs = 32;

    /// <summary>Their bytes, about.</summary>
    private const long StepBytes = 1 << 20;

    /// <summary>Listed blobs between two rests.</summary>
    private const int RestEvery = 1000;

    /// <summary>One pass over all blobs.</summary>
    /// <param name="open">Realms whose blobs may be sealed again.</param>
    /// <param name="bare">Blobs of them that get no envelope: who opens them has nothing but their URL.</param>
    /// <param name="pace">How fast.</param>
    /// <param name="progress">Told how many blobs were sealed again; null: nobody is.</param>
    /// <param name="cancellation">Between two steps.</param>
    /// <returns>What it found and did; or StoreFull, Unavailable: then perhaps a part was done.</returns>
    public async ValueTask<Outcome<ResealReport>> PassAsync(
        BlobHolders open,
        BlobMarks bare,
        Pace pace,
        Func<long, CancellationToken, ValueTask>? progress,
        CancellationToken cancellation)
    {
        var report = new ResealReport(envelopesNow().Epoch, 0, 0, 0, 0);
        var (seen, waiting, resealed, bytes, step) = (0L, 0L, 0L, 0L, new List<BlobName>(StepBlobs));
        await foreach (var line in blobs.ListAsync(account, cancellation))
        {
            if (++seen % RestEvery == 0) await pace.RestAsync(cancellation);
            if (!BlobHolder.IsContent(line.Holders)) continue;
            report = report.With(line);
            if (report.Has(line)) continue;
            if ((line.Holders & ~open) != 0)
            {
                waiting++;
                continue;
            }

            step.Add(line.Name);
            bytes += line.Bytes;
            if (step.Count < StepBlobs && bytes < StepBytes) continue;
            if (await StepAsync() is var refusal and not Refusal.None) return refusal;
        }

        if (await StepAsync() is var last and not Refusal.None) return last;
        return report with { Waiting = waiting, Resealed = resealed };

        async ValueTask<Refusal> StepAsync()
        {
            if (step.Count == 0) return Refusal.None;
            var envelopes = envelopesNow(); // Of an epoch that began meanwhile, perhaps.
            var rewritten = await blobs.RewriteAsync(
                account, step, (name, stored) => Renew(envelopes, bare, name, stored), cancellation);
            if (rewritten.Declined) return rewritten.Refusal;
            resealed += rewritten.Value;
            CoreMetrics.BlobsResealed.Add(rewritten.Value);
            CoreMetrics.BytesResealed.Add(bytes);
            bytes = 0;
            step.Clear();
            if (progress is not null) await progress(rewritten.Value, cancellation);
            await pace.RestAsync(cancellation);
            return Refusal.None;
        }
    }

    private static SealedBlob? Renew(AccountEnvelopes envelopes, BlobMarks bare, BlobName name, ReadOnlyMemory<byte> stored)
    {
        if (!bare.Contains(name)) return envelopes.Renew(name, stored);
        return envelopes.Open(name, stored) is { } blob ? new SealedBlob(name, blob) { Epoch = envelopes.Epoch } : null;
    }
}
