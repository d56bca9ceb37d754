namespace CompatBot.Protocols.Sieve.Language.Commands;

/// <summary>"stop" (RFC 5228 section 3.3); "include", "return" and "global" (RFC 6609); "error" (RFC 5463 section 5).</summary>
internal static class ControlCommands
{
    public static SieveStep Stop(SieveArguments arguments)
    {
        arguments.End();
        return _ => SieveFlow.Stop;
    }

    public static SieveStep Return(SieveArguments arguments)
    {
        arguments.End();
        return _ => SieveFlow.Return;
    }

    public static SieveStep Include(SieveArguments arguments)
    {
        var (once, optional) = (arguments.Flag("once"), arguments.Flag("optional"));

        // The server has no scripts of its own: what is there for all is not found.
        var isGlobal = arguments.Flag("global");
        if (isGlobal && arguments.Flag("personal")) throw arguments.Wrong("\":global\" and \":personal\" exclude each other");
        _ = arguments.Flag("personal");
        var name = arguments.Constant("the script's name");
        arguments.End();
        if (isGlobal && !optional) return _ => throw new SieveRunException($"no global script \"{name}\"");
        return run => isGlobal ? SieveFlow.Next : run.Include(name, once, optional);
    }

    public static SieveStep Global(SieveArguments arguments)
    {
        arguments.Compiler.Demand("variables", arguments.Line, "\"global\"");
        string[] names =
            [.. arguments.Texts("the variables").Select(name => name.Constant ?? throw arguments.Wrong("it takes no variables"))];
        arguments.End();
        if (Array.Find(names, name => !SetCommand.IsName(name)) is { } wrong) throw arguments.Wrong($"\"{wrong}\" is no variable's name");
        return run =>
        {
            foreach (var name in names) run.Variables.Share(name.ToLowerInvariant());
            return SieveFlow.Next;
        };
    }

    public static SieveStep Error(SieveArguments arguments)
    {
        var message = arguments.Text("the message");
        arguments.End();
        return run => throw new SieveRunException(message.Get(run));
    }
}
