using CompatBot.Core.Items;
using CompatBot.Core.Store;

namespace CompatBot.Protocols.Ftp.Commands;

/// <summary>Folders, names and deletion (RFC 959 section 4.1.3).</summary>
internal static class Folders
{
    public static ValueTask<FtpReply> PrintAsync(FtpSession session, string argument, CancellationToken cancellation) =>
        new(new FtpReply(257, $"{FtpPath.Quoted(session.Folder)} is the working folder"));

    public static async ValueTask<FtpReply> ChangeAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        var (_, found) = await session.LookAsync(argument, cancellation);
        if (found?.Collection is null) return FtpReply.NotFound;
        session.Folder = session.Resolve(argument)!;
        return new FtpReply(250, $"{FtpPath.Quoted(session.Folder)} is the working folder");
    }

    public static async ValueTask<FtpReply> MakeAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        if (await session.FindAsync(argument, cancellation) is not { } found) return FtpReply.NotFound;
        if (!found.IsNothing) return FtpReply.From(Refusal.AlreadyExists);
        var made = await session.Items.CreateAsync(
            found.Place, new NewCollection(CollectionKind.Folder), session.Unlocked(found.Place), cancellation);
        return made.Declined ? FtpReply.From(made.Refusal) : new FtpReply(257, $"{FtpPath.Quoted(session.Resolve(argument)!)} is made");
    }

    /// <summary>An empty folder only: FTP has no word for all that is in one.</summary>
    public static async ValueTask<FtpReply> RemoveAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        if (await session.FindAsync(argument, cancellation) is not { Collection: { } folder } found) return FtpReply.NotFound;
        var unlocked = session.Unlocked(found.Place);
        Refusal Guard(ItemState state) => state.Collection(found.Place) is { } now && (now.Count > 0 || now.Children.Count > 0)
            ? Refusal.HasChildren
            : unlocked(state);
        if (folder.Id == CollectionId.Root) return FtpReply.From(Refusal.NotPermitted);
        var removed = await session.Items.RemoveAsync(found.Place, Guard, cancellation);
        return removed.Declined ? FtpReply.From(removed.Refusal) : new FtpReply(250, "The folder is gone");
    }

    public static async ValueTask<FtpReply> DeleteAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        if (await session.FindAsync(argument, cancellation) is not { Item: not null } found) return FtpReply.NotFound;
        var removed = await session.Items.RemoveAsync(found.Place, session.Unlocked(found.Place), cancellation);
        return removed.Declined ? FtpReply.From(removed.Refusal) : new FtpReply(250, "The file is gone");
    }

    public static async ValueTask<FtpReply> RenameFromAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        if (await session.FindAsync(argument, cancellation) is not { IsNothing: false } found) return FtpReply.NotFound;
        session.RenameFrom = found.Place;
        return new FtpReply(350, "RNTO says where to");
    }

    public static async ValueTask<FtpReply> RenameToAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        if (session.RenameFrom is not { } from) return new FtpReply(503, "RNFR first");
        if (await session.FindAsync(argument, cancellation) is not { } found) return FtpReply.NotFound;
        var replaces = found.Item is not null; // As rename(2): a file takes a file's place, and nothing takes a folder's.
        var moved = await session.Items.TransferAsync(
            from, found.Place, new Transfer(Move: true, replaces, Shallow: false), session.Unlocked(from, found.Place), cancellation);
        return moved.Declined ? FtpReply.From(moved.Refusal) : new FtpReply(250, "Renamed");
    }
}
