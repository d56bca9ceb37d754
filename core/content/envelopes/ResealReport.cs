using CompatBot.Core.Store;

namespace CompatBot.Core.Content.Envelopes;

/// <summary>How far an account's content is out of reach of who has only keys of older epochs.</summary>
/// <param name="Epoch">The newest.</param>
/// <param name="Blobs">All of the account's content, and their sealed bytes.</param>
/// <param name="Done">Those that were written in the newest epoch or are in an envelope of it.</param>
public readonly record struct ResealReport(uint Epoch, long Blobs, long Bytes, long Done, long DoneBytes)
{
    /// <summary>Nothing needs to be sealed again before the first rotation.</summary>
    public const uint FirstEpoch = 1;

    /// <summary>Blobs of realms that no connected device may open: what of them is reached by URLs alone is not known.</summary>
    public long Waiting { get; init; }

    /// <summary>Blobs that were sealed again now.</summary>
    public long Resealed { get; init; }

    /// <summary>Blobs that are neither done nor wait for a device: nobody had the time yet, or they do not open.</summary>
    public long Left => Blobs - Done - Waiting;

    internal bool Has(BlobLine line) => line.Epoch >= Epoch || Epoch == FirstEpoch;

    internal ResealReport With(BlobLine line) => Has(line)
        ? this with { Blobs = Blobs + 1, Bytes = Bytes + line.Bytes, Done = Done + 1, DoneBytes = DoneBytes + line.Bytes }
        : this with { Blobs = Blobs + 1, Bytes = Bytes + line.Bytes };
}
