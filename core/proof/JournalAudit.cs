using CompatBot.Core.Journal;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Proof;

/// <summary>One entry as an auditor sees it.</summary>
/// <param name="Hash">SHA-256 of the stored entry, which the next one names.</param>
/// <param name="IsOpened">The keys at hand opened it; then device and operations are known.</param>
/// <param name="Device">Who did it; null for the server itself, or where it was not opened.</param>
/// <param name="Operations">What was done, by the names of journal.proto, and how often.</param>
public sealed record AuditEntry(
    ulong Sequence,
    DateTimeOffset Time,
    Realm Realm,
    uint Epoch,
    int Bytes,
    BlobName Hash,
    bool IsOpened,
    DeviceId? Device,
    IReadOnlyList<(string Name, int Count)> Operations);

/// <summary>Walks an account's journal from its first entry, verifies the hash chain, and opens what the keys at hand open.</summary>
public sealed class JournalAudit(IStore store, AccountId account, Keyring? keyring)
{
    private readonly EntryReader? _entries = keyring is null ? null : new(keyring);

    /// <summary>Every entry, in order.</summary>
    /// <exception cref="JournalException">An entry is unreadable, does not follow the one before it, or does not open.</exception>
    public async IAsyncEnumerable<AuditEntry> ReadAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var step in JournalWalk.AfterAsync(store.Journal, account, 0, cancellation)) yield return Describe(step.Sound());
    }

    private AuditEntry Describe(in JournalStep step)
    {
        var header = step.Header;
        var unopened = new AuditEntry(
            header.Sequence, step.Time, header.Realm, header.Epoch, step.Bytes.Length, step.Hash, IsOpened: false, Device: null, []);
        if (_entries?.Knows(header) != true) return unopened;
        var change = _entries.Open(step.Bytes.Span) ?? throw new JournalException($"Entry {header.Sequence} does not open");
        return unopened with
        {
            IsOpened = true,
            Device = change.Device.Length == AccountId.Length ? DeviceId.FromBytes(change.Device.Span) : null,
            Operations = [.. change.Operations.CountBy(operation => operation.KindCase).Select(kind => (kind.Key.ToString(), kind.Value))],
        };
    }
}
