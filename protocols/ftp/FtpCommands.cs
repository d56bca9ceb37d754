using System.Collections.Frozen;
using System.Text;
using CompatBot.Core.Content;
using CompatBot.Protocols.Ftp.Commands;

namespace CompatBot.Protocols.Ftp;

/// <summary>Runs a command; the argument is what follows its name and one blank.</summary>
internal delegate ValueTask<FtpReply> FtpRun(FtpSession session, string argument, CancellationToken cancellation);

/// <param name="NeedsLogin">Otherwise it may be given before the login too.</param>
/// <param name="NeedsArgument">Without one it is 501.</param>
/// <param name="Prepares">It may stand between REST and the transfer that begins there.</param>
internal sealed record FtpCommandEntry(
    string Name, FtpRun Run, bool NeedsLogin = true, bool NeedsArgument = false, bool Prepares = false)
{
    /// <summary>A device that may only upload may give it too.</summary>
    public bool ForDrops { get; init; }

    /// <summary>Done in its place for such a device; null: see <see cref="ForDrops"/>.</summary>
    public FtpRun? Drop { get; init; }
}

/// <summary>Every command this server speaks, and where it is done: the map of this folder.</summary>
internal static class FtpCommands
{
    private static readonly FrozenDictionary<string, FtpCommandEntry> Entries = new FtpCommandEntry[]
    {
        new("USER", Access.UserAsync, false, true), // RFC 959 4.1.1
        new("PASS", Access.PasswordAsync, false),
        new("ACCT", (_, _, _) => new(new FtpReply(202, "No account is needed"))) { ForDrops = true },
        new("REIN", Access.ReinitializeAsync, false),
        new("QUIT", (_, _, _) => new(new FtpReply(221, "Goodbye", Closes: true)), false),
        new("AUTH", Access.AuthAsync, false, true), // RFC 4217
        new("PBSZ", Access.BufferSizeAsync, false, true),
        new("PROT", Access.ProtectAsync, false, true),
        new("TYPE", Parameters.TypeAsync, false, true), // RFC 959 4.1.2
        new("MODE", Parameters.ModeAsync, false, true),
        new("STRU", Parameters.StructureAsync, false, true),
        new("PASV", DataCommands.PassiveAsync, Prepares: true) { ForDrops = true },
        new("EPSV", DataCommands.ExtendedPassiveAsync, Prepares: true) { ForDrops = true }, // RFC 2428
        new("PORT", DataCommands.PortAsync, NeedsArgument: true, Prepares: true) { ForDrops = true },
        new("EPRT", DataCommands.ExtendedPortAsync, NeedsArgument: true, Prepares: true) { ForDrops = true },
        new("FEAT", Parameters.FeaturesAsync, false), // RFC 2389
        new("OPTS", Parameters.OptionsAsync, false, true),
        new("SYST", (_, _, _) => new(new FtpReply(215, "UNIX Type: L8")), false), // RFC 959 4.1.3
        new("STAT", Parameters.StatusAsync),
        new("HELP", Parameters.HelpAsync, false),
        new("NOOP", (_, _, _) => new(new FtpReply(200, "Nothing done")), false),
        new("LANG", Parameters.LanguageAsync, false), // RFC 2640 4
        new("HOST", Access.HostAsync, false, true), // RFC 7151
        new("CLNT", (_, _, _) => new(new FtpReply(200, "Noted")), false),
        new("ALLO", (_, _, _) => new(new FtpReply(202, "No room needs to be reserved"))) { ForDrops = true },
        new("SMNT", (_, _, _) => new(new FtpReply(202, "There is one file system here"))) { ForDrops = true },
        new("SITE", Parameters.SiteAsync, NeedsArgument: true),
        new("PWD", Folders.PrintAsync) { ForDrops = true },
        new("XPWD", Folders.PrintAsync) { ForDrops = true },
        new("CWD", Folders.ChangeAsync) { Drop = Dropping.ChangeAsync },
        new("XCWD", Folders.ChangeAsync) { Drop = Dropping.ChangeAsync },
        new("CDUP", (session, _, stop) => Folders.ChangeAsync(session, "..", stop)) { Drop = Dropping.UpAsync },
        new("XCUP", (session, _, stop) => Folders.ChangeAsync(session, "..", stop)) { Drop = Dropping.UpAsync },
        new("MKD", Folders.MakeAsync, NeedsArgument: true),
        new("XMKD", Folders.MakeAsync, NeedsArgument: true),
        new("RMD", Folders.RemoveAsync, NeedsArgument: true),
        new("XRMD", Folders.RemoveAsync, NeedsArgument: true),
        new("DELE", Folders.DeleteAsync, NeedsArgument: true),
        new("RNFR", Folders.RenameFromAsync, NeedsArgument: true),
        new("RNTO", Folders.RenameToAsync, NeedsArgument: true),
        new("SIZE", FileFacts.SizeAsync, NeedsArgument: true), // RFC 3659
        new("MDTM", FileFacts.ModifiedAsync, NeedsArgument: true),
        new("MFMT", FileFacts.SetModifiedAsync, NeedsArgument: true), // draft-somers-ftp-mfxx
        new("MFCT", FileFacts.SetCreatedAsync, NeedsArgument: true),
        new("MFF", FileFacts.SetFactsAsync, NeedsArgument: true),
        new("MLST", FileFacts.FactsAsync),
        new("HASH", Hashes.HashAsync, NeedsArgument: true), // draft-bryan-ftpext-hash
        new("XSHA256", Hashes.Of(HashKind.Sha256), NeedsArgument: true),
        new("XSHA512", Hashes.Of(HashKind.Sha512), NeedsArgument: true),
        new("XSHA1", Hashes.Of(HashKind.Sha1), NeedsArgument: true),
        new("XSHA", Hashes.Of(HashKind.Sha1), NeedsArgument: true),
        new("XMD5", Hashes.Of(HashKind.Md5), NeedsArgument: true),
        new("XCRC", Hashes.Of(HashKind.Crc32), NeedsArgument: true),
        new("COMB", Combining.RunAsync, NeedsArgument: true),
        new("AVBL", FileFacts.AvailableAsync), // draft-peterson-streamlined-ftp-command-extensions
        new("LIST", Listings.ListAsync),
        new("NLST", Listings.NamesAsync),
        new("MLSD", Listings.FactsAsync),
        new("REST", Transfers.RestartAsync, NeedsArgument: true, Prepares: true),
        new("RETR", Transfers.RetrieveAsync, NeedsArgument: true),
        new("STOR", Transfers.StoreAsync, NeedsArgument: true) { Drop = Dropping.StoreAsync },
        new("APPE", Transfers.AppendAsync, NeedsArgument: true),
        new("STOU", Transfers.StoreUniqueAsync) { Drop = Dropping.StoreAsync },
        new("ABOR", (_, _, _) => new(new FtpReply(226, "No transfer runs"))) { ForDrops = true },
    }.ToFrozenDictionary(entry => entry.Name, StringComparer.OrdinalIgnoreCase);

    public static IEnumerable<string> Names => Entries.Keys.Order(StringComparer.Ordinal);

    public static FtpCommandEntry? Find(string name) => Entries.GetValueOrDefault(name);

    /// <summary>ABOR, perhaps behind Telnet's "interrupt process" and "data mark" (RFC 959 section 4.1.3).</summary>
    public static bool IsAbort(ReadOnlySpan<byte> line) => Ascii.EqualsIgnoreCase(WithoutTelnet(line).TrimEnd((byte)' '), "ABOR"u8);

    /// <summary>A line without the Telnet commands before it: 255 begins one, and is in no UTF-8.</summary>
    public static ReadOnlySpan<byte> WithoutTelnet(ReadOnlySpan<byte> line)
    {
        var begin = line.IndexOfAnyExceptInRange((byte)0xF0, (byte)0xFF);
        return begin < 0 ? default : line[begin..];
    }
}
