using System.Globalization;
using CompatBot.Protocols.Ftp.Listing;

namespace CompatBot.Protocols.Ftp.Commands;

/// <summary>What is known of a file, over the control connection (RFC 3659).</summary>
internal static class FileFacts
{
    public static async ValueTask<FtpReply> SizeAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        if (session.IsAscii) return new FtpReply(550, "Not in ASCII: TYPE I first");
        return await session.FindAsync(argument, cancellation) is { Item: { } file }
            ? new FtpReply(213, file.Size.ToString(CultureInfo.InvariantCulture))
            : FtpReply.NotFound;
    }

    public static async ValueTask<FtpReply> ModifiedAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        // Older clients set a time with it.
        var blank = argument.IndexOf(' ', StringComparison.Ordinal);
        if (blank == 14 && Facts.Time(argument[..blank]) is not null) return await SetModifiedAsync(session, argument, cancellation);
        return await session.FindAsync(argument, cancellation) is { Item: { } file }
            ? new FtpReply(213, Facts.Time(Entry.Of(file).Time))
            : FtpReply.NotFound;
    }

    public static async ValueTask<FtpReply> SetModifiedAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        var blank = argument.IndexOf(' ', StringComparison.Ordinal);
        if (blank < 0 || Facts.Time(argument[..blank]) is not { } time) return FtpReply.Syntax;
        if (await session.FindAsync(argument[(blank + 1)..], cancellation) is not { Item: not null } found) return FtpReply.NotFound;
        var micros = (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var put = await session.Items.SetModifiedAsync(found.Place, micros, session.Unlocked(found.Place), cancellation);
        return put.Declined ? FtpReply.From(put.Refusal) : new FtpReply(213, $"Modify={Facts.Time(time)}; {argument[(blank + 1)..]}");
    }

    public static async ValueTask<FtpReply> FactsAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        if (await session.FindAsync(argument, cancellation) is not { IsNothing: false } found) return FtpReply.NotFound;
        var entry = found.Item is { } file ? Entry.Of(file) : Entry.Of(found.Collection!);
        var name = FtpPath.Text(session.Resolve(argument)!);
        var facts = Facts.Of(entry, entry.IsFolder ? "dir" : "file", name, session.Items.ReadOnly);
        return new FtpReply(250, $"Facts\n{facts}\nEnd");
    }

    public static async ValueTask<FtpReply> HashAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        var (found, hash) = await DigestAsync(session, argument, cancellation);
        return hash is null ? found : new FtpReply(213, $"SHA-256 {hash} {argument}");
    }

    public static async ValueTask<FtpReply> Sha256Async(FtpSession session, string argument, CancellationToken cancellation)
    {
        var (found, hash) = await DigestAsync(session, argument.Trim('"'), cancellation);
        return hash is null ? found : new FtpReply(250, hash[(hash.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
    }

    /// <summary>How much more the account may have.</summary>
    public static async ValueTask<FtpReply> AvailableAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        var room = await session.Services.Quotas.RoomAsync(session.Services.Accounts, session.Address, cancellation);
        return room.Available is { } available
            ? new FtpReply(213, available.ToString(CultureInfo.InvariantCulture))
            : new FtpReply(550, "The account has no limit");
    }

    /// <summary>"0-LAST HASH", as HASH has it.</summary>
    private static async ValueTask<(FtpReply NotFound, string? Hash)> DigestAsync(
        FtpSession session, string argument, CancellationToken cancellation)
    {
        if (await session.FindAsync(argument, cancellation) is not { Item: { } file }) return (FtpReply.NotFound, null);
        if (file.Digest.IsEmpty) return (new FtpReply(550, "Its hash is not known"), null);
        return (default, $"0-{file.Size} {Convert.ToHexStringLower(file.Digest.Span)}");
    }
}
