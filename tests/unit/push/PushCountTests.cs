using CompatBot.Core.Items;
using CompatBot.Core.Metrics;
using CompatBot.Core.Proof;
using CompatBot.Core.Push;
using CompatBot.Core.Store;
using CompatBot.UnitTests.Identity;
using Xunit;

namespace CompatBot.UnitTests.Push;

/// <summary>What is counted of push subscriptions and messages.</summary>
public sealed class PushCountTests : IPushSender, IPushLog
{
    private PushAnswer _answer = PushAnswer.Sent;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    string IPushSender.PublicKey => "";

    [Fact]
    public async Task Subscriptions_of_open_accounts_and_what_push_services_said_are_counted()
    {
        await using var bed = await RotationBed.NewAsync();
        using var host = new HostKey(new byte[HostKey.SeedBytes]);
        using var keys = new PushKeys(host);
        await using var rounds = new PushRounds(bed.Open, bed.Store, keys, this, bed.Time, this);
        bed.Open.Pushes = rounds;
        await using (var ann = await bed.LoginAsync(RotationBed.Phone))
        {
            var items = (await ann.ItemsAsync(Realm.Calendar, Stop)).Value!;
            var calendar = items.State.Collection(new ItemPlace(CollectionId.Root, "calendar"))!.Id;
            PushSubscription At(string url) => new(
                calendar, new Uri(url), new byte[65], new byte[16], ann.Device, true, false, bed.Time.GetUtcNow().AddDays(1));
            foreach (var url in (string[])["https://push.test/1", "https://push.test/1", "https://push.test/2"])
            {
                Assert.Equal(Refusal.None, await rounds.RegisterAsync(bed.Id, Realm.Calendar, At(url), Stop));
            }

            Assert.Equal(2, CoreMetrics.PushSubscriptions.Value);
            await rounds.RemoveAsync(bed.Id, Realm.Calendar, calendar, At("https://push.test/1").Id, Stop);
            Assert.Equal(1, CoreMetrics.PushSubscriptions.Value);

            await PutAsync(items, calendar, "1.ics");
            await UntilAsync(bed, () => CoreMetrics.PushesSent.Value == 1);
            _answer = PushAnswer.Gone;
            await PutAsync(items, calendar, "2.ics");
            await UntilAsync(bed, () => CoreMetrics.PushesFailed.Value == 1);
            await UntilAsync(bed, () => CoreMetrics.PushSubscriptions.Value == 0);
            Assert.Equal(Refusal.None, await rounds.RegisterAsync(bed.Id, Realm.Calendar, At("https://push.test/3"), Stop));
            Assert.Equal(1, CoreMetrics.PushSubscriptions.Value);
        }

        await bed.Open.DisposeAsync();
        Assert.Equal((0, 1, 1), (CoreMetrics.PushSubscriptions.Value, CoreMetrics.PushesSent.Value, CoreMetrics.PushesFailed.Value));
    }

    bool IPushSender.Reaches(Uri resource) => true;

    ValueTask<PushOutcome> IPushSender.SendAsync(PushSubscription to, PushNews news, CancellationToken cancellation) =>
        new(new PushOutcome(_answer));

    void IPushLog.Declined(AccountId account, Refusal refusal) => Assert.Fail(refusal.ToString());

    void IPushLog.Failed(AccountId account, Exception error) => Assert.Fail(error.ToString());

    private static async Task PutAsync(ItemStore items, CollectionId calendar, string name)
    {
        using var writer = items.Write();
        await writer.WriteAsync("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"u8.ToArray(), Stop);
        var item = (await writer.CompleteAsync("text/calendar", Stop)).Value!;
        Assert.False((await items.PutAsync(new ItemPlace(calendar, name), item, null, Stop)).Declined);
    }

    /// <summary>Lets time pass until it is so.</summary>
    private static async Task UntilAsync(RotationBed bed, Func<bool> isSo)
    {
        for (var i = 0; i < 500 && !isSo(); i++)
        {
            bed.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(10, Stop);
        }

        Assert.True(isSo());
    }
}
