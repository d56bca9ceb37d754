using CompatBot.Protocols.Sieve.Language.Commands;
using CompatBot.Protocols.Sieve.Language.Matching;

namespace CompatBot.Protocols.Sieve.Language.Tests;

/// <summary>"hasflag" (RFC 5232 section 4).</summary>
internal static class FlagTest
{
    public static SieveTest Compile(SieveArguments arguments)
    {
        var match = SieveMatch.Take(arguments);
        var variables = arguments.Left == 2 ? arguments.Texts("the variables") : null;
        var keys = match.TakeKeys(arguments, "the flags");
        arguments.End();
        return run =>
        {
            var flags = variables is null ? run.Flags(null) : variables.SelectMany(name => run.Flags(FlagCommands.Key(name.Get(run))));
            return match.Any(run, flags, match.Counts ? keys : FlagCommands.Split(keys, run));
        };
    }
}
