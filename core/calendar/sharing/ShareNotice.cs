using System.Globalization;
using System.Xml.Linq;
using CompatBot.Core.Items;
using CompatBot.Core.Journal.Proto;
using ItemRow = CompatBot.Core.Items.ItemRow;

namespace CompatBot.Core.Calendar.Sharing;

/// <summary>What happened to a shared calendar.</summary>
public enum ShareNews
{
    /// <summary>To the member: it is there, or may be used otherwise.</summary>
    Invited,

    /// <summary>To the member: its owner took it back.</summary>
    Over,

    /// <summary>To the owner: the member said so.</summary>
    Accepted,

    /// <summary>To the owner: the member does not want it.</summary>
    Declined,
}

/// <summary>
/// What an account is told about a shared calendar until a client takes it away: a property of an item without octets. Newer news of a
/// calendar takes the place of older.
/// </summary>
/// <param name="Uid">Of <see cref="CalendarShare"/>.</param>
/// <param name="Other">Whom it is shared with: primary address of the owner, or of the member.</param>
/// <param name="Calendar">In the owner's realm.</param>
/// <param name="Title">Of the calendar.</param>
public sealed record ShareNotice(string Uid, ShareNews News, string Other, CollectionId Calendar, string Title, bool MayWrite)
{
    /// <summary>In Clark notation. No client sees or sets it.</summary>
    public const string Property = "{" + ItemProperties.OwnNamespace + "}notice";

    /// <summary>Of one account: the oldest goes when one comes in that is too many.</summary>
    public const int Max = 200;

    private static readonly XNamespace Own = ItemProperties.OwnNamespace;

    /// <summary>It is for the owner.</summary>
    public bool IsReply => News is ShareNews.Accepted or ShareNews.Declined;

    public override string ToString() => "(notice)";

    /// <summary>Where an invitation lies; null: there is no room for any.</summary>
    public static ItemPlace? PlaceOf(ItemState state, string uid) =>
        ScheduleCalendars.Find(state, CollectionKind.Notifications) is { } box ? new ItemPlace(box.Id, $"{uid}-invite.xml") : null;

    /// <summary>Null: the item is none.</summary>
    public static ShareNotice? Of(ItemRow row)
    {
        if (!row.Properties.TryGetValue(Property, out var stored)) return null;
        var notice = XElement.Parse(stored);
        string Text(string name) => notice.Attribute(name)?.Value ?? "";
        var isRead = Enum.TryParse<ShareNews>(Text("news"), out var news)
            & ulong.TryParse(Text("calendar"), NumberStyles.None, CultureInfo.InvariantCulture, out var calendar);
        return isRead
            ? new ShareNotice(Text("uid"), news, Text("other"), new CollectionId(calendar), Text("title"), Text("access") == "write")
            : null;
    }

    /// <summary>What brings it into a realm.</summary>
    /// <param name="state">With its notifications in memory.</param>
    /// <param name="empty">Written content of no octets.</param>
    /// <param name="id">Free.</param>
    /// <param name="microseconds">Now.</param>
    internal IEnumerable<Operation> Put(ItemState state, NewItem empty, ulong id, long microseconds)
    {
        if (PlaceOf(state, Uid) is not { } invitation || !ItemNames.IsValid(invitation.Name)) yield break;
        var place = IsReply ? invitation with { Name = $"{Uid}-reply.xml" } : invitation;
        var before = state.Item(place);
        var row = ItemChanges.Row(place, empty, before, id, microseconds) with
        {
            Properties = ItemProperties.None.SetItem(Property, Write()),
        };
        yield return ItemChanges.Putting(place.Parent, row, before);
        var box = state.Collections[place.Parent];
        if (before is not null || box.Count < Max) yield break;
        var oldest = box.Items.Rows.MinBy(one => one.Modified)!;
        yield return new Operation { ItemRemoved = new ItemRemoved { Collection = box.Id.Value, Row = oldest.Write(stored: true) } };
    }

    private string Write() => new XElement(
        Own + "notice",
        new XAttribute("uid", Uid),
        new XAttribute("news", News.ToString()),
        new XAttribute("other", Other),
        new XAttribute("calendar", Calendar.ToString()),
        new XAttribute("title", Title),
        new XAttribute("access", MayWrite ? "write" : "read")).ToString(SaveOptions.DisableFormatting);
}
