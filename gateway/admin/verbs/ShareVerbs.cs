using System.CommandLine;
using System.Globalization;
using CompatBot.Core.Identity;
using CompatBot.Core.Shares;
using CompatBot.Core.Store;
using CompatBot.Gateway.Config;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>share add, list, revoke: links to files and folders, calendars and address books.</summary>
internal static class ShareVerbs
{
    private const int DaysMax = 36_500;

    private static readonly Argument<string> OnePath = new("path")
    {
        Description = "Of a file or folder, such as work/plan.odt; with --realm: a calendar or address book, as its URL ends",
    };

    private static readonly Option<Realm> OneRealm = new("--realm")
    {
        Description = "calendar or contacts: the link is to one that other programs subscribe to, as .ics or .vcf",
        DefaultValueFactory = _ => Realm.Files,
    };

    private static readonly Argument<string> OneLink = new("link") { Description = "Its id, or the id's first characters" };

    private static readonly Option<string?> Label = new("--label") { Description = "What its owner calls it; otherwise the path" };

    private static readonly Option<bool> Uploads = new("--upload")
    {
        Description = "To a folder: whoever has the link may put new files into it, and sees nothing of it",
    };

    private static readonly Option<int?> Days = new("--days") { Description = "How long it lasts; otherwise until it is revoked" };

    private static readonly Option<uint> Count = new("--count") { Description = "How many downloads, or uploads; otherwise any number" };

    private static readonly Option<bool> PasswordInput = new("--password-stdin")
    {
        Description = "Take a password, which the link asks for, from standard input",
    };

    public static Verb Add() => new Verb("add", "Make a link to a file, a folder, a calendar or an address book", AddAsync)
    {
        HistoryVerbs.OneAddress, OnePath, OneRealm, Label, Uploads, Days, Count, PasswordInput, CommonOptions.Unlock,
    }.Reading(parse => parse.GetValue(PasswordInput));

    public static Verb List() => new("list", "Every link of an account", ListAsync) { HistoryVerbs.OneAddress, CommonOptions.Unlock };

    public static Verb Revoke() => new("revoke", "Make a link lead nowhere, at once; downloads that run are cut", RevokeAsync)
    {
        HistoryVerbs.OneAddress, OneLink,
    };

    private static async ValueTask<VerbAnswer> AddAsync(VerbContext context, CancellationToken cancellation)
    {
        var (path, realm) = (context.Get(OnePath), context.Get(OneRealm));
        if (realm is not (Realm.Files or Realm.Calendar or Realm.Contacts))
        {
            return context.Failed(ExitCode.Usage, "--realm is files, calendar or contacts");
        }

        var password = context.Get(PasswordInput) ? new Password((context.Input ?? "").TrimEnd('\r', '\n')) : (Password?)null;
        if (password is { Value.Length: 0 }) return context.Failed(ExitCode.Usage, "standard input has no password");
        if (context.Get(Days) is < 1 or > DaysMax) return context.Failed(ExitCode.Usage, $"--days is between 1 and {DaysMax}");
        return await HistoryVerbs.WithSessionAsync(context, async session =>
        {
            var items = await session.ItemsAsync(realm, cancellation);
            if (items.Declined) return context.Declined(items.Refusal, path);
            var names = FolderPaths.NamesOf(path);
            if (await items.Value.FindAsync(names, cancellation) is not { IsNothing: false } found)
            {
                return context.Failed(ExitCode.NotFound, $"{path}: there is no such thing");
            }

            DateTimeOffset? expires = context.Get(Days) is { } days ? context.Time.GetUtcNow().AddDays(days) : null;
            var label = context.Get(Label) ?? (names.Count > 0 ? names[^1] : "all files");
            if (label.Length > Accounts.LabelCharactersMax) label = label[..Accounts.LabelCharactersMax];
            var wanted = new NewShare(label, context.Get(Uploads), expires, context.Get(Count), password);
            var made = await context.Composition.Links.AddAsync(session, realm, found, wanted, cancellation);
            if (made.Refusal == Refusal.Invalid)
            {
                return context.Failed(
                    ExitCode.Usage, "--upload is for folders; --realm for calendars and address books; a label has no control characters");
            }

            if (made.Declined) return context.Declined(made.Refusal, path);
            var report = Report(context, made.Value.Info);
            return context.Done(report, AdminJson.Default.ShareReport, $"{report.Url}\n{Text(report)}");
        }, cancellation);
    }

    private static ValueTask<VerbAnswer> ListAsync(VerbContext context, CancellationToken cancellation) =>
        HistoryVerbs.WithSessionAsync(context, async session =>
        {
            var links = await ShareLinks.ListAsync(session, cancellation);
            if (links.Declined) return context.Declined(links.Refusal, context.Get(HistoryVerbs.OneAddress));
            ShareReport[] reports = [.. links.Value.Select(link => Report(context, link))];
            return context.Done(
                reports,
                AdminJson.Default.IReadOnlyListShareReport,
                string.Join('\n', reports.Select(report => $"{Text(report)}\n  {report.Url}")));
        }, cancellation);

    private static async ValueTask<VerbAnswer> RevokeAsync(VerbContext context, CancellationToken cancellation)
    {
        var (address, wanted) = (context.Get(HistoryVerbs.OneAddress), context.Get(OneLink));
        if (await context.Composition.Accounts.FindAsync(address, cancellation) is not { } account)
        {
            return context.Declined(Refusal.NotFound, address);
        }

        var links = await context.Composition.Links.IdsAsync(account.Id, cancellation);
        var matches = links.Where(id => id.ToString().StartsWith(wanted, StringComparison.OrdinalIgnoreCase)).ToList();
        if (matches.Count == 0 || wanted.Length == 0)
        {
            return context.Failed(ExitCode.NotFound, $"{wanted}: {address} has no such link (`compatbot share list {address}`)");
        }

        if (matches.Count > 1) return context.Failed(ExitCode.Usage, $"{wanted} fits {matches.Count} links: give more of the id");
        var refusal = await context.Composition.Accounts.RevokeAsync(account.Id, matches[0], cancellation);
        return refusal == Refusal.None
            ? context.Done(new ShareReport(matches[0].ToString()), AdminJson.Default.ShareReport, $"{matches[0]} leads nowhere any more")
            : context.Declined(refusal, wanted);
    }

    private static ShareReport Report(VerbContext context, ShareInfo info) => info.Token is not { } token
        ? new ShareReport(info.Id.ToString())
        : new ShareReport(info.Id.ToString())
        {
            Label = info.Label,
            Kind = info.Kind.ToString(),
            Path = info.Path,
            Gone = info.IsGone,
            Created = info.Created,
            Expires = info.Expires,
            Count = info.UsesMax == 0 ? null : info.UsesMax,
            Uses = info.UsesMax == 0 ? null : info.Uses,
            Password = info.HasPassword,
            Url = Url(context, token) + Ending(info),
        };

    /// <summary>As others reach it; without a server, for its standard port and the name that this machine has.</summary>
    private static string Url(VerbContext context, ShareToken token)
    {
        var server = context.Composition.Announced;
        var port = server?.Ports.FirstOrDefault(one => one.Name == Ports.Https.Name)?.Port ?? Ports.Https.StandardPort;
        var authority = port == Ports.Https.StandardPort ? "" : string.Create(CultureInfo.InvariantCulture, $":{port}");
        return $"https://{server?.Hostname ?? Environment.MachineName}{authority}/s/{token.Reveal()}";
    }

    /// <summary>Programs that subscribe want to see what it is.</summary>
    private static string Ending(ShareInfo info) => info.Kind switch
    {
        ShareKind.Calendar => $"/{Uri.EscapeDataString(info.Path)}.ics",
        ShareKind.AddressBook => $"/{Uri.EscapeDataString(info.Path)}.vcf",
        _ => "",
    };

    private static string Text(ShareReport report)
    {
        if (report.Kind is null) return $"{report.Id}  (does not open)";
        var limits = string.Concat(
            report.Expires is { } expires ? $", until {expires:yyyy-MM-dd HH:mm}" : "",
            report.Count is { } count ? $", {report.Uses} of {count} used" : "",
            report.Password == true ? ", with a password" : "",
            report.Gone == true ? ", what it names is gone" : "");
        return $"{report.Id}  {report.Kind}  \"{report.Label}\"  {report.Path}{limits}";
    }
}

/// <summary>A link; all but its id needs the account's keys.</summary>
/// <param name="Id">For revoking it.</param>
internal sealed record ShareReport(string Id)
{
    public string? Label { get; init; }

    /// <summary>File, Folder, Uploads, Calendar or AddressBook.</summary>
    public string? Kind { get; init; }

    public string? Path { get; init; }

    public bool? Gone { get; init; }

    public DateTimeOffset? Created { get; init; }

    public DateTimeOffset? Expires { get; init; }

    /// <summary>How many downloads or uploads it allows; null: any number, and they are not counted.</summary>
    public uint? Count { get; init; }

    public uint? Uses { get; init; }

    public bool? Password { get; init; }

    /// <summary>Whoever has it has what it names.</summary>
    public string? Url { get; init; }
}
