using System.Buffers;
using System.IO.Enumeration;
using System.Text;
using CompatBot.Core.Items;
using CompatBot.Protocols.Ftp.Listing;

namespace CompatBot.Protocols.Ftp.Commands;

/// <summary>Listings over a data connection (RFC 959 section 4.1.3, RFC 3659 section 7).</summary>
internal static class Listings
{
    private const int SendBytes = 64 << 10;

    public static ValueTask<FtpReply> ListAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        var now = session.Services.Time.GetUtcNow();
        return RunAsync(session, WithoutOptions(argument), (items, entry, _) => UnixLine.Of(entry, now, items.ReadOnly), cancellation);
    }

    public static ValueTask<FtpReply> NamesAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        var path = WithoutOptions(argument);
        var slash = path.LastIndexOf('/');
        return RunAsync(
            session,
            path,
            (_, entry, isOfFolder) => !isOfFolder && slash >= 0 ? path[..(slash + 1)] + entry.Name : entry.Name,
            cancellation);
    }

    public static async ValueTask<FtpReply> FactsAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        var (items, found) = await session.LookAsync(argument, cancellation);
        if (found is null or { IsNothing: true }) return FtpReply.NotFound;
        if (found.Collection is not { } folder) return new FtpReply(501, "MLSD lists folders");
        var (isReadOnly, wanted) = (items.ReadOnly, session.Facts);
        var lines = Members(items, found).Select(
            entry => Facts.Of(entry, entry.IsFolder ? "dir" : "file", entry.Name, isReadOnly, wanted));
        return await SendAsync(session, lines.Prepend(Facts.Of(Entry.Of(folder), "cdir", ".", isReadOnly, wanted)));
    }

    /// <summary>What a listing of a path shows: the members of a folder, or a file alone.</summary>
    public static IEnumerable<Entry> Members(ItemStore items, Found found) =>
        found.Item is { } file ? [Entry.Of(file)] : Entry.In(items.State, items.State.Find(found.Collection!.Id)!);

    private static async ValueTask<FtpReply> RunAsync(
        FtpSession session, string path, Func<ItemStore, Entry, bool, string> line, CancellationToken cancellation)
    {
        var (items, found) = await session.LookAsync(path, cancellation);
        var pattern = "";
        if (found is { IsNothing: true } && path.AsSpan().ContainsAny('*', '?'))
        {
            var slash = path.LastIndexOf('/');
            pattern = path[(slash + 1)..];
            (items, found) = await session.LookAsync(slash < 0 ? "" : path[..(slash + 1)], cancellation);
        }

        if (found is null or { IsNothing: true }) return FtpReply.NotFound;
        if (found.Collection is { } folder) await items.OpenAsync(folder.Id, cancellation);
        var isOfFolder = found.Collection is not null && pattern.Length == 0;
        return await SendAsync(
            session,
            Members(items, found)
                .Where(entry => pattern.Length == 0 || FileSystemName.MatchesSimpleExpression(pattern, entry.Name, ignoreCase: false))
                .Select(entry => line(items, entry, isOfFolder)));
    }

    private static ValueTask<FtpReply> SendAsync(FtpSession session, IEnumerable<string> lines) =>
        Transfers.OverDataAsync(session, "The listing follows", false, async data =>
        {
            var output = new ArrayBufferWriter<byte>(SendBytes);
            foreach (var line in lines)
            {
                Encoding.UTF8.GetBytes(line, output);
                output.Write("\r\n"u8);
                if (output.WrittenCount < SendBytes) continue;
                await data.WriteAsync(output.WrittenMemory);
                output.ResetWrittenCount();
            }

            await data.WriteAsync(output.WrittenMemory);
            await data.EndAsync();
            return new FtpReply(226, "That is all");
        });

    /// <summary>"-la" and its like, which clients send as if this were /bin/ls.</summary>
    private static string WithoutOptions(string argument)
    {
        var rest = argument.TrimStart();
        while (rest.StartsWith('-'))
        {
            var blank = rest.IndexOf(' ', StringComparison.Ordinal);
            rest = blank < 0 ? "" : rest[blank..].TrimStart();
        }

        return rest;
    }
}
