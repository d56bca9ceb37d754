using CompatBot.Protocols.Sieve.Language.Matching;

namespace CompatBot.Protocols.Sieve.Language.Tests;

/// <summary>Tests of tests (RFC 5228 sections 5.2, 5.3, 5.6, 5.8, 5.10), and of variables (RFC 5229 section 5).</summary>
internal static class Logic
{
    public static SieveTest AllOf(SieveArguments arguments)
    {
        var tests = arguments.TakeTests(isList: true);
        return run => Array.TrueForAll(tests, test => test(run));
    }

    public static SieveTest AnyOf(SieveArguments arguments)
    {
        var tests = arguments.TakeTests(isList: true);
        return run => Array.Exists(tests, test => test(run));
    }

    public static SieveTest Not(SieveArguments arguments)
    {
        var test = arguments.TakeTests(isList: false)[0];
        return run => !test(run);
    }

    public static SieveTest True(SieveArguments arguments)
    {
        arguments.End();
        return _ => true;
    }

    public static SieveTest False(SieveArguments arguments)
    {
        arguments.End();
        return _ => false;
    }

    public static SieveTest String(SieveArguments arguments)
    {
        var match = SieveMatch.Take(arguments);
        var sources = arguments.Texts("the source");
        var keys = match.TakeKeys(arguments);
        arguments.End();
        var counts = match.Counts;

        // Empty strings do not count (RFC 5229 section 5).
        return run => match.Any(run, sources.Select(source => source.Get(run)).Where(value => !counts || value.Length > 0), keys);
    }
}
