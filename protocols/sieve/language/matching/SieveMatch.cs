using System.Globalization;
using System.Text.RegularExpressions;

namespace CompatBot.Protocols.Sieve.Language.Matching;

/// <summary>A match type with its comparator (RFC 5228 section 2.7, RFC 5231, draft-ietf-sieve-regex).</summary>
internal sealed class SieveMatch
{
    private readonly SieveComparator _comparator;
    private readonly string _type;
    private readonly Func<int, bool>? _relation;
    private readonly bool _catches;

    private SieveMatch(string type, SieveComparator comparator, Func<int, bool>? relation, bool catches) =>
        (_type, _comparator, _relation, _catches) = (type, comparator, relation, catches);

    /// <summary>It compares how many values there are.</summary>
    public bool Counts => _type == "count";

    /// <summary>The same, which leaves the variables of the last match alone.</summary>
    public SieveMatch WithoutCatching => new(_type, _comparator, _relation, catches: false);

    /// <summary>Takes match type and comparator from the arguments.</summary>
    public static SieveMatch Take(SieveArguments arguments)
    {
        var name = arguments.TaggedConstant("comparator") ?? "i;ascii-casemap";
        var comparator = SieveComparator.Find(name) ?? throw arguments.Wrong($"no comparator \"{name}\"");
        if (name is not ("i;ascii-casemap" or "i;octet")) arguments.Compiler.Demand($"comparator-{name}", arguments.Line, $"\"{name}\"");
        var types = new List<(string Type, Func<int, bool>? Relation)>();
        foreach (var type in (string[])["is", "contains", "matches"])
        {
            if (arguments.Flag(type)) types.Add((type, null));
        }

        if (arguments.Flag("regex", "regex")) types.Add(("regex", null));
        foreach (var type in (string[])["count", "value"])
        {
            if (arguments.TaggedConstant(type, "relational") is { } relation) types.Add((type, RelationOf(relation, arguments)));
        }

        // A list outside of the script (RFC 6134): there are none here, so nothing is in it.
        if (arguments.Flag("list", "extlists")) types.Add(("list", null));
        if (types.Count > 1) throw arguments.Wrong("only one match type may be given");
        var found = types.Count == 0 ? ("is", null) : types[0];
        if (!comparator.HasSubstrings && found.Item1 is "contains" or "matches" or "regex")
        {
            throw arguments.Wrong($"comparator \"{name}\" can not look for parts");
        }

        return new SieveMatch(found.Item1, comparator, found.Item2, arguments.Compiler.Has("variables"));
    }

    /// <summary>Takes the keys, and looks at those that are known already.</summary>
    public SieveText[] TakeKeys(SieveArguments arguments, string what = "the key")
    {
        var keys = arguments.Texts(what);
        if (_type != "regex") return keys;
        foreach (var key in keys)
        {
            try
            {
                if (key.Constant is { } pattern) PosixRegex.Compile(pattern, _comparator.IgnoresCase);
            }
            catch (ArgumentException error)
            {
                throw arguments.Wrong($"bad expression: {error.Message}");
            }
        }

        return keys;
    }

    /// <summary>Whether any value matches any key.</summary>
    public bool Any(SieveRun run, IEnumerable<string> values, SieveText[] keys)
    {
        if (_type == "list") return false;
        if (Counts) values = [values.Count().ToString(CultureInfo.InvariantCulture)];
        string[] wanted = [.. keys.Select(key => key.Get(run))];
        foreach (var value in values)
        {
            foreach (var key in wanted)
            {
                if (Matches(run, value, key)) return true;
            }
        }

        return false;
    }

    private bool Matches(SieveRun run, string value, string key)
    {
        run.Work(value.Length + key.Length);
        switch (_type)
        {
            case "is": return _comparator.Compare(value, key) == 0;
            case "contains": return _comparator.Fold(value).Contains(_comparator.Fold(key), StringComparison.Ordinal);
            case "matches": return MatchesWildcards(run, value, key);
            case "regex": return MatchesRegex(run, value, key);
            default: return _relation!(_comparator.Compare(value, key));
        }
    }

    private bool MatchesWildcards(SieveRun run, string value, string key)
    {
        var pattern = Wildcards.Compile(key);
        run.Work((long)value.Length * key.Count('?'));
        var caught = Wildcards.Match(_comparator.Fold(pattern), _comparator.Fold(value), value);
        if (caught is not null && _catches) run.Variables.Catch(caught);
        return caught is not null;
    }

    private bool MatchesRegex(SieveRun run, string value, string key)
    {
        Regex regex;
        try
        {
            regex = run.RegexOf(key, _comparator.IgnoresCase);
        }
        catch (ArgumentException error)
        {
            throw new SieveRunException($"bad expression: {error.Message}");
        }

        run.Work(value.Length * 8L);
        var match = regex.Match(value);
        if (match.Success && _catches) run.Variables.Catch([.. match.Groups.Cast<Group>().Select(group => group.Value)]);
        return match.Success;
    }

    private static Func<int, bool> RelationOf(string relation, SieveArguments arguments) => relation.ToLowerInvariant() switch
    {
        "gt" => static order => order > 0,
        "ge" => static order => order >= 0,
        "lt" => static order => order < 0,
        "le" => static order => order <= 0,
        "eq" => static order => order == 0,
        "ne" => static order => order != 0,
        _ => throw arguments.Wrong($"no relation \"{relation}\""),
    };
}
