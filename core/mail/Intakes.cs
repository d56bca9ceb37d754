using CompatBot.Core.Calendar;
using CompatBot.Core.Identity;
using CompatBot.Core.Mail.Filters;
using CompatBot.Core.Push;

namespace CompatBot.Core.Mail;

/// <summary>What the intakes of all open accounts share: the clock, whom they tell their troubles, and how many work at once.</summary>
internal sealed class Intakes(TimeProvider time, IVaultLog log)
{
    /// <summary>
    /// Accounts that take in a slice at the same time behind their logins: half of the processors, so that after a restart those who
    /// have nothing waiting are not slowed by those who have much. The slice that a login waits for needs no turn.
    /// </summary>
    public static int TurnsMax { get; } = Math.Max(1, Environment.ProcessorCount / 2);

    private readonly SemaphoreSlim _turns = new(TurnsMax, TurnsMax);

    /// <summary>Asked about what arrives; null: nobody is.</summary>
    public IMailFilter? Filter { get; set; }

    /// <summary>Told of what is about to be stored; null: nobody is.</summary>
    public IMailArrivals? Arrivals { get; set; }

    /// <summary>Told of answers to invitations; null: nobody is.</summary>
    public IAnswerNews? Answers { get; set; }

    /// <summary>Tells clients that subscribed of changes; null: nobody does.</summary>
    public PushRounds? Pushes { get; set; }

    /// <summary>Sends scheduling messages that were kept; null: nobody does.</summary>
    public UnsentSchedules? Unsent { get; set; }

    public TimeProvider Time => time;

    public IVaultLog Log => log;

    /// <summary>Waits for a turn; <see cref="EndTurn"/> gives it on.</summary>
    public Task TakeTurnAsync(CancellationToken cancellation) => _turns.WaitAsync(cancellation);

    public void EndTurn() => _turns.Release();
}
