using System.CommandLine;
using System.Globalization;
using System.Text;
using CompatBot.Protocols.Sieve;
using CompatBot.Protocols.Sieve.Language;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>sieve: tries filter scripts out on files. (Programs reach an account's scripts by ManageSieve.)</summary>
internal static class SieveVerbs
{
    private static readonly Argument<string> Script = new("script") { Description = "A file with a Sieve script (UTF-8)" };

    private static readonly Argument<string> Scripts = new("script")
    {
        Description = "A file with a Sieve script (UTF-8), or a folder with many, NAME.sieve",
    };

    private static readonly Argument<string[]> Messages = new("message")
    {
        Description = "Files with a message each", Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string> From = new("--envelope-from")
    {
        Description = "The envelope's sender", HelpName = "address", DefaultValueFactory = _ => "sender@example.org",
    };

    private static readonly Option<string> To = new("--envelope-to")
    {
        Description = "The envelope's recipient", HelpName = "address", DefaultValueFactory = _ => "recipient@example.org",
    };

    public static Verb Check() => new Verb("check", "Say what is wrong with a filter script, if anything", CheckAsync)
    {
        Script,
    }.WithoutStore();

    public static Verb Test() => new Verb("test", "Show what a filter script would do with messages; nothing is stored or sent", TestAsync)
    {
        Scripts, Messages, From, To,
    }.WithoutStore();

    private static async ValueTask<VerbAnswer> CheckAsync(VerbContext context, CancellationToken cancellation)
    {
        var path = context.Get(Script);
        var script = await File.ReadAllTextAsync(context.PathOf(path), cancellation);
        try
        {
            SieveScript.Compile(script);
            return context.Done(new SieveCheck(path, null), AdminJson.Default.SieveCheck, $"{path}: well-formed");
        }
        catch (SieveScriptException error)
        {
            return context.Failed(ExitCode.Usage, $"{path}: {error.Message}");
        }
    }

    private static async ValueTask<VerbAnswer> TestAsync(VerbContext context, CancellationToken cancellation)
    {
        var trial = new SieveTrial(context.Get(From), context.Get(To), context.Time.GetLocalNow());
        var place = context.PathOf(Scripts);
        var isFolder = Directory.Exists(place);
        string[] scripts = isFolder ? [.. Directory.EnumerateFiles(place, "*.sieve").Order(StringComparer.Ordinal)] : [place];
        var messages = new List<(string Path, byte[] Octets)>();
        foreach (var path in context.Get(Messages))
        {
            messages.Add((path, await File.ReadAllBytesAsync(context.PathOf(path), cancellation)));
        }

        var results = new List<SieveTrialReport>();
        foreach (var script in scripts)
        {
            try
            {
                var compiled = SieveScript.Compile(await File.ReadAllTextAsync(script, cancellation));
                results.AddRange(messages.Select(one => SieveTrialReport.Of(script, one.Path, trial.Run(compiled, one.Octets))));
            }
            catch (SieveScriptException error) when (isFolder)
            {
                results.AddRange(messages.Select(one => SieveTrialReport.Faulty(script, one.Path, error.Message)));
            }
            catch (SieveScriptException error)
            {
                return context.Failed(ExitCode.Usage, $"{context.Get(Scripts)}: {error.Message}");
            }
        }

        var text = string.Join('\n', results.Select(Text));
        return context.Done<IReadOnlyList<SieveTrialReport>>(results, AdminJson.Default.IReadOnlyListSieveTrialReport, text);
    }

    private static string Text(SieveTrialReport report)
    {
        var text = new StringBuilder(Path.GetFileName(report.Script)).Append(", ").Append(report.Message).Append(':');
        if (report.Fault is not null) return text.Append(" no script: ").Append(report.Fault).ToString();
        if (report.Error is not null) text.Append("\n  went wrong: ").Append(report.Error);
        foreach (var store in report.Stores)
        {
            text.Append("\n  store in ").Append(store.Mailbox);
            if (store.Flags.Count > 0) text.Append(" with ").AppendJoin(' ', store.Flags);
        }

        foreach (var address in report.Redirects) text.Append("\n  send on to ").Append(address);
        if (report.Reject is not null) text.Append("\n  reject: ").Append(report.Reject);
        if (report.Vacation is { } vacation)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n  answer (once in {vacation.Seconds} s): {vacation.Reason}");
        }

        foreach (var notification in report.Notifications) text.Append("\n  notify ").Append(notification);
        if (report is { Stores.Count: 0, Redirects.Count: 0, Reject: null }) text.Append("\n  throw away");
        return text.ToString();
    }
}

/// <summary>Answer of sieve check.</summary>
/// <param name="Fault">What is wrong; null: nothing.</param>
internal sealed record SieveCheck(string Script, string? Fault);

/// <summary>Answer of sieve test, for one script and message.</summary>
/// <param name="Error">What went wrong at the run; null: nothing.</param>
/// <param name="Fault">What is wrong with the script; null: nothing.</param>
internal sealed record SieveTrialReport(
    string Script,
    string Message,
    IReadOnlyList<SieveStoreReport> Stores,
    IReadOnlyList<string> Redirects,
    string? Reject,
    SieveVacationReport? Vacation,
    IReadOnlyList<string> Notifications,
    string? Error,
    string? Fault)
{
    public static SieveTrialReport Faulty(string script, string message, string fault) =>
        new(script, message, [], [], null, null, [], null, fault);

    public static SieveTrialReport Of(string script, string message, SieveResult result) => new(
        script,
        message,
        [.. result.Stores.Select(store => new SieveStoreReport(
            store.Mailbox, store.Flags, store.Header is { } header ? Encoding.UTF8.GetString(header.Span) : null))],
        [.. result.Redirects.Select(redirect => redirect.Address)],
        result.Reject?.Reason,
        result.Vacation is { } vacation
            ? new SieveVacationReport((long)vacation.Period.TotalSeconds, vacation.Subject, vacation.From, vacation.Reason)
            : null,
        [.. result.Notifications.Select(notification => notification.Method)],
        result.Error,
        null);
}

/// <param name="Header">As the script has changed it; null: it has not.</param>
internal sealed record SieveStoreReport(string Mailbox, IReadOnlyList<string> Flags, string? Header);

internal sealed record SieveVacationReport(long Seconds, string? Subject, string? From, string Reason);
