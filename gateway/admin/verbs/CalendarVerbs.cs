using System.CommandLine;
using System.Xml.Linq;
using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Calendar.Subscriptions;
using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>calendar list, share, unshare, subscribe: an account's calendars, who else uses them, what comes from elsewhere.</summary>
internal static class CalendarVerbs
{
    private const string All = "*";

    private static readonly Argument<string> OneAddress = new("address") { Description = "The account's address" };
    private static readonly Argument<string> OneCalendar = new("calendar") { Description = "The calendar, as its URL ends; * for all" };
    private static readonly Argument<string> Member = new("with") { Description = "Address of another account of this server" };
    private static readonly Argument<string> Source = new("url") { Description = "Where the calendar is published: http, https or webcal" };
    private static readonly Option<string?> Title = new("--title") { Description = "What it is called", HelpName = "text" };
    private static readonly Option<bool> Write = new("--write") { Description = "It may also add, change and remove events" };

    private static readonly Option<bool> NewKeys = new("--new-keys")
    {
        Description = "Begin a new key epoch of the account too: what was kept of all calendars opens nothing that comes. Its links end",
    };

    public static Verb List() => new("list", "The account's calendars, those of others with them, and with whom each is shared", ListAsync)
    {
        OneAddress, CommonOptions.Unlock,
    };

    public static Verb Share() => new("share", "Let another account of this server use a calendar, or change what it may do", ShareAsync)
    {
        OneAddress, OneCalendar, Member, Write, CommonOptions.Unlock,
    };

    public static Verb Unshare() => new("unshare", "Take a calendar back from another account at once", UnshareAsync)
    {
        OneAddress, OneCalendar, Member, NewKeys, CommonOptions.Unlock,
    };

    public static Verb Subscribe() => new("subscribe", "Let the server fetch a calendar that is published elsewhere", SubscribeAsync)
    {
        OneAddress, Source, Title, CommonOptions.Unlock,
    };

    private static ValueTask<VerbAnswer> ListAsync(VerbContext context, CancellationToken cancellation) =>
        RunAsync(context, (_, items) => new(Show(context, items.State)), cancellation);

    private static ValueTask<VerbAnswer> ShareAsync(VerbContext context, CancellationToken cancellation) =>
        RunAsync(context, async (session, items) =>
        {
            var (name, member) = (context.Get(OneCalendar), context.Get(Member));
            if (Find(items.State, name) is not { } calendar) return context.Declined(Refusal.NotFound, name);
            var refusal = await context.Composition.Sharing.ShareAsync(
                session, items, calendar.Id, member, context.Get(Write), "", cancellation);
            return refusal == Refusal.None ? Show(context, items.State) : context.Declined(refusal, member);
        }, cancellation);

    private static ValueTask<VerbAnswer> UnshareAsync(VerbContext context, CancellationToken cancellation) =>
        RunAsync(context, async (session, items) =>
        {
            var (name, member) = (context.Get(OneCalendar), context.Get(Member));
            if (Find(items.State, name) is not { } calendar) return context.Declined(Refusal.NotFound, name);
            var sharing = context.Composition.Sharing;
            using var words = Words.Parse(context.Unlock!);
            var refusal = context.Get(NewKeys)
                ? await sharing.LockOutAsync(session, items, calendar.Id, member, words, cancellation)
                : await sharing.UnshareAsync(session, items, calendar.Id, member, cancellation);
            return refusal == Refusal.None ? Show(context, items.State) : context.Declined(refusal, member);
        }, cancellation);

    private static ValueTask<VerbAnswer> SubscribeAsync(VerbContext context, CancellationToken cancellation) =>
        RunAsync(context, async (session, items) =>
        {
            if (Subscription.Parse(context.Get(Source)) is not { } source) return context.Declined(Refusal.Invalid, context.Get(Source));
            var properties = ItemProperties.None.SetItem(Subscription.SourceProperty, Subscription.WriteSource(source));
            var title = new XElement(XName.Get("{DAV:}displayname"), context.Get(Title) ?? source.Host);
            var wanted = new NewCollection(CollectionKind.Subscribed)
            {
                Components = CalendarComponents.Event | CalendarComponents.Task | CalendarComponents.Journal,
                Properties = properties.SetItem("{DAV:}displayname", title.ToString(SaveOptions.DisableFormatting)),
            };
            var name = "subscribed-" + Guid.NewGuid().ToString("N");
            var made = await items.CreateAsync(new ItemPlace(CollectionId.Root, name), wanted, Subscription.Room, cancellation);
            if (made.Declined) return context.Declined(made.Refusal, context.Get(OneAddress));
            context.Composition.Subscriptions?.Wake(session.Account);
            return Show(context, items.State);
        }, cancellation);

    private static async ValueTask<VerbAnswer> RunAsync(
        VerbContext context, Func<Session, ItemStore, ValueTask<VerbAnswer>> run, CancellationToken cancellation)
    {
        var address = context.Get(OneAddress);
        var started = await Unlocking.StartAsync(context, address, cancellation);
        if (started.Declined) return Unlocking.Declined(context, started.Refusal, address);
        await using var session = started.Value;
        var items = await session.ItemsAsync(Realm.Calendar, cancellation);
        return items.Declined ? context.Declined(items.Refusal, address) : await run(session, items.Value);
    }

    private static CollectionState? Find(ItemState state, string name) => name == All ? state.Root
        : state.Collection(new ItemPlace(CollectionId.Root, ItemNames.Fold(name))) is { Kind: CollectionKind.Calendar } one ? one
        : null;

    private static VerbAnswer Show(VerbContext context, ItemState state)
    {
        var own = state.Root.Children.Values.Select(id => state.Collections[id]).Where(one => one.Kind == CollectionKind.Calendar)
            .Prepend(state.Root).Where(one => one.Kind == CollectionKind.Calendar || CalendarShare.Of(one).Count > 0)
            .Select(one => new CalendarReport(
                one.Name.Length > 0 ? one.Name : All, null, null, [.. CalendarShare.Of(one).Select(Report)]));
        var others = SharedCalendar.All(state).Select(one => new CalendarReport(
            one.Shared.IsAll ? All : one.Mount.Name, one.Shared.Owner, one.Shared.MayWrite, []));
        var fetched = from id in state.Root.Children.Values
            let one = state.Collections[id]
            let known = Subscription.Of(one)
            where known is not null
            select new CalendarReport(one.Name, null, null, []) { Source = known.Source.AbsoluteUri, Failure = known.Failure };
        IReadOnlyList<CalendarReport> all = [.. own, .. others, .. fetched];
        return context.Done(all, AdminJson.Default.IReadOnlyListCalendarReport, string.Join('\n', all.SelectMany(Lines)));
    }

    private static CalendarMember Report(CalendarShare share) => new(share.Address, share.MayWrite, share.HasLeft);

    private static IEnumerable<string> Lines(CalendarReport calendar)
    {
        if (calendar.Source is not null)
        {
            yield return $"{calendar.Name}   from {calendar.Source}{(calendar.Failure is "" ? "" : $", not fetched: {calendar.Failure}")}";
            yield break;
        }

        yield return calendar.Owner is null ? calendar.Name : $"{calendar.Name}   of {calendar.Owner}, {Right(calendar.MayWrite == true)}";
        foreach (var member in calendar.Members)
        {
            yield return $"    {member.Address}   {(member.HasLeft ? "does not want it" : Right(member.MayWrite))}";
        }
    }

    private static string Right(bool mayWrite) => mayWrite ? "reads and writes" : "reads";
}

/// <summary>One calendar of `calendar list`.</summary>
/// <param name="Owner">Another account's address; null: it is the account's own.</param>
/// <param name="MayWrite">Of another account's calendar.</param>
internal sealed record CalendarReport(string Name, string? Owner, bool? MayWrite, IReadOnlyList<CalendarMember> Members)
{
    /// <summary>Where it is fetched from; null: it is not.</summary>
    public string? Source { get; init; }

    /// <summary>Why the last try failed; null or empty: it did not.</summary>
    public string? Failure { get; init; }
}

/// <summary>An account with which a calendar is shared.</summary>
internal sealed record CalendarMember(string Address, bool MayWrite, bool HasLeft);
