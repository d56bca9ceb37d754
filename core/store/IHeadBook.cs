namespace CompatBot.Core.Store;

/// <summary>
/// Remembers, outside of the store and best on another disk, how far each account's journal had come: the newest signed head of
/// each, 140 bytes that say nothing private (FORMAT.md). A store that was put back to an older copy is known by it.
/// </summary>
public interface IHeadBook : IAsyncDisposable
{
    /// <summary>The place, for messages to the operator.</summary>
    string Place { get; }

    /// <summary>The newest head of an account as it was put; null when there is none.</summary>
    ReadOnlyMemory<byte>? Find(AccountId account);

    /// <summary>Keeps heads; durable at return.</summary>
    /// <exception cref="IOException">The place can not be written; what was there before is there still.</exception>
    ValueTask PutAsync(IReadOnlyList<(AccountId Account, ReadOnlyMemory<byte> Head)> heads, CancellationToken cancellation);
}
