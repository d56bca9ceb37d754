using CompatBot.Core.Content.Envelopes;
using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Identity;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>store reseal: does at once what a server does in the background after a rotation; cut off, it goes on where it was.</summary>
internal static class ResealVerb
{
    /// <summary>The share of the time that it works beside a server.</summary>
    private const double VerbShare = 0.8;

    public static Verb Create() => new("reseal", "Seal content of older key epochs again, so that their keys do not open it", ResealAsync)
    {
        CommonArguments.Account,
        CommonOptions.Unlock,
    };

    /// <summary>In one line, for people.</summary>
    public static string Text(ResealReport report) =>
        $"{report.Done} of {report.Blobs} blobs, {report.DoneBytes} of {report.Bytes} bytes in epoch {report.Epoch}";

    private static async ValueTask<VerbAnswer> ResealAsync(VerbContext context, CancellationToken cancellation)
    {
        var (address, composition) = (context.Get(CommonArguments.Account), context.Composition);
        var started = await Unlocking.StartAsync(context, address, cancellation);
        if (started.Declined) return Unlocking.Declined(context, started.Refusal, address);
        await using var session = started.Value;
        var before = await composition.Accounts.FindAsync(address, cancellation) is { } account
            ? await ResealStanding.OfAsync(composition.Store, account, cancellation)
            : null;
        (context.Progress.Unit, context.Progress.Total) = ("blobs", before?.Left ?? 0);
        var pace = new Pace(composition.Time, composition.Serving ? VerbShare : 1);
        var resealed = await session.ResealAsync(pace, context.Progress.AddAsync, cancellation);
        if (resealed.Declined) return context.Declined(resealed.Refusal, address);
        var done = resealed.Value;
        var report = new ResealedAccount(
            address, done.Epoch, done.Blobs, done.Bytes, done.Done, done.DoneBytes, done.Resealed, done.Waiting, done.Left);
        var text = $"{address}: {Text(done)}; {done.Resealed} sealed again now\n"
            + (done.Waiting == 0 ? "" : $"{done.Waiting} wait for a device that may open their calendar, contacts or files\n")
            + (done.Left == 0 ? "" : $"{done.Left} could not be sealed again: see `compatbot store verify --account {address}`\n");
        return context.Done(
            report, AdminJson.Default.ResealedAccount, text, done.Left == 0 ? ExitCode.Done : ExitCode.Damaged);
    }
}
