using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Journal;

/// <summary>Reads one realm's past from the journal: every entry, and the state after any of them.</summary>
internal sealed class RealmPast<TState>(AccountId account, RealmLog<TState> log, IJournalStore journal)
    where TState : class, IRealmState<TState>
{
    /// <summary>The realm's entries in order, opened; the hash chain is checked on the way.</summary>
    /// <param name="after">The entry to begin behind.</param>
    /// <param name="through">The last entry to read.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="JournalException">The chain is broken, or an entry does not open.</exception>
    public IAsyncEnumerable<(EntryHeader Header, Change Change)> EntriesAsync(
        ulong after, ulong through, CancellationToken cancellation) =>
        OpenAsync(JournalWalk.AfterAsync(journal, account, after, cancellation), through);

    /// <summary>The state after an entry, with everything in memory: from the nearest snapshot before it, where there is one.</summary>
    public async ValueTask<TState> StateAtAsync(ulong sequence, CancellationToken cancellation)
    {
        if (await log.SnapshotBeforeAsync(sequence, cancellation) is not { } from) return await ReplayedAsync(sequence, cancellation);
        try
        {
            return await ReplayAsync(from.State, from.Head, sequence, cancellation);
        }
        catch (JournalException)
        {
            return await ReplayedAsync(sequence, cancellation); // A snapshot that does not fit the chain is only a bad shortcut.
        }
    }

    /// <summary>The same, from the first entry on.</summary>
    public ValueTask<TState> ReplayedAsync(ulong sequence, CancellationToken cancellation) =>
        ReplayAsync(TState.Empty, default, sequence, cancellation);

    private async ValueTask<TState> ReplayAsync(TState state, JournalHead head, ulong through, CancellationToken cancellation)
    {
        await foreach (var (header, change) in OpenAsync(JournalWalk.FromAsync(journal, account, head, cancellation), through))
        {
            state = state.Apply(change, EntryStamp.Of(header));
        }

        return state;
    }

    private async IAsyncEnumerable<(EntryHeader Header, Change Change)> OpenAsync(IAsyncEnumerable<JournalStep> steps, ulong through)
    {
        await foreach (var step in steps)
        {
            if (step.Number > through) yield break;
            if (log.Open(step.Sound()) is { } change) yield return (step.Header, change);
        }
    }

    /// <summary>The newest entry of any realm that is not younger than a time; 0 when there is none.</summary>
    public async ValueTask<ulong> SequenceAtAsync(DateTimeOffset time, CancellationToken cancellation)
    {
        var microseconds = JournalClock.MicrosecondsOf(time);
        var (low, high) = (0UL, await journal.HeadAsync(account, cancellation));
        while (low < high)
        {
            var middle = low + ((high - low + 1) / 2);
            if ((await HeaderAsync(middle, cancellation)).TimeMicroseconds <= microseconds) low = middle;
            else high = middle - 1;
        }

        return low;
    }

    /// <summary>When an entry of any realm was written.</summary>
    public async ValueTask<DateTimeOffset> TimeOfAsync(ulong sequence, CancellationToken cancellation) =>
        JournalClock.TimeOf((await HeaderAsync(sequence, cancellation)).TimeMicroseconds);

    private async ValueTask<EntryHeader> HeaderAsync(ulong sequence, CancellationToken cancellation)
    {
        await foreach (var step in JournalWalk.AfterAsync(journal, account, sequence - 1, cancellation)) return step.Sound().Header;
        throw new JournalException($"Entry {sequence} is not there");
    }
}
