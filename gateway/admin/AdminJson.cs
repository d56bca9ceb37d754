using System.Text.Json.Serialization;

namespace CompatBot.Gateway.Admin;

/// <summary>What went wrong, for programs.</summary>
/// <param name="Error">A member of ExitCode.</param>
/// <param name="Message">For people.</param>
internal sealed record ErrorReport(string Error, string Message);

internal sealed record DomainReport(string Domain, string? CatchAll);

internal sealed record AccountLine(string Address, string Id);

internal sealed record VerifyReport(bool Sound, IReadOnlyList<AccountCheck> Accounts, IReadOnlyList<Flaw> Flaws);

internal sealed record DropCachesReport(int Accounts);

/// <summary>A device that was just made; its password is shown here and never again.</summary>
internal sealed record MadeDevice(string Id, string Label, IReadOnlyList<string> Scopes, string Password);

/// <summary>An account that was just made, with its words, shown here and never again.</summary>
internal sealed record MadeAccount(string Address, string Id, string Words, IReadOnlyList<string> Aliases, IReadOnlyList<MadeDevice> Devices);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(VerbCall))]
[JsonSerializable(typeof(VerbAnswer))]
[JsonSerializable(typeof(ErrorReport))]
[JsonSerializable(typeof(StartReport))]
[JsonSerializable(typeof(IReadOnlyList<MadeAccount>))]
[JsonSerializable(typeof(MadeDevice))]
[JsonSerializable(typeof(VerifyReport))]
[JsonSerializable(typeof(DropCachesReport))]
[JsonSerializable(typeof(IReadOnlyList<DomainReport>))]
[JsonSerializable(typeof(IReadOnlyList<AccountLine>))]
internal sealed partial class AdminJson : JsonSerializerContext;
