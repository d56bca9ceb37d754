using CompatBot.Protocols.ManageSieve.Wire;

namespace CompatBot.Protocols.ManageSieve.Commands;

/// <summary>LOGOUT (RFC 5804 section 2.3).</summary>
internal sealed record Logout : IManageSieveCommand
{
    public static IManageSieveCommand? Parse(IReadOnlyList<SieveValue> values) => values.Count == 0 ? new Logout() : null;

    public ValueTask<ManageSieveReply> RunAsync(ManageSieveSession session, CancellationToken cancellation) =>
        new(ManageSieveReply.Ok("Bye") with { Closes = true });
}
