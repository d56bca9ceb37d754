using CompatBot.Protocols.ManageSieve.Wire;

namespace CompatBot.Protocols.ManageSieve.Commands;

/// <summary>UNAUTHENTICATE: the login ends, the connection stays (RFC 5804 section 2.14.1).</summary>
internal sealed record Unauthenticate : IManageSieveCommand
{
    public static IManageSieveCommand? Parse(IReadOnlyList<SieveValue> values) => values.Count == 0 ? new Unauthenticate() : null;

    public async ValueTask<ManageSieveReply> RunAsync(ManageSieveSession session, CancellationToken cancellation)
    {
        await session.LeaveAsync();
        return ManageSieveReply.Ok();
    }
}
