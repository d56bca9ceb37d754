using System.Diagnostics;
using System.Security.Cryptography;
using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Identity;
using CompatBot.Core.Mail.History;
using CompatBot.Core.Store;

namespace CompatBot.StoreBench;

/// <summary>A garbage collection beside full write load: what commits cost without it and with it.</summary>
internal sealed class GarbageLoad(IStore store, MovableClock clock, Deliveries deliveries) : IVaultLog
{
    private const string Address = "garbage@bench.test";

    /// <param name="count">Blobs of an account that nothing names.</param>
    /// <param name="share">Of the time that the collection works.</param>
    public async Task RunAsync(int count, double share, int writers, TimeSpan time)
    {
        var stretcher = new PassphraseStretcher();
        var directory = new Accounts(store, clock, stretcher);
        await using var opened = new OpenAccounts(store, clock, TimeSpan.FromMinutes(10), this);
        var sessions = new Sessions(opened, directory, new Credentials(store, stretcher));
        await directory.AddDomainAsync("bench.test", CancellationToken.None);
        var created = (await directory.CreateAsync(
            new NewAccount(Address, [], [new NewDevice("bench", Scopes.All)]), CancellationToken.None)).Value!;
        await using var session = (await sessions.LoginAsync(
            Address, new Password(created.Devices[0].Password.Text), "imap", CancellationToken.None)).Value!;

        clock.Offset = -TimeSpan.FromDays(3);
        for (var done = 0; done < count; done += 4000)
        {
            await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => store.Blobs.PutAsync(
                session.Account, BlobHolders.Mail, [.. Enumerable.Range(0, 100).Select(_ => Blob())], CancellationToken.None).AsTask()));
        }

        clock.Offset = TimeSpan.Zero;
        Console.WriteLine(await deliveries.RunAsync(writers, writers, time) + "  alone");
        using var stop = new CancellationTokenSource();
        var watch = Stopwatch.StartNew();
        var collecting = Task.Run(async () => await CollectAsync(session, share, stop.Token));
        Console.WriteLine(await deliveries.RunAsync(writers, writers, time) + "  beside a collection");
        if (!collecting.IsCompleted) Console.WriteLine("the collection goes on without load");
        var report = await collecting;
        Console.WriteLine($"{report.Released} of {report.Seen} blobs released, {watch.Elapsed.TotalSeconds:F1} s, erased: {report.Erased}");
    }

    public void CloseFailed(Exception error) => Console.WriteLine(error.Message);

    public void IntakeFailed(AccountId account, Refusal refusal, Exception? error) => Console.WriteLine($"{refusal} {error?.Message}");

    public void Closed()
    {
    }

    private async Task<CollectReport> CollectAsync(Session session, double share, CancellationToken cancellation)
    {
        var collected = await session.CollectAsync(MailHistory.HorizonDays, new Pace(clock, share), cancellation);
        return collected.Declined ? throw new InvalidOperationException($"Refused: {collected.Refusal}") : collected.Value;
    }

    private SealedBlob Blob() =>
        new(new BlobName(RandomNumberGenerator.GetBytes(BlobName.Length)), RandomNumberGenerator.GetBytes(deliveries.BlobBytes));
}

/// <summary>The system's clock, with a date that can be moved.</summary>
internal sealed class MovableClock : TimeProvider
{
    public TimeSpan Offset { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
}
