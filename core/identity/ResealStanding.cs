using CompatBot.Core.Content.Envelopes;
using CompatBot.Core.Store;

namespace CompatBot.Core.Identity;

/// <summary>How far an account is with sealing again what older epochs wrote.</summary>
public static class ResealStanding
{
    /// <summary>Looks at all blobs of an account that was rotated; no key is needed for it.</summary>
    /// <returns>Null: it was not rotated, or its record does not read. Without keys nobody can tell what waits for a device.</returns>
    public static async ValueTask<ResealReport?> OfAsync(IStore store, AccountRecord account, CancellationToken cancellation)
    {
        var epoch = Profiles.Read(account) is { } profile ? Profiles.Epoch(profile) : 0;
        if (epoch <= ResealReport.FirstEpoch) return null;
        var report = new ResealReport(epoch, 0, 0, 0, 0);
        await foreach (var line in store.Blobs.ListAsync(account.Id, cancellation))
        {
            if (BlobHolder.IsContent(line.Holders)) report = report.With(line);
        }

        return report;
    }
}
