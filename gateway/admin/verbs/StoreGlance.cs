using CompatBot.Core.Journal;
using CompatBot.Core.Proof;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>
/// store glance: the ends of the journals, and whether they hold what was signed. Takes seconds, where `store verify` reads everything.
/// </summary>
internal static class StoreGlance
{
    /// <summary>Accounts looked at.</summary>
    public const int AccountsMax = 1000;

    /// <summary>Entries read at the end of each journal.</summary>
    public const ulong EntriesMax = 64;

    public static Verb Create() => new("glance", "Check the end of the journals: quick, where `store verify` is thorough", GlanceAsync);

    private static async ValueTask<VerbAnswer> GlanceAsync(VerbContext context, CancellationToken cancellation)
    {
        var (accounts, read, newest, flaws) = (0L, 0L, 0L, new List<Flaw>());
        await foreach (var account in context.Composition.Accounts.AllAsync(cancellation))
        {
            if (++accounts > AccountsMax) continue;
            var end = await EndAsync(context.Composition.Store.Journal, account.Id, cancellation);
            (read, newest) = (read + end.Read, Math.Max(newest, end.Newest));
            if (end.Flaw is not null) flaws.Add(new Flaw(account.Address, end.Flaw));
            foreach (var (book, _, standing) in await context.Composition.Heads.StandingAsync(account.Id, cancellation))
            {
                if (Words(standing) is { } flaw) flaws.Add(new Flaw(account.Address, $"{flaw} ({book.Place})"));
            }
        }

        var domains = new List<string>();
        await foreach (var domain in context.Composition.Accounts.DomainsAsync(cancellation)) domains.Add(domain.Name);
        DateTimeOffset? newestEntry = newest == 0 ? null : JournalClock.TimeOf(newest);
        var report = new GlanceReport(accounts, read, newestEntry, domains, flaws);
        var lines = flaws.Select(flaw => $"DAMAGED {flaw.Account}: {flaw.What}")
            .Append($"{accounts} accounts, {read} entries read, {flaws.Count} flaws");
        var code = flaws.Count == 0 ? ExitCode.Done : ExitCode.Damaged;
        return context.Done(report, AdminJson.Default.GlanceReport, string.Join('\n', lines), code);
    }

    private static string? Words(HeadStanding standing) => standing switch
    {
        HeadStanding.Held or HeadStanding.Unknown => null,
        HeadStanding.WentBack => "an older copy of the store lies here than was signed",
        HeadStanding.Forged => "the signed head is of neither the account nor this host",
        _ => throw new ArgumentOutOfRangeException(nameof(standing), standing, null),
    };

    private static async ValueTask<(long Read, long Newest, string? Flaw)> EndAsync(
        IJournalStore journal, AccountId account, CancellationToken cancellation)
    {
        var head = await journal.HeadAsync(account, cancellation);
        var number = head > EntriesMax ? head - EntriesMax : 0;
        var (read, newest, previous) = (0L, 0L, number == 0 ? default(BlobName) : (BlobName?)null);
        await foreach (var entry in journal.ReadAsync(account, number, cancellation))
        {
            number++;
            read++;
            if (!EntrySeal.TryReadHeader(entry.Bytes.Span, out var header)) return (read, newest, $"entry {number} is not readable");
            if (header.Sequence != number || (previous is { } hash && header.PreviousHash != hash))
            {
                return (read, newest, $"entry {number} does not follow the entry before it");
            }

            newest = header.TimeMicroseconds;
            previous = EntrySeal.Hash(entry.Bytes.Span);
        }

        return (read, newest, number < head ? $"the journal says {head} entries and ends with {number}" : null);
    }
}
