using CompatBot.Core.Store;

namespace CompatBot.Core.Content.Envelopes;

/// <summary>Takes envelopes off blobs: those of a whole account, or those that a link shows.</summary>
internal interface IEnvelopeKeys
{
    /// <returns>The key of a blob's envelope, the caller's to clear; null: this one may not have it.</returns>
    ValueTask<byte[]?> FindAsync(BlobName name, uint epoch, CancellationToken cancellation);
}
