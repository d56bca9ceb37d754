using System.Globalization;

namespace CompatBot.StoreBench;

/// <summary>`--name value` pairs.</summary>
internal sealed class BenchArguments(string[] arguments)
{
    public bool Has(string name) => arguments.Contains("--" + name);

    public string Text(string name, string standard)
    {
        var at = Array.IndexOf(arguments, "--" + name);
        return at >= 0 && at + 1 < arguments.Length ? arguments[at + 1] : standard;
    }

    public int Number(string name, int standard) => int.TryParse(Text(name, ""), CultureInfo.InvariantCulture, out var number)
        ? number
        : standard;

    public int[] Numbers(string name, string standard) =>
        [.. Text(name, standard).Split(',').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
}
