using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Xunit;

namespace CompatBot.UnitTests.Vault;

public sealed class SecretBytesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(32)]
    [InlineData(SecretArena.SlotBytes)]
    [InlineData(SecretArena.SlotBytes + 1)]
    [InlineData(100_000)]
    public void A_secret_holds_what_was_put_in(int length)
    {
        var bytes = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        using var secret = SecretBytes.Copy(bytes);
        using var other = SecretBytes.Copy(bytes);
        Assert.Equal(bytes, secret.Span);
        Assert.Equal(length, secret.Length);
        other.Dispose();
        Assert.Equal(bytes, secret.Span);
    }

    [Fact]
    public unsafe void A_slot_is_zeroed_when_it_is_freed()
    {
        var secret = SecretBytes.Copy([1, 2, 3, 4]);
        fixed (byte* pointer = secret.Span)
        {
            using (secret.Use())
            {
                secret.Dispose();
                Assert.Equal(1, pointer[0]); // held: still there
            }

            // Slabs stay mapped; another test may own the slot by now, but never with these bytes.
            Assert.False(pointer[0] == 1 && pointer[1] == 2 && pointer[2] == 3 && pointer[3] == 4);
        }
    }

    [Fact]
    public void New_secrets_are_empty_even_where_others_were()
    {
        for (var i = 0; i < 200; i++)
        {
            using var used = SecretBytes.Random(SecretArena.SlotBytes);
            used.Dispose();
            using var fresh = SecretBytes.Zeroed(SecretArena.SlotBytes);
            Assert.False(fresh.Span.ContainsAnyExcept((byte)0));
        }
    }

    [Fact]
    public void A_slice_cannot_reach_out_of_its_block()
    {
        using var block = SecretBytes.Zeroed(64);
        Assert.Throws<ArgumentOutOfRangeException>(() => block.Slice(33, 32));
        Assert.Throws<ArgumentOutOfRangeException>(() => block.Slice(-1, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => block.Slice(0, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => SecretBytes.Zeroed(0));
    }

    [Fact]
    public void Thousands_of_open_keyrings_need_few_mappings()
    {
        var before = File.ReadLines("/proc/self/maps").Count();
        var open = Enumerable.Range(0, 2000).Select(_ => SecretBytes.Random(900)).ToArray();
        Assert.InRange(File.ReadLines("/proc/self/maps").Count() - before, -1000, 1000);
        foreach (var secret in open) secret.Dispose();
    }

    [Fact]
    public async Task Closing_a_key_while_others_seal_with_it_ends_in_an_exception_and_nothing_worse()
    {
        var account = AccountId.New();
        for (var round = 0; round < 5; round++)
        {
            using var key = RealmKey.FromSecret(account, Realm.Mail, 1, new byte[32]);
            using var started = new CountdownEvent(2);
            var work = () => Work(key, started);
            var all = Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(work, TaskCreationOptions.LongRunning)));
            started.Wait(TestContext.Current.CancellationToken);
            key.Dispose();
            await all;
        }

        void Work(RealmKey key, CountdownEvent started)
        {
            var header = new EntryHeader(Realm.Mail, 1, 1, 0, 0, default);
            EntrySeal.Seal(key, account, header, "body"u8);
            started.Signal();
            Assert.Throws<ObjectDisposedException>(Forever);

            void Forever()
            {
                while (true) EntrySeal.Seal(key, account, header, "body"u8);
            }
        }
    }
}
