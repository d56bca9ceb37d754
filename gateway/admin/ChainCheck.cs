using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Gateway.Admin;

/// <summary>What is wrong at one place of the store.</summary>
internal sealed record Flaw(string Account, string Place, string What);

/// <summary>What a check went through.</summary>
internal sealed record AccountCheck(string Address, ulong Entries, long Blobs, long BlobBytes, long Waiting, long Messages);

/// <summary>Checks one account as far as sealed bytes allow without keys: the whole hash chain, every blob, every waiting item.</summary>
internal sealed class ChainCheck(IStore store, AccountRecord account)
{
    /// <summary>Flaws listed for each account; more are only counted as one line.</summary>
    public const int FlawsMax = 100;

    private readonly List<Flaw> _flaws = [];

    public IReadOnlyList<Flaw> Flaws => _flaws;

    public async ValueTask<AccountCheck> RunAsync(CancellationToken cancellation)
    {
        var entries = await EntriesAsync(cancellation);
        var (blobs, bytes) = await BlobsAsync(cancellation);
        var waiting = await DropboxAsync(cancellation);
        return new AccountCheck(account.Address, entries, blobs, bytes, waiting, Messages: 0);
    }

    public void Add(string place, string what)
    {
        if (_flaws.Count < FlawsMax) _flaws.Add(new Flaw(account.Address, place, what));
        else if (_flaws.Count == FlawsMax) _flaws.Add(new Flaw(account.Address, "", "and more"));
    }

    private async ValueTask<ulong> EntriesAsync(CancellationToken cancellation)
    {
        var (sequence, time, previous) = (0UL, long.MinValue, default(BlobName));
        await foreach (var entry in store.Journal.ReadAsync(account.Id, 0, cancellation))
        {
            sequence++;
            var place = $"journal entry {sequence}";
            if (entry.Sequence != sequence)
            {
                Add(place, $"missing: the next one is {entry.Sequence}");
                return sequence;
            }

            if (!EntrySeal.TryReadHeader(entry.Bytes.Span, out var header)) Add(place, "its header is unreadable");
            else if (header.Sequence != sequence) Add(place, $"it says that it is entry {header.Sequence}");
            else if (header.PreviousHash != previous) Add(place, "it does not name the hash of the entry before it: the chain is broken");
            else if (header.TimeMicroseconds < time) Add(place, "its time is before that of the entry before it");
            else time = header.TimeMicroseconds;
            previous = EntrySeal.Hash(entry.Bytes.Span);
        }

        var head = await store.Journal.HeadAsync(account.Id, cancellation);
        if (head < sequence) Add("journal", $"the head is {head}, but there are {sequence} entries");
        return sequence;
    }

    private async ValueTask<(long Blobs, long Bytes)> BlobsAsync(CancellationToken cancellation)
    {
        var (count, total) = (0L, 0L);
        await foreach (var (name, bytes) in store.Blobs.ListAsync(account.Id, cancellation))
        {
            count++;
            total += bytes;
            var place = $"blob {name}";
            if (await store.Blobs.GetAsync(account.Id, name, cancellation) is not { } stored) Add(place, "listed, but not there");
            else if (stored.LongLength != bytes) Add(place, $"{stored.LongLength} bytes instead of {bytes}");
            else if (stored.Length < BlobSeal.Overhead) Add(place, "too short to be sealed");
        }

        return (count, total);
    }

    private async ValueTask<long> DropboxAsync(CancellationToken cancellation)
    {
        var count = 0L;
        foreach (var realm in Enum.GetValues<Realm>())
        {
            var last = 0UL;
            await foreach (var (number, bytes) in store.Dropbox.ReadAsync(account.Id, realm, 0, cancellation))
            {
                count++;
                if (number <= last) Add($"dropbox item {number}", "out of order");
                if (bytes.Length == 0) Add($"dropbox item {number}", "empty");
                last = number;
            }
        }

        return count;
    }
}
