using System.CommandLine;
using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>calendar list, share, unshare: an account's calendars, and which other accounts of this server use them.</summary>
internal static class CalendarVerbs
{
    private const string All = "*";

    private static readonly Argument<string> OneAddress = new("address") { Description = "The account's address" };
    private static readonly Argument<string> OneCalendar = new("calendar") { Description = "The calendar, as its URL ends; * for all" };
    private static readonly Argument<string> Member = new("with") { Description = "Address of another account of this server" };
    private static readonly Option<bool> Write = new("--write") { Description = "It may also add, change and remove events" };

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
        OneAddress, OneCalendar, Member, CommonOptions.Unlock,
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
            var refusal = await context.Composition.Sharing.UnshareAsync(session, items, calendar.Id, member, cancellation);
            return refusal == Refusal.None ? Show(context, items.State) : context.Declined(refusal, member);
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
        IReadOnlyList<CalendarReport> all = [.. own, .. others];
        return context.Done(all, AdminJson.Default.IReadOnlyListCalendarReport, string.Join('\n', all.SelectMany(Lines)));
    }

    private static CalendarMember Report(CalendarShare share) => new(share.Address, share.MayWrite, share.HasLeft);

    private static IEnumerable<string> Lines(CalendarReport calendar)
    {
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
internal sealed record CalendarReport(string Name, string? Owner, bool? MayWrite, IReadOnlyList<CalendarMember> Members);

/// <summary>An account with which a calendar is shared.</summary>
internal sealed record CalendarMember(string Address, bool MayWrite, bool HasLeft);
