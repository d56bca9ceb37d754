using CompatBot.Core.Content.Envelopes;
using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Store;

namespace CompatBot.Core.Identity;

/// <summary>
/// Seals again, while accounts are open, what was written before their newest epochs: one after the other, slowly. It keeps no account
/// open, and stops when one wants to close: what is left is found again.
/// </summary>
public sealed class ResealRounds(OpenAccounts open, TimeProvider time, IResealLog log) : IAsyncDisposable
{
    /// <summary>How often it is looked who is open.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);

    /// <summary>How long one account has its turn while others wait.</summary>
    public static readonly TimeSpan TurnMax = TimeSpan.FromMinutes(5);

    /// <summary>When it is looked again at an account in which nothing was left: a blob that was repaired may be one of before.</summary>
    public static readonly TimeSpan AgainAfter = TimeSpan.FromHours(24);

    /// <summary>The same of one in which something waits, or that could not be written to.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromHours(1);

    /// <summary>The share of the time that it works.</summary>
    private const double Share = 0.2;

    private readonly Dictionary<AccountId, (uint Epoch, DateTimeOffset Due)> _due = [];
    private Rounds? _rounds;

    public void Start() => _rounds = new Rounds(time, LookEvery, RoundAsync);

    public ValueTask DisposeAsync() => _rounds?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async ValueTask RoundAsync(CancellationToken cancellation)
    {
        foreach (var account in open.Ids) await LookAsync(account, cancellation);
    }

    private async ValueTask LookAsync(AccountId account, CancellationToken cancellation)
    {
        try
        {
            using var loan = await open.TryBorrowAsync(account, cancellation);
            if (loan is null || !IsDue(account, loan.Account.Epoch)) return;
            using var turn = new CancellationTokenSource(TurnMax, time);
            using var ends = CancellationTokenSource.CreateLinkedTokenSource(turn.Token, loan.Ends, cancellation);
            await ResealAsync(account, loan.Account, ends.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            _due.Remove(account); // The account closes, or others have their turn, or somebody waits and does it faster.
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            log.Failed(account, error);
        }
    }

    private bool IsDue(AccountId account, uint epoch)
    {
        if (epoch == ResealReport.FirstEpoch) return false;
        var now = time.GetUtcNow();
        if (_due.TryGetValue(account, out var known) && known.Epoch == epoch && known.Due > now) return false;
        _due[account] = (epoch, now + RetryAfter);
        return true;
    }

    private async ValueTask ResealAsync(AccountId account, Account opened, CancellationToken cancellation)
    {
        var (epoch, started) = (opened.Epoch, time.GetTimestamp());
        var resealed = await opened.ResealAsync(new Pace(time, Share), null, cancellation);
        var isOver = !resealed.Declined && resealed.Value.Waiting == 0;
        _due[account] = (epoch, time.GetUtcNow() + (isOver ? AgainAfter : RetryAfter));
        if (resealed.Declined) log.Declined(account, resealed.Refusal);
        else if (resealed.Value.Resealed > 0) log.Resealed(account, resealed.Value, time.GetElapsedTime(started));
    }
}

/// <summary>Told what was sealed again in the background.</summary>
public interface IResealLog
{
    /// <summary>Nothing is left that can be sealed again now.</summary>
    void Resealed(AccountId account, ResealReport report, TimeSpan elapsed);

    /// <summary>The store takes nothing; it is tried again.</summary>
    void Declined(AccountId account, Refusal refusal);

    void Failed(AccountId account, Exception error);
}
