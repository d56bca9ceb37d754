using System.Text;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Text;

namespace CompatBot.Core.Items;

/// <summary>Which names a collection or an item may have, and their one spelling.</summary>
public static class ItemNames
{
    /// <summary>Longest name, in bytes of UTF-8: what every file system takes.</summary>
    public const int NameBytesMax = 255;

    /// <summary>Most levels below the root.</summary>
    public const int LevelsMax = 128;

    /// <summary>Most collections in a realm, with those that were removed and are not forgotten.</summary>
    public const int CollectionsMax = 200_000;

    /// <summary>Most members of one collection.</summary>
    public const int MembersMax = 1_000_000;

    /// <summary>The one spelling that is stored and looked for: Unicode NFC.</summary>
    public static string Fold(string name) => UnicodeForm.Compose(name);

    /// <summary>Whether a folded name may be given: no separator, no control character, no "." or "..", Unicode, within limits.</summary>
    public static bool IsValid(string name)
    {
        if (name is "" or "." or ".." || name.Length > NameBytesMax || Encoding.UTF8.GetByteCount(name) > NameBytesMax) return false;
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] == '/' || char.IsControl(name[i])) return false;
            if (!char.IsSurrogate(name[i])) continue;
            if (!char.IsHighSurrogate(name[i]) || i + 1 == name.Length || !char.IsLowSurrogate(name[++i])) return false;
        }

        return true;
    }

    /// <summary>A name for a calendar object or a contact that is new: its UID, where that is a good name and nothing has it.</summary>
    /// <param name="collection">Opened.</param>
    /// <param name="uid">Not empty.</param>
    /// <param name="ending">With its dot.</param>
    public static string FreeName(CollectionState collection, string uid, string ending)
    {
        var isPlain = uid.Length <= 200 && uid[0] != '.'
            && uid.All(one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_' or '.' or '@' or '+');
        var name = (isPlain ? uid : CalendarBundle.UidOf(Encoding.UTF8.GetBytes(uid))) + ending;
        return collection.Items.Find(name) is null && !collection.Children.ContainsKey(name) ? name : Guid.NewGuid() + ending;
    }
}
