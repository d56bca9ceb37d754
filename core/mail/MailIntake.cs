using CompatBot.Core.Store;

namespace CompatBot.Core.Mail;

/// <summary>
/// Brings what waits in the dropbox into INBOX while the account is open, one <see cref="IntakeSlices">slice</see> after the other.
/// Whoever starts it (a login, a delivery) waits for the first slice at most; the rest follows behind, is stopped by
/// <see cref="CloseAsync"/> between two slices at the latest, and goes on at the next opening.
/// <para>
/// The order that is promised: a message whose delivery began after another's was acknowledged stands behind it. So while
/// <see cref="IsBehind"/>, deliveries go to the dropbox and not around it.
/// </para>
/// </summary>
internal sealed class MailIntake(AccountId account, IntakeSlices slices, Intakes shared)
{
    /// <summary>How long a slice that failed waits for its next try; twice as long after each further failure.</summary>
    public static readonly TimeSpan RetryFirst = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait for the next try.</summary>
    public static readonly TimeSpan RetryMax = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _closing = new();
    private Task _work = Task.CompletedTask;
    private ulong _arrivals;
    private bool _behind;
    private bool _closed;

    /// <summary>Something may wait in the dropbox that arrived before what arrives now.</summary>
    public bool IsBehind
    {
        get
        {
            lock (_lock) return _behind;
        }
    }

    /// <summary>Ends when nothing waits any more, or the intake was closed.</summary>
    public Task Work
    {
        get
        {
            lock (_lock) return _work;
        }
    }

    /// <summary>
    /// Called when something may wait in the dropbox. Ends when the first slice is in, or was refused and is tried again later; at
    /// once when the intake is at work already, or when the next in the dropbox is a message that is larger than a slice.
    /// </summary>
    public async ValueTask TakeInAsync(CancellationToken cancellation)
    {
        Task first;
        lock (_lock)
        {
            _arrivals++;
            if (_behind || _closed) return;
            _behind = true;
            var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _work = WorkAsync(began);
            first = began.Task;
        }

        await first.WaitAsync(cancellation);
    }

    /// <summary>Stops; when it ends, nothing here uses the keys any more. What still waits is taken in at the next opening.</summary>
    public async ValueTask CloseAsync()
    {
        Task work;
        lock (_lock) (_closed, work) = (true, _work);
        await _closing.CancelAsync();
        await work;
    }

    private async Task WorkAsync(TaskCompletionSource first)
    {
        // Whoever starts it holds the lock, and must not do the work.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            var pause = RetryFirst;
            while (true)
            {
                ulong seen;
                lock (_lock) seen = _arrivals;
                var more = await TrySliceAsync(first);
                first.TrySetResult();
                if (more.Declined)
                {
                    await Task.Delay(pause, shared.Time, _closing.Token);
                    pause = pause * 2 < RetryMax ? pause * 2 : RetryMax;
                    continue;
                }

                pause = RetryFirst;
                if (!more.Value && IsCaughtUp(seen)) return;
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // The account closes: what waits goes on waiting.
        }
        finally
        {
            first.TrySetResult();
        }
    }

    private bool IsCaughtUp(ulong arrivals)
    {
        lock (_lock)
        {
            // What arrived since the dropbox was last looked at may lie there, and who brought it counts on this work.
            if (arrivals != _arrivals) return false;
            _behind = false;
            return true;
        }
    }

    private async ValueTask<Outcome<bool>> TrySliceAsync(TaskCompletionSource first)
    {
        var behind = first.Task.IsCompleted;
        if (behind) await shared.TakeTurnAsync(_closing.Token);
        try
        {
            var more = await slices.TakeAsync(first.TrySetResult, _closing.Token);
            if (more.Declined) shared.Log.IntakeFailed(account, more.Refusal, null);
            return more;
        }
        catch (Exception error) when (error is not OperationCanceledException || !_closing.IsCancellationRequested)
        {
            shared.Log.IntakeFailed(account, Refusal.Unavailable, error);
            return Refusal.Unavailable;
        }
        finally
        {
            if (behind) shared.EndTurn();
        }
    }
}
