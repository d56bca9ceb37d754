using System.Collections.Frozen;
using CompatBot.Protocols.Sieve.Language.Commands;

namespace CompatBot.Protocols.Sieve.Language;

/// <summary>A row of the table of commands.</summary>
/// <param name="Extension">What the script must require; null: nothing.</param>
internal sealed record SieveCommandEntry(string? Extension, Func<SieveArguments, SieveStep> Compile);

/// <summary>Every command by its name, but "require", "if", "elsif" and "else", which are the compiler's own.</summary>
internal static class SieveCommands
{
    public static FrozenDictionary<string, SieveCommandEntry> Table { get; } = new Dictionary<string,
        SieveCommandEntry>(StringComparer.Ordinal)
    {
        ["addflag"] = new("imap4flags", FlagCommands.Add),
        ["addheader"] = new("editheader", HeaderCommands.Add),
        ["deleteheader"] = new("editheader", HeaderCommands.Delete),
        ["discard"] = new(null, KeepCommands.Discard),
        ["ereject"] = new("ereject", RejectCommand.Compile),
        ["error"] = new("ihave", ControlCommands.Error),
        ["fileinto"] = new("fileinto", KeepCommands.FileInto),
        ["global"] = new("include", ControlCommands.Global),
        ["include"] = new("include", ControlCommands.Include),
        ["keep"] = new(null, KeepCommands.Keep),
        ["notify"] = new("enotify", NotifyCommand.Compile),
        ["redirect"] = new(null, RedirectCommand.Compile),
        ["reject"] = new("reject", RejectCommand.Compile),
        ["removeflag"] = new("imap4flags", FlagCommands.Remove),
        ["return"] = new("include", ControlCommands.Return),
        ["set"] = new("variables", SetCommand.Compile),
        ["setflag"] = new("imap4flags", FlagCommands.Set),
        ["stop"] = new(null, ControlCommands.Stop),
        ["vacation"] = new("vacation", VacationCommand.Compile),
    }.ToFrozenDictionary(StringComparer.Ordinal);
}
