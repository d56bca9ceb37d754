using System.Collections.Concurrent;
using System.Threading.Channels;
using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Store;

namespace CompatBot.Core.Calendar.Subscriptions;

/// <summary>
/// Fetches the subscribed calendars of accounts while they are open, each as often as its publisher says, within bounds. What does not
/// come leaves what is there, and the collection says why.
/// </summary>
public sealed class SubscriptionRounds(OpenAccounts open, ICalendarSource source, TimeProvider time, ISubscriptionLog log)
    : IAsyncDisposable
{
    /// <summary>Where the publisher does not say.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromHours(4);

    public static readonly TimeSpan PeriodMin = TimeSpan.FromMinutes(15);

    public static readonly TimeSpan PeriodMax = TimeSpan.FromDays(7);

    /// <summary>After a failure.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromHours(1);

    /// <summary>How often it is looked who is open.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);

    /// <summary>Accounts whose calendars are fetched at the same time.</summary>
    private const int AtOnce = 4;

    /// <summary>Accounts that wait to be looked at before the next round.</summary>
    private const int WokenMax = 100;

    private readonly CancellationTokenSource _stop = new();

    /// <summary>Outlives the account's being open: a phone opens it every few minutes.</summary>
    private readonly ConcurrentDictionary<(AccountId Account, CollectionId Collection), Due> _due = [];

    /// <summary>When an account is looked at: looking at it more often than it needs would keep it open.</summary>
    private readonly ConcurrentDictionary<AccountId, DateTimeOffset> _next = [];
    private readonly Channel<AccountId> _woken = Channel.CreateBounded<AccountId>(WokenMax);
    private Task _rounds = Task.CompletedTask;

    public void Start() => _rounds = Task.WhenAll(RunAsync(), AnswerAsync());

    /// <summary>Lets an account be looked at soon: it has a calendar that is new, or comes from somewhere else now.</summary>
    public void Wake(AccountId account) => _woken.Writer.TryWrite(account); // Where too many are, the next round comes to it.

    /// <summary>Fetches what is due of an account, if it is open.</summary>
    public async ValueTask LookAsync(AccountId account, CancellationToken cancellation)
    {
        try
        {
            if (await open.TryJoinAsync(account, cancellation) is not { } lease) return;
            _next[account] = time.GetUtcNow() + PeriodMin;
            await using (lease)
            {
                if (await lease.Account.ItemsAsync(Realm.Calendar, cancellation) is not { } realm) return;
                var next = time.GetUtcNow() + Period;
                foreach (var id in realm.State.Root.Children.Values.ToList())
                {
                    if (realm.State.Find(id) is not { RemovedAt: 0 } one || Subscription.Of(one) is not { } known) continue;
                    if (IsDue(account, id, known.Source)) await RefreshAsync(account, realm, id, cancellation);
                    if (_due.TryGetValue((account, id), out var due) && due.At < next) next = due.At;
                }

                _next[account] = next;
            }
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            log.Failed(account, error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _rounds;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = _stop.Token };
            while (true)
            {
                await Task.Delay(LookEvery, time, _stop.Token);
                var now = time.GetUtcNow();
                await Parallel.ForEachAsync(open.Ids.Where(id => _next.GetValueOrDefault(id) <= now).ToList(), options, LookAsync);
                foreach (var one in _due.Where(one => one.Value.At < now - PeriodMax)) _due.TryRemove(one);
                foreach (var one in _next.Where(one => one.Value < now - PeriodMax)) _next.TryRemove(one);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The server stops; what was begun is begun again.
        }
    }

    private async Task AnswerAsync()
    {
        try
        {
            await foreach (var account in _woken.Reader.ReadAllAsync(_stop.Token)) await LookAsync(account, _stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // As above.
        }
    }

    private bool IsDue(AccountId account, CollectionId id, Uri source) =>
        !_due.TryGetValue((account, id), out var due) || due.Source != source || due.At <= time.GetUtcNow();

    private async ValueTask RefreshAsync(AccountId account, ItemRealm realm, CollectionId id, CancellationToken cancellation)
    {
        if (await realm.LoadAsync(id, cancellation) is not { } collection || Subscription.Of(collection) is not { } known) return;
        var before = _due.GetValueOrDefault((account, id))?.Period ?? Period;
        _due[(account, id)] = new Due(known.Source, time.GetUtcNow() + RetryAfter, before);
        var fetched = await source.FetchAsync(known.Source, known.ETag, known.Modified, cancellation);
        if (await realm.LoadAsync(id, cancellation) is not { RemovedAt: 0 } now || Subscription.Of(now) != known) return;
        var intake = new SubscriptionIntake(realm, now);
        var objects = fetched.Octets is { } octets ? FetchedObjects.Read(octets.Span) : null;
        var failure = fetched.Octets is not null && objects is null ? "It is no calendar, or has too many events" : fetched.Failure;
        var refusal = objects is not null
            ? await intake.TakeAsync(objects, known with { ETag = fetched.ETag, Modified = fetched.Modified, Failure = "" }, cancellation)
            : await intake.KeepAsync(known with { Failure = failure }, cancellation);
        if (refusal == Refusal.OverQuota)
        {
            failure = "The account has no room for it";
            await intake.KeepAsync(known with { Failure = failure }, cancellation);
        }

        if (refusal is not (Refusal.None or Refusal.Conflict)) log.Declined(account, refusal);
        if (failure.Length > 0 || refusal != Refusal.None) return;
        var period = objects is null ? before : objects.Period ?? Period;
        var within = TimeSpan.FromTicks(Math.Clamp(period.Ticks, PeriodMin.Ticks, PeriodMax.Ticks));
        _due[(account, id)] = new Due(known.Source, time.GetUtcNow() + within, within);
    }

    /// <summary>When a source is asked again.</summary>
    /// <param name="Period">What its publisher said last.</param>
    private sealed record Due(Uri Source, DateTimeOffset At, TimeSpan Period);
}

/// <summary>Told what goes wrong in the background.</summary>
public interface ISubscriptionLog
{
    void Declined(AccountId account, Refusal refusal);

    void Failed(AccountId account, Exception error);
}
