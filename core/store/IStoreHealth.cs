namespace CompatBot.Core.Store;

/// <summary>What an engine tells those who watch it. Beside <see cref="IStore"/>: nothing that serves an owner needs it.</summary>
public interface IStoreHealth
{
    /// <summary>
    /// Whether a write would be taken now. After a failed write this is a small write of its own, so that a store that nobody writes
    /// to, because it is not ready, notices when it is again.
    /// </summary>
    /// <returns>None; StoreFull; Unavailable.</returns>
    ValueTask<Refusal> ProbeAsync(CancellationToken cancellation);

    /// <summary>Counts over all accounts; cheap enough to be asked for every few seconds.</summary>
    ValueTask<StoreTotals> TotalsAsync(CancellationToken cancellation);

    /// <summary>Reads all of the engine's own files and checks their structure, not what is sealed in them. Takes long.</summary>
    /// <returns>What is wrong, in the engine's words; empty when nothing is.</returns>
    ValueTask<IReadOnlyList<string>> CheckAsync(CancellationToken cancellation);
}

/// <param name="DroppedItems">What waits in all dropboxes.</param>
public readonly record struct StoreTotals(long Accounts, long DroppedItems, long DroppedBytes);
