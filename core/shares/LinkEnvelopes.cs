using CompatBot.Core.Content;
using CompatBot.Core.Content.Envelopes;
using CompatBot.Core.Shares.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Google.Protobuf;

namespace CompatBot.Core.Shares;

/// <summary>
/// What takes the envelopes off the blobs that a link shows, and off no others: a key for each blob and epoch. Read when the first blob
/// in an envelope is met.
/// </summary>
/// <param name="contents">Of the link.</param>
/// <param name="stored">Where the keys are; null: the account was never rotated when the link's card was made.</param>
internal sealed class LinkEnvelopes(Contents contents, LinkedFile? stored) : IEnvelopeKeys
{
    private static readonly Comparer<byte[]> ByBytes =
        Comparer<byte[]>.Create(static (left, right) => left.AsSpan().SequenceCompareTo(right));

    private LinkedEnvelopes? _opened;

    /// <summary>The keys for files that a link shows; of one that can not be read, nobody reads anything.</summary>
    public static async ValueTask<LinkedEnvelopes> OfAsync(
        Contents contents, AccountEnvelopes envelopes, IEnumerable<LinkedFile> files, CancellationToken cancellation)
    {
        var names = new HashSet<BlobName>();
        foreach (var file in files)
        {
            try
            {
                await foreach (var name in contents.NamesAsync(OpenShare.ContentOf(file), cancellation)) names.Add(name);
            }
            catch (ContentException)
            {
                continue; // Damaged: `store verify` says so. The others are to be shown.
            }
        }

        uint[] epochs = [.. envelopes.Epochs];
        byte[][] sorted = [.. names.Select(name => name.ToBytes()).Order(ByBytes)];
        var keys = sorted.SelectMany(name => epochs.SelectMany(epoch => envelopes.Find(new BlobName(name), epoch)!));
        return new LinkedEnvelopes
        {
            Epochs = { epochs },
            Names = UnsafeByteOperations.UnsafeWrap(sorted.SelectMany(name => name).ToArray()),
            Keys = UnsafeByteOperations.UnsafeWrap(keys.ToArray()),
        };
    }

    public async ValueTask<byte[]?> FindAsync(BlobName name, uint epoch, CancellationToken cancellation)
    {
        if (stored is null) return null;
        var all = _opened ??= await OpenAsync(cancellation);
        var (wanted, first, end) = (name.ToBytes(), 0, all.Names.Length / BlobName.Length);
        while (first < end)
        {
            var middle = (first + end) / 2;
            var found = all.Names.Span.Slice(middle * BlobName.Length, BlobName.Length).SequenceCompareTo(wanted);
            if (found == 0) return KeyAt(all, middle, all.Epochs.IndexOf(epoch));
            if (found < 0) first = middle + 1;
            else end = middle;
        }

        return null;
    }

    private static byte[]? KeyAt(LinkedEnvelopes all, int name, int epoch) => epoch < 0
        ? null
        : all.Keys.Span.Slice(((name * all.Epochs.Count) + epoch) * BlobKey.Length, BlobKey.Length).ToArray();

    private async ValueTask<LinkedEnvelopes> OpenAsync(CancellationToken cancellation)
    {
        var octets = await contents.Read(OpenShare.ContentOf(stored!), (long)stored!.Size).ReadAllAsync(cancellation);
        return LinkedEnvelopes.Parser.ParseFrom(octets.Span);
    }
}
