using System.Globalization;
using System.Text;

namespace CompatBot.Protocols.Sieve.Language.Commands;

/// <summary>"set" with its modifiers (RFC 5229 section 4).</summary>
internal static class SetCommand
{
    /// <summary>Modifiers by name: of two of one precedence only one may stand; the greatest is applied first (section 4.1).</summary>
    private static readonly (string Tag, string? Extension, int Precedence, Func<string, string> Change)[] Modifiers =
    [
        ("lower", null, 40, Lower),
        ("upper", null, 40, Upper),
        ("lowerfirst", null, 30, static text => text.Length == 0 ? text : Lower(text[..1]) + text[1..]),
        ("upperfirst", null, 30, static text => text.Length == 0 ? text : Upper(text[..1]) + text[1..]),
        ("quotewildcard", null, 20, static text => Quote(text, @"*?\")),
        ("quoteregex", "regex", 20, static text => Quote(text, @"\^$.[]|()?*+{}")),
        ("encodeurl", "enotify", 15, static text => Uri.EscapeDataString(text)),
        ("length", null, 10, static text => new StringInfo(text).LengthInTextElements.ToString(CultureInfo.InvariantCulture)),
    ];

    public static SieveStep Compile(SieveArguments arguments)
    {
        var taken = Modifiers.Where(modifier => arguments.Flag(modifier.Tag, modifier.Extension)).ToArray();
        if (taken.DistinctBy(modifier => modifier.Precedence).Count() < taken.Length) throw arguments.Wrong(
            "two modifiers exclude each other");
        var name = arguments.Constant("the variable");
        var value = arguments.Text("the value");
        arguments.End();
        if (!IsName(name)) throw arguments.Wrong($"\"{name}\" is no variable's name");
        var key = name.ToLowerInvariant();
        return run =>
        {
            run.Variables.Set(key, taken.Aggregate(value.Get(run), (text, modifier) => modifier.Change(text)));
            return SieveFlow.Next;
        };
    }

    public static bool IsName(string name)
    {
        const string Space = "global.";
        if (name.StartsWith(Space, StringComparison.OrdinalIgnoreCase)) name = name[Space.Length..];
        return name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
    }

    // Only letters of ASCII (section 4.1.1).
    private static string Lower(string text) => string.Concat(text.Select(c => char.IsAsciiLetterUpper(c) ? (char)(c + 32) : c));

    private static string Upper(string text) => string.Concat(text.Select(c => char.IsAsciiLetterLower(c) ? (char)(c - 32) : c));

    private static string Quote(string text, string special)
    {
        var quoted = new StringBuilder();
        foreach (var c in text)
        {
            if (special.Contains(c, StringComparison.Ordinal)) quoted.Append('\\');
            quoted.Append(c);
        }

        return quoted.ToString();
    }
}
