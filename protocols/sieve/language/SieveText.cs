using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace CompatBot.Protocols.Sieve.Language;

/// <summary>A string of a script: a constant, or one with variables in it (RFC 5229 section 3).</summary>
internal sealed partial class SieveText
{
    private readonly string[] _parts;

    /// <summary>Even parts are text, odd ones names of variables.</summary>
    private SieveText(string[] parts) => _parts = parts;

    /// <summary>A constant.</summary>
    public static SieveText Of(string text) => new([text]);

    /// <summary>The string; null where it has variables.</summary>
    public string? Constant => _parts.Length == 1 ? _parts[0] : null;

    public static SieveText Compile(string text, SieveCompiler compiler, int line)
    {
        if (compiler.Has("encoded-character")) text = DecodeCharacters(text, line);
        if (!compiler.Has("variables")) return new SieveText([text]);
        var parts = new List<string>();
        var from = 0;
        foreach (Match match in Reference().Matches(text))
        {
            var name = match.Groups[1].Value.ToLowerInvariant();
            if (name.Contains('.', StringComparison.Ordinal) && !name.StartsWith("global.", StringComparison.Ordinal))
            {
                throw new SieveScriptException(line, $"no such name space: \"{name}\"");
            }

            parts.Add(text[from..match.Index]);
            parts.Add(name);
            from = match.Index + match.Length;
        }

        parts.Add(text[from..]);
        return new SieveText([.. parts]);
    }

    public string Get(SieveRun run)
    {
        if (_parts.Length == 1) return _parts[0];
        var text = new StringBuilder();
        for (var i = 0; i < _parts.Length; i++) text.Append(i % 2 == 0 ? _parts[i] : run.Variables.Get(_parts[i]));
        return Cut(text.ToString(), SieveLimits.VariableLengthMax);
    }

    /// <summary>Never through the middle of a character.</summary>
    public static string Cut(string text, int length) =>
        text.Length <= length ? text : text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];

    /// <summary>${hex:40 41} and ${unicode:40 2022} (RFC 5228 section 2.4.2.4).</summary>
    private static string DecodeCharacters(string text, int line) => Encoded().Replace(text, match =>
    {
        var numbers = match.Groups[2].Value.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        if (numbers.Length == 0) return match.Value;
        if (match.Groups[1].Value.Equals("hex", StringComparison.OrdinalIgnoreCase))
        {
            if (numbers.Any(number => number.Length > 2)) return match.Value;
            return Encoding.UTF8.GetString(
                [.. numbers.Select(number => byte.Parse(number, NumberStyles.HexNumber, CultureInfo.InvariantCulture))]);
        }

        var decoded = new StringBuilder();
        foreach (var number in numbers)
        {
            if (number.Length > 8 || !uint.TryParse(number, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var value)
                || !Rune.IsValid(value))
            {
                throw new SieveScriptException(line, $"\"{number}\" is no Unicode character");
            }

            decoded.Append(new Rune(value).ToString());
        }

        return decoded.ToString();
    });

    [GeneratedRegex(@"\$\{((?:[A-Za-z_][A-Za-z0-9_]*\.)*[A-Za-z_][A-Za-z0-9_]*|[0-9]+)\}")]
    private static partial Regex Reference();

    [GeneratedRegex(@"\$\{(hex|unicode):([0-9A-Fa-f \t\r\n]*)\}", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Encoded();
}
