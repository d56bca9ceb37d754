using System.Collections.Frozen;
using CompatBot.Protocols.ManageSieve.Commands;
using CompatBot.Protocols.ManageSieve.Wire;

namespace CompatBot.Protocols.ManageSieve;

/// <summary>A parsed command, ready to run.</summary>
internal interface IManageSieveCommand
{
    ValueTask<ManageSieveReply> RunAsync(ManageSieveSession session, CancellationToken cancellation);
}

/// <summary>The states in which a command may be given, and what makes it of its arguments (null: they are not what it takes).</summary>
internal sealed record ManageSieveEntry(ManageSieveState AllowedIn, Func<IReadOnlyList<SieveValue>, IManageSieveCommand?> Parse);

/// <summary>Every command this server speaks: the map of this folder.</summary>
internal static class ManageSieveCommands
{
    public static FrozenDictionary<string, ManageSieveEntry> Table { get; } = new Dictionary<string,
        ManageSieveEntry>(StringComparer.Ordinal)
    {
        ["AUTHENTICATE"] = new(ManageSieveState.NotAuthenticated, Authenticate.Parse), // RFC 5804 2.1
        ["STARTTLS"] = new(ManageSieveState.NotAuthenticated, StartTls.Parse), // 2.2
        ["LOGOUT"] = new(ManageSieveState.Any, Logout.Parse), // 2.3
        ["CAPABILITY"] = new(ManageSieveState.Any, Capability.Parse), // 2.4
        ["HAVESPACE"] = new(ManageSieveState.Authenticated, HaveSpace.Parse), // 2.5
        ["PUTSCRIPT"] = new(ManageSieveState.Authenticated, PutScript.Parse), // 2.6
        ["LISTSCRIPTS"] = new(ManageSieveState.Authenticated, ListScripts.Parse), // 2.7
        ["SETACTIVE"] = new(ManageSieveState.Authenticated, SetActive.Parse), // 2.8
        ["GETSCRIPT"] = new(ManageSieveState.Authenticated, GetScript.Parse), // 2.9
        ["DELETESCRIPT"] = new(ManageSieveState.Authenticated, DeleteScript.Parse), // 2.10
        ["RENAMESCRIPT"] = new(ManageSieveState.Authenticated, RenameScript.Parse), // 2.11
        ["CHECKSCRIPT"] = new(ManageSieveState.Authenticated, CheckScript.Parse), // 2.12
        ["NOOP"] = new(ManageSieveState.Any, Noop.Parse), // 2.13
        ["UNAUTHENTICATE"] = new(ManageSieveState.Authenticated, Unauthenticate.Parse), // 2.14
    }.ToFrozenDictionary(StringComparer.Ordinal);
}
