using System.CommandLine;
using System.Globalization;
using System.Text;
using CompatBot.Core.Queue;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>queue list, show, retry, hold, release, drop: mail on its way to other servers.</summary>
internal static class QueueVerbs
{
    /// <summary>Lines of a list for people; programs get everything.</summary>
    private const int LinesMax = 1000;

    /// <summary>Messages that are changed at once: they share flushes of the disk.</summary>
    private const int TogetherMax = 64;

    private static readonly Argument<string> One = new("id") { Description = "As `queue list` shows it; or `all`" };

    private static readonly Argument<string> OnlyOne = new("id") { Description = "As `queue list` shows it" };

    public static Verb List() => new("list", "What waits, the oldest first", ListAsync);

    public static Verb Show() => new("show", "One message: each recipient, and what the other server said last", ShowAsync) { OnlyOne };

    public static Verb Retry() => new("retry", "Try again now, and not when it is due", RetryAsync) { One };

    public static Verb Hold() => new("hold", "Send nothing of it until it is released", HoldAsync) { One };

    public static Verb Release() => new("release", "Send again what was held", ReleaseAsync) { One };

    public static Verb Drop() => new("drop", "Delete it; its sender hears nothing", DropAsync) { OnlyOne };

    private static async ValueTask<VerbAnswer> ListAsync(VerbContext context, CancellationToken cancellation)
    {
        var queue = await context.Composition.QueueAsync(cancellation);
        List<QueuedMail> mails = [.. queue.All.OrderBy(mail => mail.Arrived)];
        var text = new StringBuilder();
        foreach (var mail in mails.Take(LinesMax))
        {
            text.Append(
                CultureInfo.InvariantCulture, $"{mail.Id}  {mail.Arrived:yyyy-MM-dd HH:mm}  {mail.Size,9}  <{mail.Envelope.Sender}>")
                .Append(mail.IsHeld ? "  held" : "").Append('\n');
            foreach (var one in mail.Recipients.Where(one => one.State == QueueState.Waiting)) text.Append(Line(one)).Append('\n');
        }

        if (mails.Count > LinesMax) text.Append(
            CultureInfo.InvariantCulture, $"... and {mails.Count - LinesMax} more (--json shows all)\n");
        text.Append(CultureInfo.InvariantCulture, $"{mails.Count} messages wait");
        return context.Done<IReadOnlyList<QueueReport>>(
            [.. mails.Select(Report)], AdminJson.Default.IReadOnlyListQueueReport, text.ToString());
    }

    private static async ValueTask<VerbAnswer> ShowAsync(VerbContext context, CancellationToken cancellation)
    {
        var queue = await context.Composition.QueueAsync(cancellation);
        if (QueueId.Parse(context.Get(OnlyOne)) is not { } id || queue.Find(id) is not { } mail) return Missing(context, OnlyOne);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"message   {mail.Id}{(mail.IsHeld ? " (held)" : "")}\n")
            .Append(CultureInfo.InvariantCulture, $"arrived   {mail.Arrived:u}\nsize      {mail.Size} octets\n")
            .Append("sender    <").Append(mail.Envelope.Sender).Append(">\n");
        foreach (var one in mail.Recipients) text.Append(Line(one)).Append('\n');
        return context.Done(Report(mail), AdminJson.Default.QueueReport, text.ToString());
    }

    private static ValueTask<VerbAnswer> RetryAsync(VerbContext context, CancellationToken cancellation)
    {
        var now = context.Time.GetUtcNow();
        return ChangeAsync(
            context, mail => mail.With(one => one.State == QueueState.Waiting, one => one with { Next = now }), "due now", cancellation);
    }

    private static ValueTask<VerbAnswer> HoldAsync(VerbContext context, CancellationToken cancellation) =>
        ChangeAsync(context, mail => mail with { IsHeld = true }, "held", cancellation);

    private static ValueTask<VerbAnswer> ReleaseAsync(VerbContext context, CancellationToken cancellation) =>
        ChangeAsync(context, mail => mail with { IsHeld = false }, "released", cancellation);

    private static async ValueTask<VerbAnswer> DropAsync(VerbContext context, CancellationToken cancellation)
    {
        var queue = await context.Composition.QueueAsync(cancellation);
        if (QueueId.Parse(context.Get(OnlyOne)) is not { } id || queue.Find(id) is null) return Missing(context, OnlyOne);
        await queue.UpdateAsync(id, _ => null, cancellation);
        return context.Done(new QueueChange(1, "dropped"), AdminJson.Default.QueueChange, $"{id} is dropped");
    }

    private static async ValueTask<VerbAnswer> ChangeAsync(
        VerbContext context, Func<QueuedMail, QueuedMail> change, string done, CancellationToken cancellation)
    {
        var queue = await context.Composition.QueueAsync(cancellation);
        List<QueueId> ids = context.Get(One) == "all" ? [.. queue.All.Select(mail => mail.Id)]
            : QueueId.Parse(context.Get(One)) is { } id && queue.Find(id) is not null ? [id]
            : [];
        if (ids.Count == 0 && context.Get(One) != "all") return Missing(context, One);
        var many = new ParallelOptions { MaxDegreeOfParallelism = TogetherMax, CancellationToken = cancellation };
        await Parallel.ForEachAsync(ids, many, async (one, stop) => await queue.UpdateAsync(one, change, stop));
        return context.Done(new QueueChange(ids.Count, done), AdminJson.Default.QueueChange, $"{ids.Count} messages: {done}");
    }

    private static VerbAnswer Missing(VerbContext context, Argument<string> id) => context.Failed(
        RefusalWords.Code(Refusal.NotFound), $"{context.Get(id)}: no such message waits (`compatbot queue list` shows what does)");

    private static string Line(QueuedRecipient one) => one.State == QueueState.Waiting
        ? string.Create(CultureInfo.InvariantCulture, $"    <{one.Address}>  attempts {one.Attempts}, next {one.Next:yyyy-MM-dd HH:mm:ss}")
            + (one.Reply.Length > 0 ? $"\n        {one.Reply}" : "")
        : $"    <{one.Address}>  {one.State.ToString().ToLowerInvariant()}\n        {one.Reply}";

    private static QueueReport Report(QueuedMail mail) => new(
        mail.Id.ToString(),
        mail.Arrived,
        mail.Size,
        mail.Envelope.Sender,
        mail.IsHeld,
        [.. from one in mail.Recipients
            select new QueuedRecipientReport(one.Address, one.State.ToString().ToLowerInvariant(), one.Attempts, one.Next, one.Reply)]);
}

/// <summary>A message on its way to other servers.</summary>
/// <param name="Size">Octets.</param>
internal sealed record QueueReport(
    string Id, DateTimeOffset Arrived, long Size, string Sender, bool Held, IReadOnlyList<QueuedRecipientReport> Recipients);

/// <param name="State">waiting, delivered or failed.</param>
/// <param name="Reply">What the other server said last.</param>
internal sealed record QueuedRecipientReport(string Address, string State, int Attempts, DateTimeOffset Next, string Reply);

/// <param name="Done">What was done to them.</param>
internal sealed record QueueChange(int Messages, string Done);
