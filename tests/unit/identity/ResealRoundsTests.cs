using CompatBot.Core.Content.Envelopes;
using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;
using Xunit;

namespace CompatBot.UnitTests.Identity;

/// <summary>In the background, while an account is open, and not a moment longer.</summary>
public sealed class ResealRoundsTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_account_that_was_rotated_is_sealed_again_while_it_is_open()
    {
        await using var bed = await ResealBed.NewAsync();
        var log = new Log();
        await using var rounds = new ResealRounds(bed.House.Open, bed.House.Time, log);
        rounds.Start();
        await using var session = await bed.House.LoginAsync(RotationBed.Phone);
        bed.House.Time.Advance(ResealRounds.LookEvery);
        Assert.False((await bed.House.RotateAsync()).Declined);
        var first = await log.NextAsync(bed.House.Time);
        Assert.Equal((2u, first.Blobs, first.Blobs), (first.Epoch, first.Resealed, first.Done));
        Assert.False((await bed.House.RotateAsync()).Declined);
        var second = await log.NextAsync(bed.House.Time);
        Assert.Equal((3u, first.Blobs, first.Blobs), (second.Epoch, second.Resealed, second.Done));
    }

    [Fact]
    public async Task An_account_that_wants_to_close_gets_its_loan_back_first()
    {
        await using var bed = await ResealBed.NewAsync();
        await using var session = await bed.House.LoginAsync(RotationBed.Phone);
        var loan = (await bed.House.Open.TryBorrowAsync(bed.House.Id, Stop))!;
        Assert.Null(await bed.House.Open.TryBorrowAsync(bed.House.Id, Stop)); // To one at a time.
        await session.DisposeAsync();
        Assert.False(loan.Ends.IsCancellationRequested);
        bed.House.Time.Advance(TimeSpan.FromMinutes(10)); // Nobody uses it: the loan does not keep it open.
        var closing = bed.House.Open.DisposeAsync().AsTask();
        var ended = new TaskCompletionSource();
        await using (loan.Ends.UnsafeRegister(_ => ended.TrySetResult(), null)) await ended.Task.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        Assert.False(closing.IsCompleted);
        Assert.NotNull(loan.Account.Mail);
        loan.Dispose();
        await closing;
        Assert.Null(loan.Account.Mail);
        Assert.Null(await bed.House.Open.TryBorrowAsync(bed.House.Id, Stop));
    }

    [Fact]
    public async Task What_goes_slowly_in_the_background_makes_way_for_who_waits()
    {
        await using var bed = await ResealBed.NewAsync();
        await using var session = await bed.House.LoginAsync(RotationBed.Phone);
        Assert.False((await bed.House.RotateAsync()).Declined);
        using var loan = (await bed.House.Open.TryBorrowAsync(bed.House.Id, Stop))!;
        var background = loan.Account.ResealAsync(new Pace(new CreepingTime(), 0.2), null, Stop).AsTask();
        Assert.False(background.IsCompleted);
        var resealed = await bed.ResealAsync(session);
        Assert.Equal(resealed.Blobs, resealed.Done);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => background);
    }

    /// <summary>Everything takes a second, and no pause ever ends.</summary>
    private sealed class CreepingTime : TimeProvider
    {
        private readonly ManualTime _stopped = new();
        private long _timestamp;

        public override long GetTimestamp() => Interlocked.Add(ref _timestamp, TimestampFrequency);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            _stopped.CreateTimer(callback, state, dueTime, period);
    }

    private sealed class Log : IResealLog
    {
        private TaskCompletionSource<ResealReport> _next = New();

        /// <summary>Moves the clock until something is told.</summary>
        public async Task<ResealReport> NextAsync(ManualTime time)
        {
            while (!_next.Task.IsCompleted)
            {
                time.Advance(ResealRounds.LookEvery);
                await Task.WhenAny(_next.Task, Task.Delay(10, Stop));
            }

            var report = await _next.Task;
            _next = New();
            return report;
        }

        public void Resealed(AccountId account, ResealReport report, TimeSpan elapsed) => _next.SetResult(report);

        public void Declined(AccountId account, Refusal refusal) =>
            _next.SetException(new InvalidOperationException($"{refusal}"));

        public void Failed(AccountId account, Exception error) => _next.SetException(error);

        private static TaskCompletionSource<ResealReport> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
