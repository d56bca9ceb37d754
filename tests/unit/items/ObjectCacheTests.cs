using CompatBot.Core.Content;
using CompatBot.Core.Items;
using CompatBot.Core.Vault;
using CompatBot.Formats.Vobject;
using Xunit;

namespace CompatBot.UnitTests.Items;

public sealed class ObjectCacheTests
{
    [Fact]
    public void What_was_parsed_is_found_until_the_realm_is_closed()
    {
        var cache = new ObjectCache();
        var root = new Component("VCARD");
        cache.Keep(Content(1), root, 100);
        cache.Keep(Content(2), null, 100);
        Assert.True(cache.TryFind(Content(1), out var found));
        Assert.Same(root, found);
        Assert.True(cache.TryFind(Content(2), out found));
        Assert.Null(found);
        Assert.False(cache.TryFind(Content(3), out _));
        cache.Close();
        Assert.False(cache.TryFind(Content(1), out _));
        cache.Keep(Content(1), root, 100);
        Assert.False(cache.TryFind(Content(1), out _));
    }

    [Fact]
    public void What_is_asked_for_outlives_what_is_not()
    {
        var cache = new ObjectCache();
        for (var i = 0; i < 2000; i++)
        {
            cache.Keep(Content(i), null, 10_000);
            Assert.True(cache.TryFind(Content(0), out _));
        }

        var kept = Enumerable.Range(0, 2000).Count(i => cache.TryFind(Content(i), out _));
        Assert.InRange(kept, 2, (int)(ObjectCache.RealmOctetsMax / 10_000) + 1);
        cache.Close();
    }

    [Fact]
    public void All_realms_together_keep_a_bounded_amount()
    {
        var caches = Enumerable.Range(0, 20).Select(_ => new ObjectCache()).ToList();
        foreach (var cache in caches) for (var i = 0; i < 400; i++) cache.Keep(Content(i), null, 10_000);
        var kept = caches.Sum(cache => Enumerable.Range(0, 400).Count(i => cache.TryFind(Content(i), out _)));
        caches.ForEach(cache => cache.Close());
        Assert.InRange(kept, 1, (int)(ObjectCache.ProcessOctetsMax / 10_000));
        var again = new ObjectCache();
        again.Keep(Content(1), null, 10_000);
        Assert.True(again.TryFind(Content(1), out _));
        again.Close();
    }

    private static ContentRef Content(int number)
    {
        var key = new byte[BlobKey.Length];
        BitConverter.TryWriteBytes(key, number);
        return new ContentRef(new BlobKey(key), 0);
    }
}
