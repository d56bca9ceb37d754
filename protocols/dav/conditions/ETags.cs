using System.Globalization;
using CompatBot.Core.Items;

namespace CompatBot.Protocols.Dav.Conditions;

/// <summary>The entity tags of items; <see cref="Net.Http.EntityTags"/> compares them.</summary>
internal static class ETags
{
    /// <summary>Strong: the item's number and the version of its octets, which name those octets for ever.</summary>
    public static string Of(ItemRow row) => string.Create(CultureInfo.InvariantCulture, $"\"{row.Id:x}-{row.Version:x}\"");

    /// <summary>Of a scheduling object: stays when only an attendee's answer came in (RFC 6638 section 3.2.10).</summary>
    public static string OfSchedule(ItemRow row) => string.Create(CultureInfo.InvariantCulture, $"\"{row.Id:x}-s{row.Schedule:x}\"");
}
