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

    public static ValueTask<FtpReply> ModeAsync(FtpSession session, string argument, CancellationToken cancellation) =>
        new(IsLetter(argument, "S") ? new FtpReply(200, "Mode is stream") : new FtpReply(504, "S is the only mode"));

    public static ValueTask<FtpReply> StructureAsync(FtpSession session, string argument, CancellationToken cancellation) =>
        new(IsLetter(argument, "F") ? new FtpReply(200, "Structure is file") : new FtpReply(504, "F is the only structure"));

    public static ValueTask<FtpReply> FeaturesAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        var tls = session.Services.Server.Tls is null ? "" : "AUTH TLS\nPBSZ\nPROT\n";
        var facts = $"MDTM\nMFMT\nMLST {Facts.Names}\nREST STREAM\nSIZE\nTVFS\nUTF8\nXSHA256";
        return new(new FtpReply(211, $"Features\nAVBL\n{tls}CLNT\nEPRT\nEPSV\nHASH SHA-256*\n{facts}\nEnd"));
    }

    public static ValueTask<FtpReply> OptionsAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        var words = argument.ToUpperInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new(words switch
        {
            ["UTF8" or "UTF-8"] or ["UTF8" or "UTF-8", "ON" or "NLST"] => new FtpReply(200, "UTF-8 is always on"),
            ["UTF8" or "UTF-8", "OFF"] => new FtpReply(504, "UTF-8 is always on"),
            ["MLST", ..] => new FtpReply(200, $"MLST OPTS {Facts.Names.Replace("*", "", StringComparison.Ordinal)}"),
            ["HASH"] or ["HASH", "SHA-256"] => new FtpReply(200, "SHA-256"),
            ["HASH", ..] => new FtpReply(504, "SHA-256 is the only one"),
            _ => new FtpReply(501, "No such option"),
        });
    }

    public static async ValueTask<FtpReply> StatusAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        if (argument.Length == 0)
        {
            var data = session.IsDataProtected ? "under TLS" : "in clear";
            return new FtpReply(211, $"Status\nTYPE {(session.IsAscii ? "A" : "I")}, MODE S, STRU F\nData connections are {data}\nEnd");
        }

        var found = await session.FindAsync(argument, cancellation);
        if (found is null or { IsNothing: true }) return FtpReply.NotFound;
        var now = session.Services.Time.GetUtcNow();
        var lines = Listings.Members(session, found).Select(entry => UnixLine.Of(entry, now, session.Items.ReadOnly));
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
