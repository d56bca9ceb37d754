using CompatBot.Formats.Icalendar.Itip;
using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Icalendar;

/// <summary>The managed attachments that a calendar object names (RFC 8607): its ATTACHes with a MANAGED-ID. Pure.</summary>
public static class ManagedAttachments
{
    /// <summary>Names the series among its instances (RFC 8607 section 3.3.2).</summary>
    public const string Series = "M";

    private const string Property = "ATTACH";
    private const string IdParameter = "MANAGED-ID";

    /// <summary>The ids in all components.</summary>
    public static HashSet<string> IdsOf(Component root) =>
        [.. root.Components.SelectMany(part => part.All(Property)).Select(IdOf).OfType<string>()];

    /// <summary>Whether octets may name any, without a look at what they are.</summary>
    public static bool MayBeIn(ReadOnlySpan<byte> octets) =>
        octets.IndexOf("ATTACH"u8) >= 0 || octets.IndexOf("attach"u8) >= 0 || octets.IndexOf("Attach"u8) >= 0;

    /// <summary>The property that names an attachment (RFC 8607 section 4).</summary>
    /// <param name="mediaType">Type and subtype.</param>
    /// <param name="size">Octets.</param>
    /// <param name="name">Of the file.</param>
    /// <param name="url">Where it is.</param>
    /// <param name="id">The attachment's own.</param>
    public static ContentLine Line(string id, string mediaType, long size, string name, string url) => new(
        Property,
        [
            new Parameter(IdParameter, [id]),
            new Parameter("FMTTYPE", [mediaType]),
            new Parameter("SIZE", [size.ToString(System.Globalization.CultureInfo.InvariantCulture)]),
            new Parameter("FILENAME", [name]),
        ],
        url);

    /// <summary>The components that instances are, those that only the series has made for it.</summary>
    /// <param name="root">A VCALENDAR of one UID.</param>
    /// <param name="instances"><see cref="Series"/>, or RECURRENCE-IDs; null: every component that is there.</param>
    /// <returns>Null: there is no such instance.</returns>
    public static IReadOnlyList<Component>? Targets(Component root, IReadOnlyList<string>? instances)
    {
        var known = new SchedulingObject(root);
        if (instances is null) return [.. known.Parts];
        var isSeries = known.Master is { } series && (series.Find("RRULE") ?? series.Find("RDATE")) is not null;
        var found = new List<Component>();
        foreach (var instance in instances.Distinct(StringComparer.Ordinal))
        {
            var part = instance == Series ? known.Master
                : MomentOf(known, instance) is not { } id ? null
                : known.Overrides.GetValueOrDefault(id) ?? (isSeries ? known.Alone(id) : null);
            if (part is null) return null;
            if (!found.Contains(part)) found.Add(part);
        }

        return found;
    }

    /// <summary>Whether any of the components names an attachment.</summary>
    public static bool IsIn(IReadOnlyList<Component> parts, string id) =>
        parts.Any(part => part.All(Property).Any(line => IdOf(line) == id));

    /// <summary>The object with an attachment more in these of its components.</summary>
    public static Component With(Component root, IReadOnlyList<Component> parts, ContentLine attach) =>
        Changed(root, parts, part => [.. part.Properties, attach]);

    /// <summary>The object with an attachment replaced in these of its components, or gone from them.</summary>
    /// <param name="root">As of <see cref="Targets"/>.</param>
    /// <param name="parts">From <see cref="Targets"/>.</param>
    /// <param name="id">Of what is there.</param>
    /// <param name="by">Null: nothing.</param>
    public static Component Without(Component root, IReadOnlyList<Component> parts, string id, ContentLine? by) =>
        Changed(root, parts, part => part.Properties.Select(line => IsOf(line, id) ? by : line).OfType<ContentLine>());

    private static bool IsOf(ContentLine line, string id) => line.Name == Property && IdOf(line) == id;

    private static string? IdOf(ContentLine line) => line[IdParameter] is { Length: > 0 } id ? id : null;

    private static Component Changed(Component root, IReadOnlyList<Component> parts, Func<Component, IEnumerable<ContentLine>> change)
    {
        Component Of(Component part) => part.With(change(part), part.Components);
        var isThere = root.Components.ToHashSet(ReferenceEqualityComparer.Instance);
        var wanted = parts.ToHashSet(ReferenceEqualityComparer.Instance);
        var old = root.Components.Select(one => wanted.Contains(one) ? Of(one) : one);
        return root.With(root.Properties, [.. old, .. parts.Where(one => !isThere.Contains(one)).Select(Of)]);
    }

    private static long? MomentOf(SchedulingObject known, string instance)
    {
        if (CalendarTime.Parse(instance) is null) return null;
        var like = known.Master?.Find("DTSTART") ?? known.Parts.FirstOrDefault()?.Find("RECURRENCE-ID");
        if (like is null) return null;
        var line = like with { Name = "RECURRENCE-ID", Value = instance };
        return known.InstanceOf(new Component("VEVENT").With([line], []));
    }
}
