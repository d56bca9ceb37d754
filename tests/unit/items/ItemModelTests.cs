using CompatBot.Core.Items;
using CompatBot.Core.Store;
using Xunit;

namespace CompatBot.UnitTests.Items;

/// <summary>A random history of a tree against a plain dictionary of paths, with restarts, lost snapshots, and clients that sync.</summary>
public sealed class ItemModelTests
{
    private static CancellationToken Stop => ItemBed.Stop;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Any_history_agrees_with_a_plain_tree(int seed)
    {
        var random = new Random(seed);
        var bed = await ItemBed.NewAsync();
        var model = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var mirror = new Mirror();
        for (var step = 0; step < 400; step++)
        {
            bed.Time.Advance(TimeSpan.FromSeconds(1));
            await StepAsync(random, bed, model, step);
            if (step % 10 == 0) await mirror.SyncAsync(bed);
            if (step % 40 != 0) continue;
            Assert.Equal(model, await bed.TreeAsync());
            Assert.Equal(model.Values.Sum(text => text.Length), bed.Items.State.UsageBytes);
            await RestartAsync(random, bed);
            Assert.Equal(model, await bed.TreeAsync());
        }

        await mirror.SyncAsync(bed);
        Assert.Equal(model.Where(one => !one.Key.TrimEnd('/').Contains('/')).ToDictionary(), mirror.Root);
    }

    private static async Task RestartAsync(Random random, ItemBed bed)
    {
        var picture = await bed.PictureAsync();
        switch (random.Next(3))
        {
            case 0: await bed.Realm.CloseAsync(Stop); break;
            case 1: await bed.Store.Snapshots.ClearAsync(ItemBed.Account, Stop); break;
        }

        await bed.OpenAsync();
        Assert.Equal(picture, await bed.PictureAsync());
    }

    private static async Task StepAsync(Random random, ItemBed bed, SortedDictionary<string, string> model, int step)
    {
        var (path, other) = (Path(random), Path(random));
        switch (random.Next(10))
        {
            case 0 or 1:
                var made = await bed.MakeAsync(path);
                Assert.Equal(HasParent(model, path) && !Exists(model, path), made == Refusal.None);
                if (made == Refusal.None) model.Add(path + "/", "");
                break;
            case 2 or 3 or 4 or 5:
                var put = await bed.PutAsync(path, $"text {step}");
                Assert.Equal(HasParent(model, path) && !model.ContainsKey(path + "/"), !put.Declined);
                if (!put.Declined) model[path] = $"text {step}";
                break;
            case 6:
                var removed = await bed.RemoveAsync(path);
                Assert.Equal(Exists(model, path), removed == Refusal.None);
                Remove(model, path);
                break;
            default:
                var (move, overwrite) = (random.Next(2) == 0, random.Next(2) == 0);
                var may = Exists(model, path) && HasParent(model, other) && !Inside(other, path) && !Inside(path, other)
                    && (overwrite || !Exists(model, other));
                var carried = await bed.TransferAsync(path, other, move, overwrite);
                Assert.Equal(may, carried == Refusal.None);
                if (!may) break;
                var moving = model.Where(one => Inside(one.Key.TrimEnd('/'), path)).ToList();
                Remove(model, other);
                if (move) Remove(model, path);
                foreach (var (key, text) in moving) model[string.Concat(other, key.AsSpan(path.Length))] = text;
                break;
        }
    }

    private static string Path(Random random) =>
        string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => "abcde"[random.Next(5)].ToString()));

    private static bool Exists(SortedDictionary<string, string> model, string path) =>
        model.ContainsKey(path) || model.ContainsKey(path + "/");

    private static bool HasParent(SortedDictionary<string, string> model, string path) =>
        path.LastIndexOf('/') is var at && (at < 0 || model.ContainsKey(path[..(at + 1)]));

    private static bool Inside(string path, string above) => path == above || path.StartsWith(above + "/", StringComparison.Ordinal);

    private static void Remove(SortedDictionary<string, string> model, string path)
    {
        foreach (var key in model.Keys.Where(key => Inside(key.TrimEnd('/'), path)).ToList()) model.Remove(key);
    }

    /// <summary>A client that knows the root's members by what sync told it, never by looking.</summary>
    private sealed class Mirror
    {
        private ulong _token;

        public Dictionary<string, string> Root { get; } = [];

        public async Task SyncAsync(ItemBed bed)
        {
            var changes = (await bed.Items.ChangesAsync(CollectionId.Root, _token, Stop))!;
            foreach (var name in changes.Gone)
            {
                Root.Remove(name);
                Root.Remove(name + "/");
            }

            foreach (var row in changes.Items)
            {
                Root.Remove(row.Name + "/");
                Root[row.Name] = await bed.TextAsync(row);
            }

            foreach (var collection in changes.Collections)
            {
                Root.Remove(collection.Name);
                Root[collection.Name + "/"] = "";
            }

            _token = changes.Sequence;
        }
    }
}
