using CompatBot.Formats.Mime;

namespace CompatBot.Protocols.Sieve.Language.Tests;

/// <summary>":index" and ":last" (RFC 5260 section 6): which of the fields of one name is meant.</summary>
internal readonly record struct FieldIndex(long? Index, bool IsLast)
{
    public static FieldIndex Take(SieveArguments arguments, string extension = "index")
    {
        var index = arguments.TaggedNumber("index", extension);
        var isLast = arguments.Flag("last", extension);
        if (isLast && index is null) throw arguments.Wrong("\":last\" needs \":index\"");
        return index == 0 ? throw arguments.Wrong("\":index\" counts from 1") : new FieldIndex(index, isLast);
    }

    public IEnumerable<HeaderField> Of(IEnumerable<HeaderField> fields)
    {
        if (Index is not { } index) return fields;
        HeaderField[] all = [.. fields];
        if (index > all.Length) return [];
        return [all[IsLast ? all.Length - (int)index : (int)index - 1]];
    }
}
