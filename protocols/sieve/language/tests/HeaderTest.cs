using CompatBot.Protocols.Sieve.Language.Matching;

namespace CompatBot.Protocols.Sieve.Language.Tests;

/// <summary>
/// "header", "exists" and "size" (RFC 5228 sections 5.7, 5.5 and 5.9). A name that no header field can have is of none (2.4.2.2).
/// </summary>
internal static class HeaderTest
{
    public static SieveTest Compile(SieveArguments arguments)
    {
        var match = SieveMatch.Take(arguments);
        var index = FieldIndex.Take(arguments);
        var names = arguments.Texts("the header");
        var keys = match.TakeKeys(arguments);
        arguments.End();
        return run => match.Any(
            run, names.SelectMany(name => index.Of(run.Header.Fields(name.Get(run))).Select(SieveHeader.ValueOf)), keys);
    }

    public static SieveTest CompileExists(SieveArguments arguments)
    {
        var names = arguments.Texts("the header");
        arguments.End();
        return run => Array.TrueForAll(names, name => run.Header.Fields(name.Get(run)).Any());
    }

    public static SieveTest CompileSize(SieveArguments arguments)
    {
        var (over, under) = (arguments.Flag("over"), arguments.Flag("under"));
        if (over == under) throw arguments.Wrong("it needs \":over\" or \":under\"");
        var limit = arguments.Number("the size");
        arguments.End();
        return run => over ? run.Message.Size > limit : run.Message.Size < limit;
    }

    public static bool IsName(string name) => name.Length is > 0 and < 1000 && name.All(c => c is > ' ' and < '\x7f' and not ':');
}
