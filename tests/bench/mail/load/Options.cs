using System.Globalization;

namespace CompatBot.MailLoad;

/// <summary>`--name value` pairs; a name without a value is a switch.</summary>
public sealed class Options
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public string Host => Text("host", "127.0.0.1");

    public int Port => Number("port");

    public static Options Parse(ReadOnlySpan<string> arguments)
    {
        var options = new Options();
        for (var index = 0; index < arguments.Length; index++)
        {
            if (!arguments[index].StartsWith("--", StringComparison.Ordinal)) throw new LoadException($"unexpected {arguments[index]}");
            var valued = index + 1 < arguments.Length && !arguments[index + 1].StartsWith("--", StringComparison.Ordinal);
            options._values[arguments[index][2..]] = valued ? arguments[++index] : "";
        }

        return options;
    }

    public bool Has(string name) => _values.ContainsKey(name);

    public string Text(string name, string? otherwise = null) =>
        _values.TryGetValue(name, out var value) ? value : otherwise ?? throw new LoadException($"--{name} is missing");

    public int Number(string name, int? otherwise = null) =>
        _values.TryGetValue(name, out var value) ? int.Parse(value, CultureInfo.InvariantCulture)
        : otherwise ?? throw new LoadException($"--{name} is missing");

    public IReadOnlyList<int> Pids() =>
        [.. Text("pids").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(pid => int.Parse(pid, CultureInfo.InvariantCulture))];
}
