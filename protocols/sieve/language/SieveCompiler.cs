namespace CompatBot.Protocols.Sieve.Language;

/// <summary>Gives the names of a script their meaning, and finds what is wrong with it before it ever runs.</summary>
internal sealed class SieveCompiler
{
    private readonly HashSet<string> _required = new(StringComparer.Ordinal);
    private bool _requireIsOver;
    private int _loose;

    public static SieveStep Compile(IReadOnlyList<SieveNode> nodes) => new SieveCompiler().Block(nodes);

    /// <summary>Whether the script requires an extension (or one that brings it with it).</summary>
    public bool Has(string extension) => _required.Contains(extension);

    /// <summary>Extensions that are used without "require" stand behind a test of "ihave" (RFC 5463 section 4).</summary>
    public void Demand(string? extension, int line, string what)
    {
        if (extension is null || Has(extension) || _loose > 0) return;
        throw new SieveScriptException(line, $"{what} needs require \"{extension}\"");
    }

    public void Require(string extension) => _required.Add(extension);

    public SieveStep Block(IReadOnlyList<SieveNode> nodes)
    {
        var steps = new List<SieveStep>();
        for (var i = 0; i < nodes.Count; i++)
        {
            var node = nodes[i];
            if (node.Name == "require")
            {
                if (_requireIsOver) throw new SieveScriptException(node.Line, "require must stand before all other commands");
                TakeRequire(node);
                continue;
            }

            _requireIsOver = true;
            steps.Add(node.Name == "if" ? If(nodes, ref i) : Command(node));
        }

        return Sequence([.. steps]);
    }

    public SieveTest Test(SieveNode node)
    {
        if (!SieveTests.Table.TryGetValue(node.Name, out var entry)) throw new SieveScriptException(node.Line, $"no test \"{node.Name}\"");
        if (node.Block is not null) throw new SieveScriptException(node.Line, "a test has no block");
        Demand(entry.Extension, node.Line, $"\"{node.Name}\"");
        var test = entry.Compile(new SieveArguments(this, node));
        return run =>
        {
            run.Step();
            return test(run);
        };
    }

    private SieveStep Command(SieveNode node)
    {
        if (node.Name is "elsif" or "else") throw new SieveScriptException(node.Line, $"\"{node.Name}\" without \"if\"");
        if (!SieveCommands.Table.TryGetValue(node.Name, out var entry))
        {
            throw new SieveScriptException(node.Line, $"no command \"{node.Name}\"");
        }

        if (node.Block is not null) throw new SieveScriptException(node.Line, $"\"{node.Name}\" has no block");
        if (node.Tests.Count > 0) throw new SieveScriptException(node.Line, $"\"{node.Name}\" takes no test");
        Demand(entry.Extension, node.Line, $"\"{node.Name}\"");
        return entry.Compile(new SieveArguments(this, node));
    }

    /// <summary>"if", with the "elsif" and "else" that follow it (RFC 5228 section 3.1).</summary>
    private SieveStep If(IReadOnlyList<SieveNode> nodes, ref int at)
    {
        var branches = new List<(SieveTest? Test, SieveStep Block)>();
        do
        {
            var node = nodes[at];
            if (node.Arguments.Count > 0 || node.Block is null) throw new SieveScriptException(node.Line, $"\"{node.Name}\" needs a block");
            if (node.HasTestList || node.Tests.Count != (node.Name == "else" ? 0 : 1))
            {
                throw new SieveScriptException(
                    node.Line, node.Name == "else" ? "\"else\" takes no test" : $"\"{node.Name}\" needs one test");
            }

            // What a true "ihave" lets through need not be required: the block is compiled knowing nothing of it.
            var isLoose = node.Tests.Count > 0 && Mentions(node.Tests[0], "ihave");
            var test = node.Name == "else" ? null : Test(node.Tests[0]);
            if (isLoose) _loose++;
            branches.Add((test, Lenient(node, isLoose)));
            if (isLoose) _loose--;
            if (node.Name == "else" || at + 1 == nodes.Count || nodes[at + 1].Name is not ("elsif" or "else")) break;
            at++;
        }
        while (true);
        var all = branches.ToArray();
        return run =>
        {
            run.Step();
            foreach (var (test, block) in all)
            {
                if (test is null || test(run)) return block(run);
            }

            return SieveFlow.Next;
        };
    }

    /// <summary>A block behind "ihave" may use what this server does not know: then it must never be reached.</summary>
    private SieveStep Lenient(SieveNode node, bool isLoose)
    {
        try
        {
            return Block(node.Block!);
        }
        catch (SieveScriptException error) when (isLoose)
        {
            return _ => throw new SieveRunException(error.Message);
        }
    }

    private static bool Mentions(SieveNode node, string test) => node.Name == test || node.Tests.Any(one => Mentions(one, test));

    private void TakeRequire(SieveNode node)
    {
        if (node is not { Arguments: [{ Strings: { } names }], Tests.Count: 0, Block: null })
        {
            throw new SieveScriptException(node.Line, "\"require\" needs a list of strings");
        }

        foreach (var name in names)
        {
            if (!SieveExtensions.IsKnown(name)) throw new SieveScriptException(node.Line, $"extension \"{name}\" is not known here");
            foreach (var brought in SieveExtensions.With(name)) Require(brought);
        }
    }

    private static SieveStep Sequence(SieveStep[] steps) => run =>
    {
        foreach (var step in steps)
        {
            run.Step();
            if (step(run) is var flow and not SieveFlow.Next) return flow;
        }

        return SieveFlow.Next;
    };
}
