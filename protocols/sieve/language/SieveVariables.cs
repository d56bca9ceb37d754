using System.Globalization;

namespace CompatBot.Protocols.Sieve.Language;

/// <summary>
/// Variables of one run (RFC 5229): those of the script that is running, the global ones that it shares with others (RFC 6609 section
/// 3.4), and what the last successful match caught. Names are in lower case.
/// </summary>
internal sealed class SieveVariables
{
    private const string Space = "global.";

    private readonly Dictionary<string, string> _globals;
    private readonly Dictionary<string, string> _own = new(StringComparer.Ordinal);
    private readonly HashSet<string> _shared = new(StringComparer.Ordinal);
    private IReadOnlyList<string> _caught = [];

    public SieveVariables()
        : this(new Dictionary<string, string>(StringComparer.Ordinal))
    {
    }

    private SieveVariables(Dictionary<string, string> globals) => _globals = globals;

    /// <summary>Those of an included script.</summary>
    public SieveVariables Include() => new(_globals);

    public string Get(string name)
    {
        if (char.IsAsciiDigit(name[0]))
        {
            return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at < _caught.Count ? _caught[at] : "";
        }

        return TableOf(ref name).GetValueOrDefault(name, "");
    }

    /// <exception cref="SieveRunException">There are too many.</exception>
    public void Set(string name, string value)
    {
        var table = TableOf(ref name);
        if (!table.ContainsKey(name) && _own.Count + _globals.Count >= SieveLimits.VariablesMax)
        {
            throw new SieveRunException("too many variables");
        }

        table[name] = SieveText.Cut(value, SieveLimits.VariableLengthMax);
    }

    /// <summary>The name means the global variable from here on.</summary>
    public void Share(string name) => _shared.Add(name);

    /// <summary>What ${0}, ${1} and so on are from here on.</summary>
    public void Catch(IReadOnlyList<string> caught) => _caught = caught;

    private Dictionary<string, string> TableOf(ref string name)
    {
        if (name.StartsWith(Space, StringComparison.Ordinal))
        {
            name = name[Space.Length..];
            return _globals;
        }

        return _shared.Contains(name) ? _globals : _own;
    }
}
