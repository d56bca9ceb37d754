namespace CompatBot.Protocols.Sieve.Language;

/// <summary>The arguments of one command or test: takes them one by one, and finds at the end what nobody took.</summary>
internal sealed class SieveArguments(SieveCompiler compiler, SieveNode node)
{
    private readonly List<SieveArgument> _rest = [.. node.Arguments];

    public SieveCompiler Compiler => compiler;

    public int Line => node.Line;

    public string Name => node.Name;

    public SieveScriptException Wrong(string message) => new(node.Line, $"\"{node.Name}\": {message}");

    /// <summary>A tag without a value.</summary>
    public bool Flag(string tag, string? extension = null) => TakeTag(tag, extension) >= 0;

    /// <summary>A tag with a string; null: it is not there.</summary>
    public SieveText? TaggedText(string tag, string? extension = null) => Tagged(tag, extension) is not { } value ? null
        : value.Strings is { Count: 1 } strings && !value.IsList ? Compile(strings[0], value.Line)
        : throw Wrong($"\":{tag}\" needs a string");

    /// <summary>A tag with strings; null: it is not there.</summary>
    public SieveText[]? TaggedTexts(string tag, string? extension = null) => Tagged(tag, extension) is not { } value ? null
        : value.Strings is { } strings ? [.. strings.Select(one => Compile(one, value.Line))]
        : throw Wrong($"\":{tag}\" needs strings");

    /// <summary>A tag with a string that must be known before the script runs; null: it is not there.</summary>
    public string? TaggedConstant(string tag, string? extension = null) => TaggedText(tag, extension) is not { } text ? null
        : text.Constant ?? throw Wrong($"\":{tag}\" takes no variables");

    /// <summary>A tag with a number; null: it is not there.</summary>
    public long? TaggedNumber(string tag, string? extension = null) => Tagged(tag, extension) is not { } value ? null
        : value.Number ?? throw Wrong($"\":{tag}\" needs a number");

    /// <summary>The next argument, a string.</summary>
    public SieveText Text(string what) => Next(what) is { Strings: { Count: 1 } strings, IsList: false } found
        ? Compile(strings[0], found.Line)
        : throw Wrong($"{what} must be a string");

    /// <summary>The next argument, a string that must be known before the script runs.</summary>
    public string Constant(string what) => Text(what).Constant ?? throw Wrong($"{what} takes no variables");

    /// <summary>The next argument, one string or more.</summary>
    public SieveText[] Texts(string what) => Next(what) is { Strings: { } strings } found
        ? [.. strings.Select(one => Compile(one, found.Line))]
        : throw Wrong($"{what} must be strings");

    /// <summary>The next argument, a number.</summary>
    public long Number(string what) => Next(what).Number ?? throw Wrong($"{what} must be a number");

    /// <summary>How many arguments that are no tags were not taken yet.</summary>
    public int Left => _rest.Count(argument => argument.Tag is null);

    /// <summary>Everything must have been taken.</summary>
    public void End()
    {
        if (_rest is [{ Tag: { } tag }, ..]) throw Wrong($"\":{tag}\" is not known here, or stands twice");
        if (_rest.Count > 0) throw Wrong("it has too many arguments");
        if (node.Tests.Count > 0) throw Wrong("it takes no test");
    }

    /// <summary>The tests that are its arguments.</summary>
    /// <param name="isList">They must stand in parentheses; or must not.</param>
    public SieveTest[] TakeTests(bool isList)
    {
        if (_rest.Count > 0 || node.Tests.Count == 0) throw Wrong("it needs tests, and nothing else");
        if (node.HasTestList != isList) throw Wrong(
            isList ? "its tests must stand in parentheses" : "it needs one test without parentheses");
        return [.. node.Tests.Select(compiler.Test)];
    }

    private SieveText Compile(string text, int line) => SieveText.Compile(text, compiler, line);

    private SieveArgument Next(string what)
    {
        // Tags stand before all others, but those behind were taken by their names: what is left in front is a stranger.
        if (_rest is [{ Tag: { } tag }, ..]) throw Wrong($"\":{tag}\" is not known here, or stands twice");
        if (_rest.Count == 0) throw Wrong($"{what} is missing");
        var next = _rest[0];
        _rest.RemoveAt(0);
        return next;
    }

    private SieveArgument? Tagged(string tag, string? extension)
    {
        var at = TakeTag(tag, extension);
        if (at < 0) return null;
        if (at == _rest.Count || _rest[at].Tag is not null) throw Wrong($"\":{tag}\" needs a value");
        var value = _rest[at];
        _rest.RemoveAt(at);
        return value;
    }

    private int TakeTag(string tag, string? extension)
    {
        var at = _rest.FindIndex(argument => argument.Tag == tag);
        if (at < 0) return -1;
        compiler.Demand(extension, node.Line, $"\":{tag}\"");
        _rest.RemoveAt(at);
        return at;
    }
}
