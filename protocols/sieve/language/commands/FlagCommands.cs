namespace CompatBot.Protocols.Sieve.Language.Commands;

/// <summary>"setflag", "addflag" and "removeflag" (RFC 5232 section 3).</summary>
internal static class FlagCommands
{
    private static readonly string[] System = [@"\Seen", @"\Answered", @"\Flagged", @"\Deleted", @"\Draft"];

    public static SieveStep Set(SieveArguments arguments) => Compile(arguments, (list, flags) =>
    {
        list.Clear();
        list.AddRange(flags);
    });

    public static SieveStep Add(SieveArguments arguments) => Compile(
        arguments, (list, flags) => list.AddRange(flags.Where(flag => !list.Contains(flag, StringComparer.OrdinalIgnoreCase))));

    public static SieveStep Remove(SieveArguments arguments) => Compile(
        arguments, (list, flags) => list.RemoveAll(flag => flags.Contains(flag, StringComparer.OrdinalIgnoreCase)));

    /// <summary>What keep and fileinto put on their copy.</summary>
    public static IReadOnlyList<string> Of(SieveRun run, SieveText[]? flags) =>
        flags is null ? [.. run.Flags(null)] : [.. Split(flags.Select(flag => flag.Get(run)))];

    /// <summary>Keys of "hasflag", one flag each.</summary>
    public static SieveText[] Split(SieveText[] flags, SieveRun run) =>
        [.. flags.SelectMany(flag => flag.Get(run).Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(SieveText.Of)];

    /// <summary>The name under which a variable's flags are kept.</summary>
    public static string Key(string variable) => variable.ToLowerInvariant();

    /// <summary>A list may have several flags in one string (section 2); none stands twice, and what is no flag is passed over.</summary>
    private static IEnumerable<string> Split(IEnumerable<string> flags) => flags
        .SelectMany(text => text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(flag => Array.Find(System, known => known.Equals(flag, StringComparison.OrdinalIgnoreCase)) ?? flag)
        .Where(flag => flag[0] == '\\' ? System.Contains(flag, StringComparer.Ordinal) : flag.All(IsKeywordChar))
        .Distinct(StringComparer.OrdinalIgnoreCase);

    private static bool IsKeywordChar(char c) => c is > ' ' and < '\x7f' and not ('(' or ')' or '{' or '%' or '*' or '"' or '\\' or ']');

    private static SieveStep Compile(SieveArguments arguments, Action<List<string>, IReadOnlyList<string>> change)
    {
        var variable = arguments.Left == 2 ? arguments.Constant("the variable") : null;
        if (variable is not null) arguments.Compiler.Demand("variables", arguments.Line, "a variable of flags");
        var flags = arguments.Texts("the flags");
        arguments.End();
        var key = variable is null ? null : Key(variable);
        return run =>
        {
            var list = run.Flags(key);
            change(list, [.. Split(flags.Select(flag => flag.Get(run)))]);
            if (key is not null) run.Variables.Set(key, string.Join(' ', list));
            return SieveFlow.Next;
        };
    }
}
