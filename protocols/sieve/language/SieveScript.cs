namespace CompatBot.Protocols.Sieve.Language;

/// <summary>What a step says of the steps behind it.</summary>
internal enum SieveFlow
{
    Next,
    /// <summary>The included script ends.</summary>
    Return,
    /// <summary>The run ends.</summary>
    Stop,
}

/// <summary>A command, ready to run.</summary>
internal delegate SieveFlow SieveStep(SieveRun run);

/// <summary>A test, ready to run.</summary>
internal delegate bool SieveTest(SieveRun run);

/// <summary>A script, ready to run. Immutable; may be run by several threads at once.</summary>
public sealed class SieveScript
{
    private readonly SieveStep _body;

    private SieveScript(SieveStep body) => _body = body;

    /// <exception cref="SieveScriptException">It is not well-formed, or asks for what this server does not know.</exception>
    public static SieveScript Compile(string script) => new(SieveCompiler.Compile(SieveParser.Parse(script)));

    internal SieveFlow Run(SieveRun run) => _body(run);
}
