using System.CommandLine;
using System.Globalization;
using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Identity;
using CompatBot.Core.Journal;
using CompatBot.Core.Mail;
using CompatBot.Core.Mail.History;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>store history, undelete, gc, and account horizon. Past states are shown by <see cref="StoreShow"/>.</summary>
internal static class HistoryVerbs
{
    /// <summary>The share of the time that `store gc` works.</summary>
    private const double VerbShare = 0.5;

    /// <summary>Most UIDs in one range of --message; `all` has no limit.</summary>
    private const uint RangeMax = 1_000_000;

    public static Option<DateTimeOffset?> Since { get; } = TimeOption("--since", "Only what happened at or after this time");

    public static Option<DateTimeOffset?> Until { get; } = TimeOption("--until", "Only what happened before this time");

    private static readonly Option<int> Last = new("--last")
    {
        Description = "Only so many lines, the newest; 0: all",
        DefaultValueFactory = _ => 1000,
        HelpName = "count",
    };

    private static readonly Option<string[]> Messages = new("--message")
    {
        Description = "With --mailbox: the UIDs that deleted messages of it had, such as 3 7:9; or all",
        HelpName = "uids",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string?> NewName = new("--as")
    {
        Description = "The name that the mailbox gets; with --path, the path",
        HelpName = "name",
    };

    private static readonly Argument<int?> Days = new("days")
    {
        Description = $"How many days what is deleted can be brought back, at most {MailHistory.HorizonDaysMax}; none: show it",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Argument<string> OneAddress { get; } = new("address") { Description = "The account's address" };

    public static Option<string?> OneMailbox { get; } = new("--mailbox") { Description = "One mailbox, by its name", HelpName = "name" };

    public static Option<DateTimeOffset?> At { get; } = TimeOption("--at", "A moment, such as 2026-05-01T12:00Z");

    public static Option<ulong?> Sequence { get; } = new("--sequence")
    {
        Description = "A moment, by its journal entry",
        HelpName = "number",
    };

    public static Verb History() => new("history", "What happened to an account's mail: when, and by which device", HistoryAsync)
    {
        OneAddress,
        OneMailbox,
        Since,
        Last,
        CommonOptions.Unlock,
    };

    public static Verb Undelete() => new("undelete", "Bring back a mailbox, messages, all mail of a moment, or a file", UndeleteAsync)
    {
        OneAddress,
        OneMailbox,
        NewName,
        Messages,
        ItemUndelete.OfRealm,
        ItemUndelete.OnePath,
        At,
        Sequence,
        CommonOptions.Unlock,
    };

    public static Verb Collect() => new("gc", "Erase what was deleted before an account's horizon; live mail is not touched", CollectAsync)
    {
        OneAddress,
        CommonOptions.Unlock,
    };

    public static Verb Horizon() => new("horizon", "How long what an account deletes can be brought back", HorizonAsync)
    {
        OneAddress,
        Days,
        CommonOptions.Unlock,
    };

    /// <summary>Runs a verb on the open mail of the account that was named.</summary>
    public static ValueTask<VerbAnswer> WithMailAsync(
        VerbContext context, Func<MailStore, ValueTask<VerbAnswer>> run, CancellationToken cancellation) =>
        WithSessionAsync(context, session => run(session.Mail!), cancellation);

    /// <summary>The same on the open account.</summary>
    public static async ValueTask<VerbAnswer> WithSessionAsync(
        VerbContext context, Func<Session, ValueTask<VerbAnswer>> run, CancellationToken cancellation)
    {
        var address = context.Get(OneAddress);
        var started = await Unlocking.StartAsync(context, address, cancellation);
        if (started.Declined) return Unlocking.Declined(context, started.Refusal, address);
        await using var session = started.Value;
        if (session.Mail is null) return context.Declined(Refusal.Locked, address);
        try
        {
            return await run(session);
        }
        catch (JournalException)
        {
            return context.Declined(Refusal.Damaged, address);
        }
    }

    /// <summary>The entry that --at or --sequence names; null when neither was given.</summary>
    public static async ValueTask<Outcome<ulong?>> MomentAsync(VerbContext context, MailStore mail, CancellationToken cancellation)
    {
        if (context.Get(Sequence) is { } sequence) return (ulong?)sequence;
        if (context.Get(At) is not { } time) return (ulong?)null;
        var found = await mail.History.SequenceAtAsync(time, cancellation);
        return found.Declined ? found.Refusal : (ulong?)found.Value;
    }

    /// <summary>Pairs of first and last as IMAP writes them.</summary>
    public static string UidText(IReadOnlyList<uint> pairs) => string.Join(',', Enumerable.Range(0, pairs.Count / 2).Select(
        i => pairs[2 * i] == pairs[(2 * i) + 1] ? $"{pairs[2 * i]}" : $"{pairs[2 * i]}:{pairs[(2 * i) + 1]}"));

    private static ValueTask<VerbAnswer> HistoryAsync(VerbContext context, CancellationToken cancellation) =>
        WithMailAsync(context, async mail =>
        {
            var labels = await LabelsAsync(context, cancellation);
            var wanted = context.Get(OneMailbox) is { } name ? MailboxNames.Fold(name) : null;
            var id = wanted is null ? null : mail.State.Find(wanted)?.Id;
            var since = context.Get(Since) ?? DateTimeOffset.MinValue;
            var (lines, last) = (new Queue<HistoryLine>(), context.Get(Last));
            await foreach (var one in mail.History.EventsAsync(cancellation))
            {
                // A mailbox is followed through its renames; a name also finds the mailboxes that had it before.
                if (one.Time < since || (wanted is not null && one.Name != wanted && (id is null || one.Mailbox != id))) continue;
                var device = one.Device is null ? null : one.Device == default(DeviceId) ? "words" : one.Device.ToString();
                if (last > 0 && lines.Count == last) lines.Dequeue();
                lines.Enqueue(new HistoryLine(
                    one.Sequence,
                    one.Time,
                    device,
                    device is null ? null : labels.GetValueOrDefault(device),
                    one.Action.ToString(),
                    one.Name,
                    one.Uids.Count == 0 ? null : UidText(one.Uids),
                    one.Detail));
            }

            return context.Done<IReadOnlyList<HistoryLine>>(
                [.. lines], AdminJson.Default.IReadOnlyListHistoryLine, string.Join('\n', lines.Select(Text)));
        }, cancellation);

    private static ValueTask<VerbAnswer> UndeleteAsync(VerbContext context, CancellationToken cancellation) =>
        context.Get(ItemUndelete.OfRealm) is { } realm
            ? WithSessionAsync(
                context, session => ItemUndelete.RunAsync(context, session, realm, context.Get(NewName), cancellation), cancellation)
            : UndeleteMailAsync(context, cancellation);

    private static ValueTask<VerbAnswer> UndeleteMailAsync(VerbContext context, CancellationToken cancellation) =>
        WithMailAsync(context, async mail =>
        {
            var moment = await MomentAsync(context, mail, cancellation);
            if (moment.Declined) return context.Declined(moment.Refusal, context.Get(OneAddress));
            var (name, messages) = (context.Get(OneMailbox), context.Get(Messages));
            if (moment.Value is null == name is null || (name is null && (messages.Length > 0 || context.Get(NewName) is not null)))
            {
                const string What = "give --mailbox (with --message for messages of it), or a moment by --at or --sequence";
                return context.Failed(ExitCode.Usage, What);
            }

            if (moment.Value is { } sequence)
            {
                var all = await mail.History.UndeleteAllAsync(sequence, cancellation);
                return all.Declined
                    ? context.Declined(all.Refusal, $"entry {sequence}")
                    : Done(context, new UndeleteReport(all.Value.Mailboxes, all.Value.Messages, null));
            }

            return messages.Length > 0
                ? await UndeleteMessagesAsync(context, mail, name!, messages, cancellation)
                : await UndeleteMailboxAsync(context, mail, name!, cancellation);
        }, cancellation);

    private static async ValueTask<VerbAnswer> UndeleteMessagesAsync(
        VerbContext context, MailStore mail, string name, string[] messages, CancellationToken cancellation)
    {
        HashSet<uint>? uids = null;
        if (messages is not ["all"] && (uids = Uids(messages)) is null)
        {
            return context.Failed(ExitCode.Usage, $"--message {string.Join(' ', messages)} is no list of UIDs such as 3 7:9, nor all");
        }

        var undeleted = await mail.History.UndeleteAsync(name, uids, cancellation);
        return undeleted.Declined
            ? context.Declined(undeleted.Refusal, name)
            : Done(context, new UndeleteReport(0, undeleted.Value, MailboxNames.Fold(name)));
    }

    private static async ValueTask<VerbAnswer> UndeleteMailboxAsync(
        VerbContext context, MailStore mail, string name, CancellationToken cancellation)
    {
        var deleted = mail.State.Deleted.Values.Any(one => one.Mailbox.Name == MailboxNames.Fold(name));
        var restored = await mail.History.UndeleteMailboxAsync(name, context.Get(NewName), cancellation);
        if (restored.Refusal == Refusal.AlreadyExists)
        {
            return context.Failed(ExitCode.Exists, $"{context.Get(NewName) ?? name} is there already: give a free name by --as");
        }

        return restored.Declined
            ? context.Declined(restored.Refusal, name)
            : Done(context, new UndeleteReport(deleted ? 1 : 0, deleted ? restored.Value.Count : 0, restored.Value.Name));
    }

    private static ValueTask<VerbAnswer> CollectAsync(VerbContext context, CancellationToken cancellation) =>
        WithSessionAsync(context, async session =>
        {
            var address = context.Get(OneAddress);
            var share = context.Composition.Serving ? VerbShare : 1;
            var collected = await session.CollectAsync(
                context.Composition.HistoryDays, new Pace(context.Composition.Time, share), cancellation);
            if (collected.Declined) return context.Declined(collected.Refusal, address);
            var done = collected.Value;
            var report = new GarbageReport(
                address, done.ForgottenThrough, done.Forgotten, done.Marked, done.Seen, done.Released, done.ReleasedBytes, done.Erased);
            var erased = done.Erased ? "erased from the disk" : "the disk still has their bytes for a while: readers were in the way";
            return context.Done(report, AdminJson.Default.GarbageReport, $"""
                {address}: {done.Forgotten} deleted messages, items and collections forgotten (through entry {done.ForgottenThrough})
                {done.Released} of {done.Seen} blobs, {done.ReleasedBytes} bytes, {erased}
                """);
        }, cancellation);

    private static ValueTask<VerbAnswer> HorizonAsync(VerbContext context, CancellationToken cancellation) =>
        WithMailAsync(context, async mail =>
        {
            var address = context.Get(OneAddress);
            if (context.Get(Days) is { } days)
            {
                var set = await mail.History.SetHorizonAsync(days, cancellation);
                if (set.Declined) return context.Declined(set.Refusal, $"{days} days");
            }

            var own = mail.State.HorizonDays;
            var report = new HorizonReport(address, own ?? context.Composition.HistoryDays, own is not null);
            return context.Done(
                report,
                AdminJson.Default.HorizonReport,
                $"{address}: what is deleted can be brought back for {report.Days} days{(report.Own ? "" : " (the server's default)")}");
        }, cancellation);

    private static VerbAnswer Done(VerbContext context, UndeleteReport report) => context.Done(
        report,
        AdminJson.Default.UndeleteReport,
        report is { Mailboxes: 0, Messages: 0 }
            ? "nothing to bring back"
            : $"{report.Mailboxes} mailboxes and {report.Messages} messages are back");

    /// <summary>The labels of an account's devices by their ids.</summary>
    private static async ValueTask<Dictionary<string, string?>> LabelsAsync(VerbContext context, CancellationToken cancellation)
    {
        var opened = await Unlocking.OpenAsync(context, context.Get(OneAddress), cancellation);
        if (opened.Declined) return [];
        using var keyring = opened.Value;
        var devices = await context.Composition.Accounts.DevicesAsync(keyring, cancellation);
        return devices.ToDictionary(device => device.Id.ToString(), device => device.Label);
    }

    private static string Text(HistoryLine line)
    {
        var who = line.Label is { } label ? $"\"{label}\"" : line.Device ?? "(server)";
        string?[] words =
            [$"{line.Sequence}", $"{line.Time:yyyy-MM-dd HH:mm:ss}", who, line.Action, line.Mailbox, line.Uids, line.Detail];
        return string.Join(' ', words.Where(word => word is not null));
    }

    /// <summary>Null when a word is no UID and no range.</summary>
    private static HashSet<uint>? Uids(string[] words)
    {
        var uids = new HashSet<uint>();
        foreach (var word in words.SelectMany(word => word.Split(',')))
        {
            var ends = word.Split(':');
            if (ends.Length > 2 || !uint.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)) return null;
            if (!uint.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)) return null;
            if (first == 0 || last < first || last - first >= RangeMax) return null;
            for (var uid = (ulong)first; uid <= last; uid++) uids.Add((uint)uid);
        }

        return uids;
    }

    private static Option<DateTimeOffset?> TimeOption(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "time",
        CustomParser = argument =>
        {
            const DateTimeStyles Style = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
            if (DateTimeOffset.TryParse(argument.Tokens[^1].Value, CultureInfo.InvariantCulture, Style, out var time)) return time;
            argument.AddError($"{name} {argument.Tokens[^1].Value} is no time such as 2026-05-01T12:00Z");
            return null;
        },
    };
}
