using System.Globalization;
using CompatBot.Protocols.Ftp.Listing;

namespace CompatBot.Protocols.Ftp.Commands;

/// <summary>What is known of a file, over the control connection (RFC 3659).</summary>
internal static class FileFacts
{
    public static async ValueTask<FtpReply> SizeAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        if (session.IsAscii) return new FtpReply(550, "Not in ASCII: TYPE I first");
        return await session.LookAsync(argument, cancellation) is { Found.Item: { } file }
            ? new FtpReply(213, file.Size.ToString(CultureInfo.InvariantCulture))
            : FtpReply.NotFound;
    }

    public static async ValueTask<FtpReply> ModifiedAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        // Older clients set a time with it.
        var blank = argument.IndexOf(' ', StringComparison.Ordinal);
        if (blank == 14 && Facts.Time(argument[..blank]) is not null) return await SetModifiedAsync(session, argument, cancellation);
        return await session.LookAsync(argument, cancellation) is { Found.Item: { } file }
            ? new FtpReply(213, Facts.Time(Entry.Of(file).Time))
            : FtpReply.NotFound;
    }

    public static ValueTask<FtpReply> SetModifiedAsync(FtpSession session, string argument, CancellationToken cancellation) =>
        SetTimeAsync(session, argument, "Modify", cancellation);

    public static ValueTask<FtpReply> SetCreatedAsync(FtpSession session, string argument, CancellationToken cancellation) =>
        SetTimeAsync(session, argument, "Create", cancellation);

    /// <summary>MFF: several facts at once; those that can not be set are passed over.</summary>
    public static async ValueTask<FtpReply> SetFactsAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        var blank = argument.IndexOf("; ", StringComparison.Ordinal);
        if (blank < 0) return FtpReply.Syntax;
        var (modified, created, done) = ((DateTimeOffset?)null, (DateTimeOffset?)null, "");
        foreach (var fact in argument[..blank].Split(';'))
        {
            var equals = fact.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0) return FtpReply.Syntax;
            var name = fact[..equals].Trim().ToUpperInvariant();
            if (name is not ("MODIFY" or "CREATE")) continue;
            if (Facts.Time(fact[(equals + 1)..]) is not { } time) return FtpReply.Syntax;
            if (name == "MODIFY") modified = time;
            else created = time;
            done += $"{(name == "MODIFY" ? "Modify" : "Create")}={Facts.Time(time)};";
        }

        return await SetAsync(session, argument[(blank + 2)..], modified, created, done, cancellation);
    }

    private static ValueTask<FtpReply> SetTimeAsync(FtpSession session, string argument, string fact, CancellationToken cancellation)
    {
        var blank = argument.IndexOf(' ', StringComparison.Ordinal);
        if (blank < 0 || Facts.Time(argument[..blank]) is not { } time) return new(FtpReply.Syntax);
        var isModified = fact == "Modify";
        return SetAsync(
            session,
            argument[(blank + 1)..],
            isModified ? time : null,
            isModified ? null : time,
            $"{fact}={Facts.Time(time)};",
            cancellation);
    }

    private static async ValueTask<FtpReply> SetAsync(
        FtpSession session, string path, DateTimeOffset? modified, DateTimeOffset? created, string done, CancellationToken cancellation)
    {
        if (await session.FindAsync(path, cancellation) is not { Item: not null } found) return FtpReply.NotFound;
        if (done.Length == 0) return new FtpReply(213, $" {path}");
        var put = await session.Items.SetTimesAsync(
            found.Place, Micros(modified), Micros(created), session.Unlocked(found.Place), cancellation);
        return put.Declined ? FtpReply.From(put.Refusal) : new FtpReply(213, $"{done} {path}");
    }

    private static long? Micros(DateTimeOffset? time) => (time - DateTimeOffset.UnixEpoch)?.Ticks / TimeSpan.TicksPerMicrosecond;

    public static async ValueTask<FtpReply> FactsAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        if (await session.LookAsync(argument, cancellation) is not (var items, { IsNothing: false } found)) return FtpReply.NotFound;
        var entry = found.Item is { } file ? Entry.Of(file) : Entry.Of(found.Collection!);
        var name = FtpPath.Text(session.Resolve(argument)!);
        var facts = Facts.Of(entry, entry.IsFolder ? "dir" : "file", name, items.ReadOnly, session.Facts);
        return new FtpReply(250, $"Facts\n{facts}\nEnd");
    }

    /// <summary>How much more the account may have.</summary>
    public static async ValueTask<FtpReply> AvailableAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        var room = await session.Services.Quotas.RoomAsync(session.Services.Accounts, session.Address, cancellation);
        return room.Available is { } available
            ? new FtpReply(213, available.ToString(CultureInfo.InvariantCulture))
            : new FtpReply(550, "The account has no limit");
    }
}
