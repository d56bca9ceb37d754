using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Metrics;
using CompatBot.Core.Store;

namespace CompatBot.Core.Push;

/// <summary>Tells subscribed clients, through their push services, what changes in the accounts that are open.</summary>
public sealed class PushRounds(OpenAccounts open, IStore store, PushKeys keys, IPushSender sender, TimeProvider time, IPushLog log)
    : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private SemaphoreSlim? _turns;

    public PushLimits Limits { get; init; } = new();

    /// <summary>By which push services know this server, for clients.</summary>
    public string PublicKey => sender.PublicKey;

    /// <summary>Whether a push resource can be one.</summary>
    public bool Reaches(Uri resource) => sender.Reaches(resource);

    internal TimeProvider Time => time;

    internal IStore Store => store;

    internal PushKeys Keys => keys;

    internal IPushLog Log => log;

    private SemaphoreSlim Turns => LazyInitializer.EnsureInitialized(ref _turns, () => new SemaphoreSlim(Limits.RealmsAtOnce));

    public string TopicOf(AccountId account, Realm realm, CollectionId collection) => keys.TopicOf(account, realm, collection);

    /// <summary>Takes a subscription to a collection of an account that is open.</summary>
    /// <returns>Or NotFound, TooMany, and what any change may answer.</returns>
    public async ValueTask<Refusal> RegisterAsync(
        AccountId account, Realm realm, PushSubscription wanted, CancellationToken cancellation)
    {
        await using var lease = await open.TryJoinAsync(account, cancellation);
        var pushes = await PushesAsync(lease, realm, cancellation);
        return pushes is null ? Refusal.Unavailable : (await pushes.RegisterAsync(wanted, cancellation)).Refusal;
    }

    /// <summary>Ends one.</summary>
    /// <returns>NotFound where there is none.</returns>
    public async ValueTask<Refusal> RemoveAsync(
        AccountId account, Realm realm, CollectionId collection, string id, CancellationToken cancellation)
    {
        await using var lease = await open.TryJoinAsync(account, cancellation);
        var pushes = await PushesAsync(lease, realm, cancellation);
        return pushes is null ? Refusal.Unavailable : await pushes.RemoveAsync(collection, [id], cancellation);
    }

    /// <summary>Lets a change of one item, that was just made, be told to all but those who made it.</summary>
    /// <param name="before">The collection before the change, with its items.</param>
    /// <param name="place">Of the item.</param>
    /// <param name="mine">Whether a subscription, by its id, is one that knows already.</param>
    public async ValueTask QuietAsync(
        AccountId account,
        Realm realm,
        (ItemState State, CollectionState Collection) before,
        ItemPlace place,
        Func<string, bool> mine,
        CancellationToken cancellation)
    {
        await using var lease = await open.TryJoinAsync(account, cancellation);
        if (await PushesAsync(lease, realm, cancellation) is { } pushes) await pushes.QuietAsync(before, place.Name, mine, cancellation);
    }

    /// <summary>Waits until nothing is sent any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        for (var i = 0; i < Limits.RealmsAtOnce; i++) await Turns.WaitAsync();
        _stop.Dispose();
        Turns.Dispose();
    }

    internal RealmPushes Watch(AccountId account, ItemRealm realm) => new(this, account, realm);

    internal async ValueTask<PushOutcome> SendAsync(PushSubscription to, PushNews news, CancellationToken cancellation)
    {
        var outcome = await TryAsync(to, news, cancellation);
        (outcome.Answer == PushAnswer.Sent ? CoreMetrics.PushesSent : CoreMetrics.PushesFailed).Add();
        return outcome;
    }

    /// <summary>Does something with an account, if it is open still, which then stays so.</summary>
    internal async ValueTask WhileOpenAsync(AccountId account, Func<CancellationToken, ValueTask> work)
    {
        var hasTurn = false;
        try
        {
            var stop = _stop.Token;
            await Turns.WaitAsync(stop);
            hasTurn = true;
            await using var lease = await open.TryJoinAsync(account, stop);
            if (lease is not null) await work(stop);
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException && _stop.IsCancellationRequested)
        {
            // The server stops: clients look again when they connect.
        }
        finally
        {
            if (hasTurn) Turns.Release();
        }
    }

    private async ValueTask<PushOutcome> TryAsync(PushSubscription to, PushNews news, CancellationToken cancellation)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(Limits.SendTime);
        try
        {
            return await sender.SendAsync(to, news, bound.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new PushOutcome(PushAnswer.Later);
        }
    }

    private static async ValueTask<RealmPushes?> PushesAsync(AccountLease? lease, Realm realm, CancellationToken cancellation) =>
        lease is not null && await lease.Account.ItemsAsync(realm, cancellation) is { } items ? items.Pushes : null;
}
