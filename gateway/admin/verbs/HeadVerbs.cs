using CompatBot.Core.Journal;
using CompatBot.Core.Proof;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>store heads and accept-heads: what was signed of each journal, and whether the journal still holds it.</summary>
internal static class HeadVerbs
{
    public static Verb Heads() => new("heads", "Check every journal against the signed heads that the books remember", HeadsAsync)
    {
        StoreVerbs.OneAccount,
    };

    public static Verb Accept() => new(
        "accept-heads", "Take a journal as it is for good, after an older copy of the store was restored", AcceptAsync)
    {
        StoreVerbs.OneAccount,
    };

    private static async ValueTask<VerbAnswer> HeadsAsync(VerbContext context, CancellationToken cancellation)
    {
        var accounts = await StoreVerbs.AccountsAsync(context, cancellation);
        if (accounts.Declined) return context.Declined(accounts.Refusal, context.Get(StoreVerbs.OneAccount)!);
        var lines = new List<HeadLine>();
        foreach (var account in accounts.Value) lines.AddRange(await LinesAsync(context, account, cancellation));
        var report = new HeadsReport(Convert.ToHexStringLower(context.Composition.Heads.HostPublicKey.Span), lines);
        var text = string.Join('\n', lines.Select(Text).Append($"host key {report.HostKey}"));
        return context.Done(report, AdminJson.Default.HeadsReport, text, lines.TrueForAll(IsSound) ? ExitCode.Done : ExitCode.Damaged);
    }

    public static bool IsSound(HeadLine line) => line.Standing is HeadStanding.Held or HeadStanding.Unknown;

    /// <summary>What each book says of an account.</summary>
    public static async ValueTask<IReadOnlyList<HeadLine>> LinesAsync(
        VerbContext context, AccountRecord account, CancellationToken cancellation)
    {
        var lines = new List<HeadLine>();
        foreach (var (book, head, standing) in await context.Composition.Heads.StandingAsync(account.Id, cancellation))
        {
            var signed = head is null ? (DateTimeOffset?)null : JournalClock.TimeOf(head.TimeMicroseconds);
            lines.Add(new HeadLine(account.Address, book.Place, standing, head?.Head.Sequence, head?.Signer, signed));
        }

        return lines;
    }

    public static string Text(HeadLine line) => line.Sequence is { } sequence
        ? $"{line.Address}: entry {sequence}, signed by the {line.Signer!.Value.ToString().ToLowerInvariant()} at {line.Signed:u}, "
            + $"{Words(line.Standing)} ({line.Place})"
        : $"{line.Address}: {Words(line.Standing)} ({line.Place})";

    private static async ValueTask<VerbAnswer> AcceptAsync(VerbContext context, CancellationToken cancellation)
    {
        if (context.Get(StoreVerbs.OneAccount) is null)
        {
            return context.Failed(ExitCode.Usage, "accept-heads needs --account ADDRESS: it is decided one by one");
        }

        var accounts = await StoreVerbs.AccountsAsync(context, cancellation);
        if (accounts.Declined) return context.Declined(accounts.Refusal, context.Get(StoreVerbs.OneAccount)!);
        await context.Composition.Heads.AcceptAsync(accounts.Value[0].Id, cancellation);
        return await HeadsAsync(context, cancellation);
    }

    private static string Words(HeadStanding standing) => standing switch
    {
        HeadStanding.Held => "held by the journal",
        HeadStanding.Unknown => "nothing signed yet",
        HeadStanding.WentBack => "NOT HELD: an older copy of the store lies here",
        HeadStanding.Forged => "FORGED: neither the account nor this host signed it",
        _ => throw new ArgumentOutOfRangeException(nameof(standing), standing, null),
    };
}
