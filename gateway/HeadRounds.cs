using CompatBot.Core.Identity;
using CompatBot.Core.Proof;

namespace CompatBot.Gateway;

/// <summary>Has the heads of open accounts signed and kept, round after round.</summary>
public sealed class HeadRounds : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public HeadRounds(OpenAccounts open, TimeProvider time, ILogger log) => _running = RunAsync(open, time, log);

    /// <summary>Waits for the round that is on.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(OpenAccounts open, TimeProvider time, ILogger log)
    {
        using var timer = new PeriodicTimer(HeadKeeper.SignEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                try
                {
                    await open.SignHeadsAsync(_stop.Token);
                }
                catch (Exception error) when (error is not OperationCanceledException)
                {
                    log.HeadsNotSigned(error);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Accounts sign once more when they close.
        }
    }
}
