using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Mail;

/// <summary>Reads the mail realm's past from the journal: every entry, and the state after any of them.</summary>
internal sealed class MailReplay(AccountId account, RealmKeys keys, IJournalStore journal)
{
    /// <summary>The realm's entries in order, opened; the hash chain is checked on the way.</summary>
    /// <param name="through">The last entry to read.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="JournalException">The chain is broken, or an entry does not open.</exception>
    public async IAsyncEnumerable<(EntryHeader Header, Change Change)> EntriesAsync(
        ulong through, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var head = default(JournalHead);
        await foreach (var entry in journal.ReadAsync(account, 0, cancellation))
        {
            if (entry.Sequence > through) yield break;
            if (!EntrySeal.TryReadHeader(entry.Bytes.Span, out var header)) throw new JournalException("A journal entry is not readable");
            if (header.Sequence != head.Sequence + 1 || header.PreviousHash != head.Hash)
            {
                throw new JournalException("The journal's hash chain is broken");
            }

            head = new JournalHead(header.Sequence, EntrySeal.Hash(entry.Bytes.Span));
            if (header.Realm != Realm.Mail) continue;
            var body = EntrySeal.Open(keys, account, entry.Bytes.Span) ?? throw new JournalException("A journal entry does not open");
            yield return (header, Change.Parser.ParseFrom(body));
        }
    }

    /// <summary>The state after an entry, with all messages in memory.</summary>
    public async ValueTask<MailState> StateAtAsync(ulong sequence, CancellationToken cancellation)
    {
        var state = MailState.Empty;
        await foreach (var (header, change) in EntriesAsync(sequence, cancellation)) state = state.Apply(change, header.Sequence);
        return state;
    }

    /// <summary>The newest entry of any realm that is not younger than a time; 0 when there is none.</summary>
    public async ValueTask<ulong> SequenceAtAsync(DateTimeOffset time, CancellationToken cancellation)
    {
        var microseconds = (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var (low, high) = (0UL, await journal.HeadAsync(account, cancellation));
        while (low < high)
        {
            var middle = low + ((high - low + 1) / 2);
            if ((await HeaderAsync(middle, cancellation)).TimeMicroseconds <= microseconds) low = middle;
            else high = middle - 1;
        }

        return low;
    }

    /// <summary>The clear part of an entry.</summary>
    public async ValueTask<EntryHeader> HeaderAsync(ulong sequence, CancellationToken cancellation)
    {
        await foreach (var entry in journal.ReadAsync(account, sequence - 1, cancellation))
        {
            if (EntrySeal.TryReadHeader(entry.Bytes.Span, out var header)) return header;
            break;
        }

        throw new JournalException("A journal entry is not readable");
    }
}
