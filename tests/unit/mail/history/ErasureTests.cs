using System.Security.Cryptography;
using CompatBot.Core.Mail;
using CompatBot.Core.Vault;
using CompatBot.Storage.Sqlite;
using Xunit;

namespace CompatBot.UnitTests.Mail.History;

/// <summary>After the horizon the ciphertext of a deleted message is in no file of the data directory, nor is its summary's.</summary>
public sealed class ErasureTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("erasure");

    private static CancellationToken Stop => MailBed.Stop;

    [Fact]
    public async Task After_the_horizon_no_file_holds_what_was_deleted()
    {
        var time = new ManualTime();
        var store = await SqliteStore.OpenAsync(_folder.FullName, new SqliteOptions { ReserveBytes = 0 }, time, Stop);
        await using (store)
        {
            time.Advance(TimeSpan.FromDays(20_000));
            var bed = new MailBed(store, time);
            await bed.OpenAsync();
            await bed.Mail.CreateAsync("a", SpecialUse.None, Stop);
            foreach (var length in (int[])[200, 3000, 70_000, 800_000, 2_500_000])
            {
                foreach (var mailbox in (string[])["INBOX", "INBOX", "a"])
                {
                    await bed.AppendAsync(mailbox, Convert.ToHexString(RandomNumberGenerator.GetBytes(length / 2)));
                }
            }

            var kept = await SealedAsync(bed, store, "INBOX", index => index % 2 == 0);
            var gone = await SealedAsync(bed, store, "INBOX", index => index % 2 == 1);
            gone.AddRange(await SealedAsync(bed, store, "a", _ => true));
            await UndeleteTests.ExpungeAsync(bed, "INBOX", 2, 4, 6, 8, 10);
            await bed.Mail.DeleteAsync("a", Stop);
            await bed.ReopenAsync();
            Assert.Equal(gone.Count, Found(gone));

            time.Advance(TimeSpan.FromDays(29));
            await CollectTests.CollectOutcomeAsync(bed);
            Assert.Equal(gone.Count, Found(gone));
            time.Advance(TimeSpan.FromDays(2));
            Assert.True((await CollectTests.CollectOutcomeAsync(bed)).Value!.Erased);
            Assert.Equal(0, Found(gone));
            Assert.Equal(kept.Count, Found(kept));
            await CollectTests.AssertReadableAsync(bed);
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>The sealed bytes of the top blob of messages.</summary>
    private static async Task<List<byte[]>> SealedAsync(
        MailBed bed, SqliteStore store, string mailbox, Func<int, bool> wanted)
    {
        var (found, messages) = (new List<byte[]>(), (await bed.MailboxAsync(mailbox)).Messages);
        for (var i = 0; i < messages.Count; i++)
        {
            if (!wanted(i)) continue;
            var name = BlobSeal.NameOf(messages[i].Content.Key);
            found.Add((await store.Blobs.GetAsync(MailBed.Account, name, Stop))!);
        }

        return found;
    }

    /// <summary>How many of the sealed things have any of their pieces in any file.</summary>
    private int Found(List<byte[]> things)
    {
        var files = Directory.EnumerateFiles(_folder.FullName, "*", SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(path) != "lock").Select(ReadShared).ToList();
        return things.Count(thing => Pieces(thing).Any(piece => files.Exists(file => file.AsSpan().IndexOf(piece.Span) >= 0)));
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Pieces(byte[] thing)
    {
        for (var at = 0; at < thing.Length; at += 2000) yield return thing.AsMemory(at, Math.Min(48, thing.Length - at));
    }

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
