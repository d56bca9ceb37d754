using CompatBot.Protocols.ManageSieve.Wire;

namespace CompatBot.Protocols.ManageSieve.Commands;

/// <summary>NOOP: its argument comes back, so that a client finds its place (RFC 5804 section 2.13).</summary>
internal sealed record Noop(string? Tag) : IManageSieveCommand
{
    public static IManageSieveCommand? Parse(IReadOnlyList<SieveValue> values) => values switch
    {
        [] => new Noop(Tag: null),
        [var value] when CommandReader.Text(value) is { } tag => new Noop(tag),
        _ => null,
    };

    public ValueTask<ManageSieveReply> RunAsync(ManageSieveSession session, CancellationToken cancellation)
    {
        if (Tag is null) return new(ManageSieveReply.Ok());
        var writer = new SieveWriter(session.Connection.Output);
        writer.Raw("OK (TAG ");
        writer.String(Tag);
        writer.Raw(") \"Done\"");
        writer.End();
        return new(ManageSieveReply.Written);
    }
}
