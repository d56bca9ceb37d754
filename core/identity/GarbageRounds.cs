using System.Security.Cryptography;
using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Store;

namespace CompatBot.Core.Identity;

/// <summary>
/// Collects the garbage of accounts while they are open: each once a day, one after the other, slowly. An account that nobody opens
/// is not collected, as its keys are needed to know what is garbage.
/// </summary>
public sealed class GarbageRounds(OpenAccounts open, TimeProvider time, int historyDays, IGarbageLog log) : IAsyncDisposable
{
    /// <summary>How often an account is collected.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromHours(24);

    /// <summary>An account that this process sees for the first time is collected at a random moment within this.</summary>
    public static readonly TimeSpan FirstWithin = TimeSpan.FromHours(1);

    /// <summary>How often it is looked who is open: a phone that fetches mail keeps its account open about as long.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How far the clock may leap beyond the time that passed. After a greater leap nothing is collected until it is taken back or the
    /// server starts anew: a clock that went wrong must not end what can be brought back.
    /// </summary>
    public static readonly TimeSpan LeapMax = TimeSpan.FromDays(7);

    /// <summary>The share of the time that a collection works.</summary>
    private const double Share = 0.2;

    private readonly Dictionary<AccountId, DateTimeOffset> _due = [];
    private Rounds? _rounds;
    private (DateTimeOffset Clock, long Timestamp) _looked = (time.GetUtcNow(), time.GetTimestamp());
    private TimeSpan _ahead;

    public void Start() => _rounds = new Rounds(time, LookEvery, RoundAsync);

    public ValueTask DisposeAsync() => _rounds?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async ValueTask RoundAsync(CancellationToken cancellation)
    {
        if (IsAhead()) return;
        foreach (var account in open.Ids)
        {
            if (IsDue(account)) await CollectAsync(account, cancellation);
        }
    }

    private bool IsAhead()
    {
        var before = _looked;
        _looked = (time.GetUtcNow(), time.GetTimestamp());
        var leap = _looked.Clock - before.Clock - time.GetElapsedTime(before.Timestamp, _looked.Timestamp);
        if (leap.Duration() > LeapMax)
        {
            _ahead += leap;
            log.ClockLeapt(leap);
        }

        return _ahead > LeapMax;
    }

    private bool IsDue(AccountId account)
    {
        var now = time.GetUtcNow();
        if (!_due.TryGetValue(account, out var due))
        {
            _due.Add(account, due = now + TimeSpan.FromSeconds(RandomNumberGenerator.GetInt32((int)FirstWithin.TotalSeconds) + 1));
        }

        if (due > now) return false;
        _due[account] = now + Period;
        return true;
    }

    private async ValueTask CollectAsync(AccountId account, CancellationToken cancellation)
    {
        try
        {
            if (await open.TryJoinAsync(account, cancellation) is not { } lease) return;
            await using (lease)
            {
                var started = time.GetTimestamp();
                var collected = await lease.Account.CollectAsync(historyDays, new Pace(time, Share), cancellation);
                if (collected.Refusal == Refusal.Locked) return;
                if (collected.Declined) log.Declined(account, collected.Refusal);
                else log.Collected(account, collected.Value, time.GetElapsedTime(started));
            }
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            log.Failed(account, error);
        }
    }
}

/// <summary>Told what collections in the background did.</summary>
public interface IGarbageLog
{
    void Collected(AccountId account, CollectReport report, TimeSpan elapsed);

    /// <summary>Damaged: `store verify` says what; anything else passes.</summary>
    void Declined(AccountId account, Refusal refusal);

    void Failed(AccountId account, Exception error);

    /// <summary>The clock was set, or the machine slept: see <see cref="GarbageRounds.LeapMax"/>.</summary>
    void ClockLeapt(TimeSpan by);
}
