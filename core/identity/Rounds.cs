namespace CompatBot.Core.Identity;

/// <summary>Work in the background, again and again until it is disposed of, which waits for what is on.</summary>
internal sealed class Rounds : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    /// <summary>Begins, with the first round after the first pause.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="every">The pause before each round.</param>
    /// <param name="round">One round. It throws nothing but that it was cancelled.</param>
    public Rounds(TimeProvider time, TimeSpan every, Func<CancellationToken, ValueTask> round) => _running = RunAsync(time, every, round);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(TimeProvider time, TimeSpan every, Func<CancellationToken, ValueTask> round)
    {
        try
        {
            while (true)
            {
                await Task.Delay(every, time, _stop.Token);
                await round(_stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The server stops; what was begun is found by the next one.
        }
    }
}
