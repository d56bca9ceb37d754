using System.Text;
using CompatBot.Core.Store;
using Xunit;

namespace CompatBot.UnitTests.Items;

public sealed class ItemPastTests
{
    private const int Versions = 1000;
    private const int Moments = 100;

    private static CancellationToken Stop => ItemBed.Stop;

    [Theory]
    [InlineData(Realm.Files, "plan.txt")]
    [InlineData(Realm.Calendar, "calendar/one.ics")]
    public async Task What_was_overwritten_and_removed_a_thousand_times_is_shown_right_at_a_hundred_moments(Realm realm, string path)
    {
        var (bed, random) = (await ItemBed.NewAsync(realm), new Random(7));
        var written = new List<(DateTimeOffset Time, string? Text)>();
        for (var version = 0; version < Versions; version++)
        {
            bed.Time.Advance(TimeSpan.FromSeconds(random.Next(1, 1000)));
            var text = version % 3 == 2 ? null : $"version {version}";
            if (text is null) Assert.Equal(Refusal.None, await bed.RemoveAsync(path));
            else Assert.Equal(Refusal.None, (await bed.PutAsync(path, text)).Refusal);
            written.Add((bed.Time.GetUtcNow(), text));
        }

        bed.Time.Advance(TimeSpan.FromSeconds(1));
        for (var moment = 0; moment < Moments; moment++)
        {
            var (time, text) = written[random.Next(Versions)];
            var past = (await bed.Items.AtAsync(time.AddMilliseconds(500), Stop))!;
            var row = (await past.FindAsync(path.Split('/'), Stop))?.Item;
            Assert.Equal(text, row is null ? null : Encoding.ASCII.GetString((await past.Read(row).ReadAllAsync(Stop)).Span));
        }
    }
}
