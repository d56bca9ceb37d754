using System.Text.Json.Serialization;

namespace CompatBot.Gateway.Admin;

/// <summary>What went wrong, for programs.</summary>
/// <param name="Error">A member of ExitCode.</param>
/// <param name="Message">For people.</param>
internal sealed record ErrorReport(string Error, string Message);

internal sealed record DomainReport(string Domain, string? CatchAll);

internal sealed record AccountLine(string Address, string Id);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(VerbCall))]
[JsonSerializable(typeof(VerbAnswer))]
[JsonSerializable(typeof(ErrorReport))]
[JsonSerializable(typeof(IReadOnlyList<DomainReport>))]
[JsonSerializable(typeof(IReadOnlyList<AccountLine>))]
internal sealed partial class AdminJson : JsonSerializerContext;
