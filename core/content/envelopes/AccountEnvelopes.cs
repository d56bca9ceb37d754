using System.Security.Cryptography;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Content.Envelopes;

/// <summary>The envelopes of an open account: each of its devices has the keys of all, whatever realms it may open.</summary>
/// <param name="account">Whose.</param>
/// <param name="epochs">Newest first, at least one. Their keys must live on.</param>
internal sealed class AccountEnvelopes(AccountId account, IReadOnlyList<EpochKeys> epochs) : IEnvelopeKeys
{
    /// <summary>The newest.</summary>
    public uint Epoch => epochs[0].Epoch;

    /// <summary>Whether there was a rotation, so that blobs may be in envelopes.</summary>
    public bool AreUsed => Epoch > ResealReport.FirstEpoch;

    /// <summary>The epochs that a blob may be in an envelope of, newest first.</summary>
    public IEnumerable<uint> Epochs => epochs.Select(keys => keys.Epoch).Where(epoch => epoch > ResealReport.FirstEpoch);

    /// <summary>What makes the keys of envelopes, of those epochs.</summary>
    public IEnumerable<(uint Epoch, SecretBytes Key)> Keys =>
        epochs.Where(keys => keys.Epoch > ResealReport.FirstEpoch).Select(keys => (keys.Epoch, keys.Envelope));

    public ValueTask<byte[]?> FindAsync(BlobName name, uint epoch, CancellationToken cancellation) => new(Find(name, epoch));

    /// <returns>The key of a blob's envelope, the caller's to clear; null: there is no such epoch.</returns>
    public byte[]? Find(BlobName name, uint epoch)
    {
        foreach (var keys in epochs)
        {
            if (keys.Epoch == epoch) return BlobEnvelope.KeyOf(keys.Envelope, name);
        }

        return null;
    }

    /// <returns>A blob without its envelope; null when that does not open.</returns>
    public ReadOnlyMemory<byte>? Open(BlobName name, ReadOnlyMemory<byte> stored)
    {
        var epoch = BlobEnvelope.EpochOf(stored.Span);
        if (epoch == 0) return stored;
        if (Find(name, epoch) is not { } key) return null;
        var blob = BlobEnvelope.Open(account, name, key, stored.Span);
        CryptographicOperations.ZeroMemory(key);
        return blob is null ? null : (ReadOnlyMemory<byte>?)blob;
    }

    /// <summary>Puts a blob into an envelope of the newest epoch; one of an older epoch goes.</summary>
    /// <param name="stored">As it is now; kept where it is in the right one.</param>
    /// <returns>Null when what it is in does not open.</returns>
    public SealedBlob? Renew(BlobName name, ReadOnlyMemory<byte> stored)
    {
        if (BlobEnvelope.EpochOf(stored.Span) == Epoch) return new SealedBlob(name, stored) { Epoch = Epoch };
        if (Open(name, stored) is not { } blob) return null;
        var key = BlobEnvelope.KeyOf(epochs[0].Envelope, name);
        var bytes = BlobEnvelope.Seal(account, name, Epoch, key, blob.Span);
        CryptographicOperations.ZeroMemory(key);
        return new SealedBlob(name, bytes) { Epoch = Epoch };
    }
}
