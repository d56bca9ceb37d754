using CompatBot.Protocols.Ftp.Listing;

namespace CompatBot.Protocols.Ftp.Commands;

/// <summary>How octets travel, and what the server says of itself (RFC 959 sections 4.1.2 and 4.1.3, RFC 2389).</summary>
internal static class Parameters
{
    public static ValueTask<FtpReply> TypeAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        switch (argument.Trim().ToUpperInvariant())
        {
            case "A" or "A N":
                session.IsAscii = true;
                return new(new FtpReply(200, "Type is ASCII"));
            case "I" or "L 8" or "L8":
                session.IsAscii = false;
                return new(new FtpReply(200, "Type is image"));
            default:
                return new(new FtpReply(504, "A or I"));
        }
    }

    /// <summary>MODE Z (draft-preston-ftpext-deflate): what goes over data connections is a zlib stream.</summary>
    public static ValueTask<FtpReply> ModeAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        if (!IsLetter(argument, "S") && !IsLetter(argument, "Z")) return new(new FtpReply(504, "S or Z"));
        session.IsDeflated = IsLetter(argument, "Z");
        return new(new FtpReply(200, session.IsDeflated ? "Mode is deflate" : "Mode is stream"));
    }

    /// <summary>LANG: replies are in English (RFC 2640 section 4).</summary>
    public static ValueTask<FtpReply> LanguageAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        var tag = argument.Trim();
        var isEnglish = tag.Length == 0 || tag.Equals("en", StringComparison.OrdinalIgnoreCase)
            || tag.StartsWith("en-", StringComparison.OrdinalIgnoreCase);
        return new(isEnglish ? new FtpReply(200, "Replies are in English") : new FtpReply(504, "EN is the only language"));
    }

    public static ValueTask<FtpReply> StructureAsync(FtpSession session, string argument, CancellationToken cancellation) =>
        new(IsLetter(argument, "F") ? new FtpReply(200, "Structure is file") : new FtpReply(504, "F is the only structure"));

    public static ValueTask<FtpReply> FeaturesAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        var tls = session.Services.Server.Tls is null ? "" : "AUTH TLS\nPBSZ\nPROT\n";
        var facts = string.Concat(Facts.All.Select(fact => session.Facts.Contains(fact) ? $"{fact}*;" : $"{fact};"));
        var hashes = string.Join(';', Hashes.All.Select(hash => hash.Kind == session.Hash ? $"{hash.Name}*" : hash.Name));
        return new(new FtpReply(
            211,
            $"Features\nAVBL\n{tls}CLNT\nCOMB\nEPRT\nEPSV\nHASH {hashes}\nHOST\nLANG EN*\nMDTM\nMFCT\nMFF Create;Modify;\nMFMT\n"
            + $"MLST {facts}\nMODE Z\nREST STREAM\nSIZE\nTVFS\nUTF8\nXCRC\nXMD5\nXSHA1\nXSHA256\nXSHA512\nEnd"));
    }

    public static ValueTask<FtpReply> OptionsAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        var words = argument.ToUpperInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new(words switch
        {
            ["UTF8" or "UTF-8"] or ["UTF8" or "UTF-8", "ON" or "NLST"] => new FtpReply(200, "UTF-8 is always on"),
            ["UTF8" or "UTF-8", "OFF"] => new FtpReply(504, "UTF-8 is always on"),
            ["MLST"] => ChooseFacts(session, ""),
            ["MLST", var facts] => ChooseFacts(session, facts),
            ["HASH"] => new FtpReply(200, Hashes.NameOf(session.Hash)),
            ["HASH", var name] => ChooseHash(session, name),
            ["MODE", "Z", ..] => new FtpReply(200, "The level is the server's"),
            _ => new FtpReply(501, "No such option"),
        });
    }

    private static FtpReply ChooseFacts(FtpSession session, string facts)
    {
        var wanted = facts.Split(';');
        session.Facts = [.. Facts.All.Where(fact => wanted.Contains(fact, StringComparer.OrdinalIgnoreCase))];
        return new FtpReply(200, session.Facts.Count == 0 ? "MLST OPTS" : $"MLST OPTS {string.Join(';', session.Facts)};");
    }

    private static FtpReply ChooseHash(FtpSession session, string name)
    {
        foreach (var (known, kind) in Hashes.All)
        {
            if (known != name) continue;
            session.Hash = kind;
            return new FtpReply(200, known);
        }

        return new FtpReply(504, "No such hash");
    }

    public static async ValueTask<FtpReply> StatusAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        if (argument.Length == 0)
        {
            var data = session.IsDataProtected ? "under TLS" : "in clear";
            var (type, mode) = (session.IsAscii ? "A" : "I", session.IsDeflated ? "Z" : "S");
            return new FtpReply(211, $"Status\nTYPE {type}, MODE {mode}, STRU F\nData connections are {data}\nEnd");
        }

        var (items, found) = await session.LookAsync(argument, cancellation);
        if (found is null or { IsNothing: true }) return FtpReply.NotFound;
        var now = session.Services.Time.GetUtcNow();
        var lines = Listings.Members(items, found).Select(entry => UnixLine.Of(entry, now, items.ReadOnly));
        return new FtpReply(213, string.Join('\n', ["Status", .. lines, "End"]));
    }

    public static ValueTask<FtpReply> HelpAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        var lines = FtpCommands.Names.Chunk(8).Select(names => string.Join(' ', names));
        return new(new FtpReply(214, string.Join('\n', ["Commands", .. lines, "End"])));
    }

    /// <summary>CHMOD and UMASK mean nothing here, and clients that say them want to hear that it is well.</summary>
    public static ValueTask<FtpReply> SiteAsync(FtpSession session, string argument, CancellationToken cancellation) =>
        new(argument.Split(' ')[0].ToUpperInvariant() switch
        {
            "CHMOD" or "UMASK" => new FtpReply(200, "There are no modes here"),
            "HELP" => new FtpReply(214, "CHMOD UMASK HELP"),
            _ => new FtpReply(504, "No such thing"),
        });

    private static bool IsLetter(string argument, string letter) => argument.Trim().Equals(letter, StringComparison.OrdinalIgnoreCase);
}
