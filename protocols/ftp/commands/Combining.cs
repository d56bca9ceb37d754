using CompatBot.Core.Items;
using CompatBot.Core.Store;

namespace CompatBot.Protocols.Ftp.Commands;

/// <summary>COMB: files that came as parts become one, by reference and in one step; the parts go.</summary>
internal static class Combining
{
    /// <summary>Parts of one command: as many as fit into its line anyway.</summary>
    private const int PartsMax = 1000;

    /// <summary>COMB TARGET PART...: names with blanks stand between quotes. To a target that is there the parts are appended.</summary>
    public static async ValueTask<FtpReply> RunAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        if (Names(argument) is not { Count: >= 2 and <= PartsMax } names) return FtpReply.Syntax;
        if (await session.FindAsync(names[0], cancellation) is not { Collection: null } target) return FtpReply.NotFound;
        var parts = new List<(ItemPlace Place, ItemRow Row)>();
        if (target.Item is { } there) parts.Add((target.Place, there));
        foreach (var name in names.Skip(1))
        {
            if (await session.FindAsync(name, cancellation) is not { Item: { } part } found) return FtpReply.NotFound;
            if (parts.Exists(one => one.Place == found.Place)) return FtpReply.Syntax;
            parts.Add((found.Place, part));
        }

        if (parts.Sum(part => part.Row.Size) > session.Limits.FileBytesMax) return FtpReply.From(Refusal.TooLarge);
        using var writer = session.Items.Write();
        foreach (var (_, part) in parts)
        {
            var refusal = await writer.ShareAsync(part, 0, part.Size, cancellation);
            if (refusal != Refusal.None) return FtpReply.From(refusal);
        }

        var item = await writer.CompleteAsync(target.Item?.MediaType, cancellation);
        if (item.Declined) return FtpReply.From(item.Refusal);
        var guard = session.Unlocked([target.Place, .. parts.Select(part => part.Place)]);
        var joined = await session.Items.JoinAsync(target.Place, item.Value, parts, guard, cancellation);
        return joined.Declined ? FtpReply.From(joined.Refusal) : new FtpReply(250, "Combined");
    }

    private static List<string>? Names(string argument)
    {
        var names = new List<string>();
        var rest = argument.Trim();
        while (rest.Length > 0)
        {
            var isQuoted = rest[0] == '"';
            var end = rest.IndexOf(isQuoted ? '"' : ' ', 1);
            if (isQuoted && end < 0) return null;
            if (end < 0) end = rest.Length;
            names.Add(isQuoted ? rest[1..end] : rest[..end]);
            rest = rest[Math.Min(rest.Length, end + 1)..].TrimStart();
        }

        return names;
    }
}
