using System.CommandLine;
using System.Globalization;
using System.Text;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;
using CompatBot.Protocols.Smtp.Reports;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>domain reports: what other servers tell of TLS here and of mail in a domain's name, from the mail that brought it.</summary>
internal static class DomainReports
{
    /// <summary>Octets of a message that is looked at.</summary>
    private const int MessageBytesMax = 8 << 20;

    private static readonly Argument<string> OneAddress = new("address")
    {
        Description = "The account that gets reports: where `domain dns` sends them, the domain's postmaster",
    };

    private static readonly Option<string> Mailbox = new("--mailbox")
    {
        Description = "Where they are",
        DefaultValueFactory = _ => "INBOX",
        HelpName = "name",
    };

    public static Verb Create() => new("reports", "What other servers tell of TLS here, and of mail in a domain's name", RunAsync)
    {
        OneAddress, Mailbox, CommonOptions.Unlock,
    };

    private static async ValueTask<VerbAnswer> RunAsync(VerbContext context, CancellationToken cancellation)
    {
        var address = context.Get(OneAddress);
        var started = await Unlocking.StartAsync(context, address, cancellation);
        if (started.Declined) return Unlocking.Declined(context, started.Refusal, address);
        await using Session session = started.Value;
        if (session.Mail is not { } mail) return context.Declined(Refusal.NotPermitted, address);
        var name = context.Get(Mailbox);
        var mailbox = await mail.OpenAsync(name, cancellation);
        if (mailbox.Declined) return context.Declined(mailbox.Refusal, name);
        List<ReceivedReport> reports = [];
        for (var at = 0; at < mailbox.Value.Messages.Count; at++)
        {
            var row = mailbox.Value.Messages[at];
            if (row.Size > MessageBytesMax) continue;
            reports.AddRange(ReportReader.Read((await mail.Read(row).ReadAllAsync(cancellation)).Span));
        }

        reports = [.. reports.OrderBy(one => one.Day).ThenBy(one => one.Kind, StringComparer.Ordinal)];
        return context.Done<IReadOnlyList<ReceivedReport>>(reports, AdminJson.Default.IReadOnlyListReceivedReport, Text(reports, name));
    }

    private static string Text(List<ReceivedReport> reports, string mailbox)
    {
        if (reports.Count == 0) return $"There are no reports in {mailbox}";
        var text = new StringBuilder();
        foreach (var one in reports)
        {
            text.Append(CultureInfo.InvariantCulture, $"{one.Day:yyyy-MM-dd}  {one.Kind,-5}  {one.Domain}  {one.Reporter}: ")
                .Append(CultureInfo.InvariantCulture, $"{one.Passed} passed, {one.Failed} failed\n");
            foreach (var failure in one.Failures) text.Append(CultureInfo.InvariantCulture, $"{failure.Count,12}  {failure.What}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"{reports.Count} reports: {reports.Sum(one => one.Passed)} passed, ")
            .Append(CultureInfo.InvariantCulture, $"{reports.Sum(one => one.Failed)} failed");
        return text.ToString();
    }
}
