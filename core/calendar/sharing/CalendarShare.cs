using System.Globalization;
using System.Xml.Linq;
using CompatBot.Core.Items;
using CompatBot.Core.Store;

namespace CompatBot.Core.Calendar.Sharing;

/// <summary>An account with which a calendar is shared, as its owner's realm knows it: one of a property of the calendar.</summary>
/// <param name="Uid">Of this share: 32 random hex digits.</param>
/// <param name="Address">The member's primary address.</param>
/// <param name="HasLeft">The member does not want it (any more).</param>
/// <param name="Device">The device of the owner's account that the member uses it by.</param>
/// <param name="Name">The member's, as the owner gave it; may be empty.</param>
public sealed record CalendarShare(string Uid, string Address, bool MayWrite, bool HasLeft, DeviceId Device, string Name)
{
    /// <summary>In Clark notation. No client sees or sets it.</summary>
    public const string Property = "{" + ItemProperties.OwnNamespace + "}shares";

    /// <summary>The public key of the device, in base64. Empty: it is of an earlier version, or of who acts in all calendars.</summary>
    public string Key { get; init; } = "";

    /// <summary>In which the device was made.</summary>
    public uint Epoch { get; init; }

    /// <summary>The device of an earlier version that the member had, and has as long as the member is not told of the new one.</summary>
    public DeviceId Former { get; init; }

    /// <summary>Whether the share has a key of its own for this member, and the device no realm's key.</summary>
    public bool IsKeyed => Key.Length > 0;

    private static readonly XNamespace Own = ItemProperties.OwnNamespace;

    public override string ToString() => "(share)";

    /// <summary>What other members may know of it.</summary>
    public CalendarShare ToOthers() => this with { Device = default, Key = "", Epoch = 0, Former = default };

    /// <summary>All of a calendar. What a copy of another took along does not count.</summary>
    public static IReadOnlyList<CalendarShare> Of(CollectionState calendar)
    {
        if (!calendar.Properties.TryGetValue(Property, out var stored)) return [];
        var root = XElement.Parse(stored);
        if (root.Attribute("calendar")?.Value != calendar.Id.ToString()) return [];
        return
        [
            .. from one in root.Elements()
               select new CalendarShare(
                   Text(one, "uid"), Text(one, "address"), Text(one, "access") == "write", Text(one, "left") == "yes", Id(one, "device"),
                   Text(one, "name"))
               {
                   Former = Id(one, "former"),
                   Key = Text(one, "key"),
                   Epoch = uint.TryParse(Text(one, "epoch"), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) ? epoch : 0,
               },
        ];
    }

    /// <summary>The property's value; null: nobody is left, and there is none.</summary>
    public static string? Write(CollectionId calendar, IReadOnlyList<CalendarShare> shares) => shares.Count == 0 ? null : new XElement(
        Own + "shares",
        new XAttribute("calendar", calendar.ToString()),
        shares.Select(one => new XElement(
            Own + "share",
            new XAttribute("uid", one.Uid),
            new XAttribute("address", one.Address),
            new XAttribute("access", one.MayWrite ? "write" : "read"),
            new XAttribute("left", one.HasLeft ? "yes" : "no"),
            new XAttribute("device", one.Device.ToString()),
            one.Former == default ? null : new XAttribute("former", one.Former.ToString()),
            one.IsKeyed ? new XAttribute("key", one.Key) : null,
            one.IsKeyed ? new XAttribute("epoch", one.Epoch.ToString(CultureInfo.InvariantCulture)) : null,
            new XAttribute("name", one.Name)))).ToString(SaveOptions.DisableFormatting);

    private static string Text(XElement element, string name) => element.Attribute(name)?.Value ?? "";

    private static DeviceId Id(XElement element, string name) =>
        Guid.TryParseExact(Text(element, name), "N", out var id) ? new DeviceId(id) : default;
}

/// <summary>A calendar of another account, as the member's realm knows it: a property of a collection that stands for it.</summary>
/// <param name="Uid">Of <see cref="CalendarShare"/>.</param>
/// <param name="Owner">The owner's primary address.</param>
/// <param name="Calendar">In the owner's realm.</param>
/// <param name="Password">Of the owner's device that was made for it.</param>
public sealed record SharedCalendar(string Uid, string Owner, CollectionId Calendar, bool MayWrite, Identity.Password Password)
{
    /// <summary>In Clark notation. No client sees or sets it.</summary>
    public const string Property = "{" + ItemProperties.OwnNamespace + "}shared";

    private static readonly XNamespace Own = ItemProperties.OwnNamespace;

    /// <summary>All of the owner's calendars: the member acts for the owner.</summary>
    public bool IsAll => Calendar == CollectionId.Root;

    public override string ToString() => "(shared calendar)";

    /// <summary>Null for a collection that stands for none.</summary>
    public static SharedCalendar? Of(CollectionState mount)
    {
        if (mount.Kind != CollectionKind.Shared || !mount.Properties.TryGetValue(Property, out var stored)) return null;
        var link = XElement.Parse(stored);
        string Text(string name) => link.Attribute(name)?.Value ?? "";
        return ulong.TryParse(Text("calendar"), NumberStyles.None, CultureInfo.InvariantCulture, out var calendar)
            ? new SharedCalendar(
                Text("uid"), Text("owner"), new CollectionId(calendar), Text("access") == "write", new Identity.Password(Text("password")))
            : null;
    }

    /// <summary>All of a calendar realm, each with the collection that stands for it.</summary>
    public static IEnumerable<(CollectionState Mount, SharedCalendar Shared)> All(ItemState state) =>
        from id in state.Root.Children.Values
        let mount = state.Collections[id]
        let shared = Of(mount)
        where shared is not null
        select (mount, shared);

    /// <summary>The property's value.</summary>
    public string Write() => new XElement(
        Own + "shared",
        new XAttribute("uid", Uid),
        new XAttribute("owner", Owner),
        new XAttribute("calendar", Calendar.ToString()),
        new XAttribute("access", MayWrite ? "write" : "read"),
        new XAttribute("password", Password.Value)).ToString(SaveOptions.DisableFormatting);
}
