using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Content.Envelopes;

/// <summary>The envelopes that members of a share take off: the part with which it began has the keys.</summary>
/// <param name="keys">By epoch. They must live on.</param>
internal sealed class ShareEnvelopes(IReadOnlyDictionary<uint, SecretBytes> keys) : IEnvelopeKeys
{
    public ValueTask<byte[]?> FindAsync(BlobName name, uint epoch, CancellationToken cancellation) =>
        new(keys.TryGetValue(epoch, out var key) ? BlobEnvelope.KeyOf(key, name) : null);
}
