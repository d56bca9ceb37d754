using System.Runtime.CompilerServices;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Journal;

/// <summary>One stored entry on a walk along a journal's hash chain.</summary>
/// <param name="Number">Its place: one more than that of the entry before it, whatever the entry itself says.</param>
/// <param name="Bytes">Clear header and sealed body.</param>
/// <param name="Header">Default when the entry is not readable.</param>
/// <param name="Hash">SHA-256 of the stored bytes, which the next entry names.</param>
/// <param name="Flaw">What is wrong with it, a sentence without private data; null when it follows the one before it.</param>
internal readonly record struct JournalStep(ulong Number, ReadOnlyMemory<byte> Bytes, EntryHeader Header, BlobName Hash, string? Flaw)
{
    public JournalHead Head => new(Number, Hash);

    public DateTimeOffset Time => JournalClock.TimeOf(Header.TimeMicroseconds);

    /// <summary>The step, if its entry is sound.</summary>
    /// <exception cref="JournalException">It is not.</exception>
    public JournalStep Sound() => Flaw is null ? this : throw new JournalException(Flaw);
}

/// <summary>
/// Walks along the hash chain of an account's journal (FORMAT.md, "Journal"): whoever reads entries reads them through this.
/// </summary>
internal static class JournalWalk
{
    /// <summary>The entries behind a head, in order. Behind one that is not readable there is no walking on.</summary>
    public static IAsyncEnumerable<JournalStep> FromAsync(
        IJournalStore journal, AccountId account, JournalHead head, CancellationToken cancellation) =>
        WalkAsync(journal, account, head, hashKnown: true, cancellation);

    /// <summary>
    /// The entries behind a number whose hash is not at hand: the first of them is taken as it is, the others must follow it.
    /// </summary>
    public static IAsyncEnumerable<JournalStep> AfterAsync(
        IJournalStore journal, AccountId account, ulong sequence, CancellationToken cancellation) =>
        WalkAsync(journal, account, new JournalHead(sequence, default), hashKnown: sequence == 0, cancellation);

    private static async IAsyncEnumerable<JournalStep> WalkAsync(
        IJournalStore journal,
        AccountId account,
        JournalHead head,
        bool hashKnown,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var entry in journal.ReadAsync(account, head.Sequence, cancellation))
        {
            var (number, bytes) = (head.Sequence + 1, entry.Bytes);
            if (!EntrySeal.TryReadHeader(bytes.Span, out var header))
            {
                yield return new JournalStep(number, bytes, default, default, $"Entry {number} is not readable");
                yield break;
            }

            var follows = header.Sequence == number && (!hashKnown || header.PreviousHash == head.Hash);
            var flaw = follows ? null : $"Entry {number} does not follow the entry before it";
            var step = new JournalStep(number, bytes, header, EntrySeal.Hash(bytes.Span), flaw);
            yield return step;
            (head, hashKnown) = (step.Head, true);
        }
    }
}
