using System.Collections.Concurrent;
using System.Threading.Channels;
using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Store;

namespace CompatBot.Core.Calendar;

/// <summary>Sends scheduling messages that were kept (<see cref="OutgoingSchedule"/>), and forgets them.</summary>
public interface IScheduleSender
{
    /// <param name="account">Whose.</param>
    /// <param name="items">Its calendar realm.</param>
    /// <param name="cancellation">Between two messages.</param>
    ValueTask SendWaitingAsync(AccountId account, ItemStore items, CancellationToken cancellation);
}

/// <summary>
/// What an earlier process kept and did not come to send goes soon after the account is unlocked, by whichever protocol, as soon as a
/// device is connected that may open the calendars; and what an earlier version shared gets keys of its own, as soon as it is one that may
/// do all. An account is looked at once, and again where something was left.
/// </summary>
/// <param name="sharing">Null: nothing is shared here.</param>
public sealed class UnsentSchedules(
    OpenAccounts open, IStore store, IScheduleSender sender, IUnsentLog log, CalendarSharing? sharing = null) : IAsyncDisposable
{
    /// <summary>Accounts that wait to be looked at; for others the next login counts.</summary>
    private const int UnlockedMax = 10_000;

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<AccountId, bool> _clear = [];
    private readonly Channel<AccountId> _unlocked = Channel.CreateBounded<AccountId>(UnlockedMax);
    private Task _work = Task.CompletedTask;

    public void Start() => _work = RunAsync();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work;
        _stop.Dispose();
    }

    /// <summary>A device of an account is connected.</summary>
    internal void Unlocked(AccountId account)
    {
        if (!_clear.ContainsKey(account)) _unlocked.Writer.TryWrite(account);
    }

    /// <summary>An account has a new epoch: its calendars are opened, so that those that it shares get keys of that.</summary>
    internal void Rotated(AccountId account)
    {
        Left(account);
        Unlocked(account);
    }

    /// <summary>An account's calendars close, and something waits.</summary>
    internal void Left(AccountId account) => _clear.TryRemove(account, out _);

    private async Task RunAsync()
    {
        try
        {
            await foreach (var account in _unlocked.Reader.ReadAllAsync(_stop.Token)) await LookAsync(account, _stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // What waits goes on waiting.
        }
    }

    private async ValueTask LookAsync(AccountId account, CancellationToken cancellation)
    {
        try
        {
            if (_clear.ContainsKey(account) || await open.TryJoinAsync(account, cancellation) is not { } lease) return;
            await using (lease)
            {
                // What waits is content. Calendars that have none are left alone: who only reads mail never opens them.
                if ((await store.Directory.UsageAsync(account, Realm.Calendar, cancellation)).Bytes > 0)
                {
                    if (await lease.Account.ItemsAsync(Realm.Calendar, cancellation) is not { } realm) return;
                    var items = new ItemStore(realm, null, readOnly: false);
                    await sender.SendWaitingAsync(account, items, cancellation);
                    if (sharing is not null && !await sharing.GiveKeysAsync(lease.Account, items, cancellation)) return;
                }

                _clear[account] = true;
            }
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            log.Failed(account, error);
        }
    }
}

/// <summary>Told what goes wrong in the background.</summary>
public interface IUnsentLog
{
    void Failed(AccountId account, Exception error);
}
