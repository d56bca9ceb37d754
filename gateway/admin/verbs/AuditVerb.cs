using System.CommandLine;
using CompatBot.Core.Journal;
using CompatBot.Core.Proof;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>A line of `store audit`.</summary>
/// <param name="Device">Its id; absent for the server itself and for entries that were not opened.</param>
/// <param name="Operations">Absent for entries that were not opened.</param>
internal sealed record AuditLine(
    ulong Sequence, DateTimeOffset Time, Realm Realm, uint Epoch, int Bytes, string Hash, string? Device, string? Operations);

/// <param name="Entries">Of the whole journal; all of them were verified, whatever the span.</param>
/// <param name="Head">Hash of the last one.</param>
/// <param name="Heads">What the books remember.</param>
/// <param name="Flaw">Why the chain does not hold; absent when it does.</param>
internal sealed record AuditedAccount(
    string Address, ulong Entries, string Head, IReadOnlyList<HeadLine> Heads, string? Flaw, IReadOnlyList<AuditLine> Lines);

/// <summary>store audit: who did what and when, with proof that nothing was taken out or put in.</summary>
internal static class AuditVerb
{
    private static readonly Option<Realm?> OneRealm = new("--realm") { Description = "Only mail, calendar, contacts, files or settings" };

    public static Verb Create() => new("audit", "Verify every journal and its signed heads, and print who did what and when", AuditAsync)
    {
        StoreVerbs.OneAccount,
        OneRealm,
        HistoryVerbs.Since,
        HistoryVerbs.Until,
        CommonOptions.Unlock,
    };

    private static async ValueTask<VerbAnswer> AuditAsync(VerbContext context, CancellationToken cancellation)
    {
        var accounts = await StoreVerbs.AccountsAsync(context, cancellation);
        if (accounts.Declined) return context.Declined(accounts.Refusal, context.Get(StoreVerbs.OneAccount)!);
        Keyring? keyring = null;
        if (!string.IsNullOrWhiteSpace(context.Unlock))
        {
            var opened = await Unlocking.OpenAsync(context, context.Get(StoreVerbs.OneAccount), cancellation);
            if (opened.Declined) return Unlocking.Declined(context, opened.Refusal, context.Get(StoreVerbs.OneAccount) ?? "any account");
            keyring = opened.Value;
        }

        using (keyring)
        {
            var audits = new List<AuditedAccount>();
            foreach (var account in accounts.Value)
            {
                audits.Add(await AuditAsync(context, account, keyring?.Account == account.Id ? keyring : null, cancellation));
            }

            var sound = audits.TrueForAll(one => one.Flaw is null && one.Heads.All(HeadVerbs.IsSound));
            var code = sound ? ExitCode.Done : ExitCode.Damaged;
            return context.Done<IReadOnlyList<AuditedAccount>>(audits, AdminJson.Default.IReadOnlyListAuditedAccount, Text(audits), code);
        }
    }

    private static async ValueTask<AuditedAccount> AuditAsync(
        VerbContext context, AccountRecord account, Keyring? keyring, CancellationToken cancellation)
    {
        var (since, until, realm) = (context.Get(HistoryVerbs.Since), context.Get(HistoryVerbs.Until), context.Get(OneRealm));
        var lines = new List<AuditLine>();
        var (entries, head, flaw) = (0UL, "", (string?)null);
        try
        {
            await foreach (var entry in new JournalAudit(context.Composition.Store, account.Id, keyring).ReadAsync(cancellation))
            {
                (entries, head) = (entry.Sequence, entry.Hash.ToString());
                var isAsked = (since is null || entry.Time >= since) && (until is null || entry.Time < until)
                    && (realm is null || entry.Realm == realm);
                if (isAsked) lines.Add(Line(entry));
            }
        }
        catch (JournalException error)
        {
            flaw = error.Message;
        }

        var heads = await HeadVerbs.LinesAsync(context, account, cancellation);
        return new AuditedAccount(account.Address, entries, head, heads, flaw, lines);
    }

    private static AuditLine Line(AuditEntry entry)
    {
        var operations = entry.IsOpened
            ? string.Join(", ", entry.Operations.Select(one => one.Count == 1 ? one.Name : $"{one.Count} {one.Name}"))
            : null;
        return new AuditLine(
            entry.Sequence, entry.Time, entry.Realm, entry.Epoch, entry.Bytes, entry.Hash.ToString(), entry.Device?.ToString(), operations);
    }

    private static string Text(IEnumerable<AuditedAccount> audits) => string.Join('\n', audits.SelectMany(audit => audit.Lines
        .Select(line =>
            $"{line.Sequence} {line.Time:yyyy-MM-dd HH:mm:ss.ffffff} {line.Realm.ToString().ToLowerInvariant()} {line.Hash[..16]} "
            + (line.Operations is null ? $"({line.Bytes} bytes, sealed)" : $"{line.Device ?? "(server)"} {line.Operations}"))
        .Append($"{audit.Address}: {audit.Entries} entries, {audit.Flaw ?? "the chain holds"}; last {audit.Head}")
        .Concat(audit.Heads.Select(HeadVerbs.Text))));
}
