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
        Key[] wanted = [.. keys.Select(key => Prepare(run, key.Get(run)))];
        foreach (var value in values)
        {
            var folded = IsFolded ? _comparator.Fold(value) : value;
            foreach (var key in wanted)
            {
                if (Matches(run, value, folded, key)) return true;
            }
        }

        return false;
    }

    /// <summary>Values and keys are looked at in the comparator's folded form.</summary>
    private bool IsFolded => _type is "contains" or "matches";

    private Key Prepare(SieveRun run, string text)
    {
        try
        {
            return _type switch
            {
                "contains" => new Key(_comparator.Fold(text), null),
                "matches" => new Key(_comparator.Fold(Wildcards.Compile(text)), null),
                "regex" => new Key(text, run.RegexOf(text, _comparator.IgnoresCase)),
                _ => new Key(text, null),
            };
        }
        catch (ArgumentException error)
        {
            throw new SieveRunException($"bad expression: {error.Message}");
        }
    }

    private bool Matches(SieveRun run, string value, string folded, Key key)
    {
        run.Work(value.Length + key.Text.Length);
        switch (_type)
        {
            case "is": return _comparator.Compare(value, key.Text) == 0;
            case "contains": return folded.Contains(key.Text, StringComparison.Ordinal);
            case "matches":
                run.Work((long)value.Length * Wildcards.Singles(key.Text));
                return Catch(run, Wildcards.Match(key.Text, folded, value));
            case "regex":
                run.Work(value.Length * 8L);
                var match = key.Expression!.Match(value);
                return Catch(run, match.Success ? [.. match.Groups.Cast<Group>().Select(group => group.Value)] : null);
            default: return _relation!(_comparator.Compare(value, key.Text));
        }
    }

    private bool Catch(SieveRun run, List<string>? caught)
    {
        if (caught is not null && _catches) run.Variables.Catch(caught);
        return caught is not null;
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

    /// <summary>A key as it is compared.</summary>
    /// <param name="Text">Folded where values are.</param>
    private readonly record struct Key(string Text, Regex? Expression);
}
