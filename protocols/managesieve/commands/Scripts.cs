using CompatBot.Core.Store;
using CompatBot.Protocols.ManageSieve.Wire;

namespace CompatBot.Protocols.ManageSieve.Commands;

/// <summary>HAVESPACE: whether a script of a size would be taken (RFC 5804 section 2.5).</summary>
internal sealed record HaveSpace(string Name, long Octets) : IManageSieveCommand
{
    public static IManageSieveCommand? Parse(IReadOnlyList<SieveValue> values) =>
        values is [var name, { Octets: null } size] && CommandReader.Text(name) is { } text ? new HaveSpace(text, size.Number) : null;

    public ValueTask<ManageSieveReply> RunAsync(ManageSieveSession session, CancellationToken cancellation)
    {
        var refusal = session.Filters.Judge(Name, Octets);
        return new(refusal == Refusal.None ? ManageSieveReply.Ok() : ManageSieveReply.From(refusal));
    }
}

/// <summary>PUTSCRIPT: stores a script that is one (RFC 5804 section 2.6).</summary>
internal sealed record PutScript(string Name, string Script) : IManageSieveCommand
{
    public static IManageSieveCommand? Parse(IReadOnlyList<SieveValue> values) =>
        values is [var name, var script] && CommandReader.Text(name) is { } text && CommandReader.Text(script) is { } body
            ? new PutScript(text, body)
            : null;

    public override string ToString() => "PUTSCRIPT";

    public async ValueTask<ManageSieveReply> RunAsync(ManageSieveSession session, CancellationToken cancellation)
    {
        var refusal = session.Filters.Judge(Name, System.Text.Encoding.UTF8.GetByteCount(Script));
        if (refusal != Refusal.None) return ManageSieveReply.From(refusal);
        if (session.Services.Language.FaultIn(Script) is { } fault) return ManageSieveReply.No(fault);
        var put = await session.Filters.PutAsync(Name, Script, cancellation);
        return put.Declined ? ManageSieveReply.From(put.Refusal) : ManageSieveReply.Ok();
    }
}

/// <summary>CHECKSCRIPT: whether a script is one (RFC 5804 section 2.12).</summary>
internal sealed record CheckScript(string Script) : IManageSieveCommand
{
    public static IManageSieveCommand? Parse(IReadOnlyList<SieveValue> values) =>
        values is [var script] && CommandReader.Text(script) is { } body ? new CheckScript(body) : null;

    public override string ToString() => "CHECKSCRIPT";

    public ValueTask<ManageSieveReply> RunAsync(ManageSieveSession session, CancellationToken cancellation) =>
        new(session.Services.Language.FaultIn(Script) is { } fault ? ManageSieveReply.No(fault) : ManageSieveReply.Ok());
}

/// <summary>LISTSCRIPTS (RFC 5804 section 2.7).</summary>
internal sealed record ListScripts : IManageSieveCommand
{
    public static IManageSieveCommand? Parse(IReadOnlyList<SieveValue> values) => values.Count == 0 ? new ListScripts() : null;

    public ValueTask<ManageSieveReply> RunAsync(ManageSieveSession session, CancellationToken cancellation)
    {
        var state = session.Filters.State;
        foreach (var name in state.Scripts.Keys)
        {
            var writer = new SieveWriter(session.Connection.Output);
            writer.String(name);
            if (name == state.Active) writer.Raw(" ACTIVE");
            writer.End();
        }

        return new(ManageSieveReply.Ok());
    }
}

/// <summary>GETSCRIPT (RFC 5804 section 2.9).</summary>
internal sealed record GetScript(string Name) : IManageSieveCommand
{
    public static IManageSieveCommand? Parse(IReadOnlyList<SieveValue> values) =>
        values is [var name] && CommandReader.Text(name) is { } text ? new GetScript(text) : null;

    public ValueTask<ManageSieveReply> RunAsync(ManageSieveSession session, CancellationToken cancellation)
    {
        if (!session.Filters.State.Scripts.TryGetValue(Name, out var script)) return new(ManageSieveReply.From(Refusal.NotFound));
        new SieveWriter(session.Connection.Output).Literal(script);
        return new(ManageSieveReply.Ok());
    }
}

/// <summary>SETACTIVE: "" for none (RFC 5804 section 2.8).</summary>
internal sealed record SetActive(string Name) : IManageSieveCommand
{
    public static IManageSieveCommand? Parse(IReadOnlyList<SieveValue> values) =>
        values is [var name] && CommandReader.Text(name) is { } text ? new SetActive(text) : null;

    public async ValueTask<ManageSieveReply> RunAsync(ManageSieveSession session, CancellationToken cancellation)
    {
        var activated = await session.Filters.ActivateAsync(Name, cancellation);
        return activated.Declined ? ManageSieveReply.From(activated.Refusal) : ManageSieveReply.Ok();
    }
}

/// <summary>DELETESCRIPT: not of the active one (RFC 5804 section 2.10).</summary>
internal sealed record DeleteScript(string Name) : IManageSieveCommand
{
    public static IManageSieveCommand? Parse(IReadOnlyList<SieveValue> values) =>
        values is [var name] && CommandReader.Text(name) is { } text ? new DeleteScript(text) : null;

    public async ValueTask<ManageSieveReply> RunAsync(ManageSieveSession session, CancellationToken cancellation)
    {
        if (session.Filters.State.Active == Name) return ManageSieveReply.No("The active script can not be deleted", "ACTIVE");
        var deleted = await session.Filters.DeleteAsync(Name, cancellation);
        return deleted.Declined ? ManageSieveReply.From(deleted.Refusal) : ManageSieveReply.Ok();
    }
}

/// <summary>RENAMESCRIPT: of the active one too, which stays active (RFC 5804 section 2.11).</summary>
internal sealed record RenameScript(string From, string To) : IManageSieveCommand
{
    public static IManageSieveCommand? Parse(IReadOnlyList<SieveValue> values) =>
        values is [var from, var to] && CommandReader.Text(from) is { } old && CommandReader.Text(to) is { } text
            ? new RenameScript(old, text)
            : null;

    public async ValueTask<ManageSieveReply> RunAsync(ManageSieveSession session, CancellationToken cancellation)
    {
        var renamed = await session.Filters.RenameAsync(From, To, cancellation);
        return renamed.Declined ? ManageSieveReply.From(renamed.Refusal) : ManageSieveReply.Ok();
    }
}
