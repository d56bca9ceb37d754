using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using CompatBot.Core.Store;

namespace CompatBot.StoreBench;

/// <summary>Durable deliveries: each one journal row and one blob, one after the other for each writer.</summary>
internal sealed class Deliveries(IStore store, int entryBytes, int blobBytes)
{
    private readonly ConcurrentBag<(AccountId Account, BlobName Name)> _written = [];
    private readonly byte[] _content = RandomNumberGenerator.GetBytes((1 << 20) + blobBytes);

    public int EntryBytes => entryBytes;

    public int BlobBytes => blobBytes;

    public int Count => _written.Count;

    /// <summary>Makes the store as large as it is in real life, in large transactions.</summary>
    public async Task PreloadAsync(int count)
    {
        var accounts = Enumerable.Range(0, 200).Select(_ => AccountId.New()).ToArray();
        var random = new Random(1);
        for (var done = 0; done < count; done += 4000)
        {
            await Task.WhenAll(Enumerable.Range(0, 4000).Select(i =>
                store.Blobs.PutAsync(
                    accounts[i % 200], BlobHolders.Mail, [Blob(random, accounts[i % 200])], CancellationToken.None).AsTask()));
        }
    }

    public Task<string> RunAsync(int writers, int accounts, TimeSpan time)
    {
        var homes = Enumerable.Range(0, accounts).Select(_ => AccountId.New()).ToArray();
        var heads = new ulong[accounts];
        var entry = new byte[entryBytes];
        return Timing.RunAsync(writers, accounts, time, async (home, random) =>
        {
            var append = new JournalAppend(homes[home], Realm.Mail, new StoredEntry(++heads[home], entry), [Blob(random, homes[home])]);
            if (await store.Journal.AppendAsync(append, CancellationToken.None) is var refusal and not Refusal.None)
            {
                throw new InvalidOperationException($"Refused: {refusal}");
            }
        });
    }

    public async Task<double> ReadAsync(int count, int parallel)
    {
        var blobs = _written.ToArray();
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, parallel).Select(reader => Task.Run(async () =>
        {
            var random = new Random(reader);
            for (var i = 0; i < count; i++)
            {
                var (account, name) = blobs[random.Next(blobs.Length)];
                if (await store.Blobs.GetAsync(account, name, CancellationToken.None) is not { } bytes || bytes.Length != blobBytes)
                {
                    throw new InvalidOperationException("A blob that was acknowledged is not there.");
                }
            }
        })));
        return count * parallel / watch.Elapsed.TotalSeconds;
    }

    private SealedBlob Blob(Random random, AccountId account)
    {
        Span<byte> name = stackalloc byte[BlobName.Length];
        random.NextBytes(name);
        RandomNumberGenerator.Fill(name[..8]);
        var blob = new SealedBlob(new BlobName(name), _content.AsMemory(random.Next(1 << 20), blobBytes));
        _written.Add((account, blob.Name));
        return blob;
    }
}
