namespace CompatBot.Protocols.Sieve.Language;

/// <summary>Reads the grammar, which knows no command's name (RFC 5228 section 8.2): what the names mean is the compiler's part.</summary>
internal sealed class SieveParser
{
    private readonly SieveLexer _lexer;
    private SieveToken _next;
    private int _depth;

    private SieveParser(string script)
    {
        _lexer = new SieveLexer(script);
        _next = _lexer.Next();
    }

    /// <exception cref="SieveScriptException">It is no script.</exception>
    public static IReadOnlyList<SieveNode> Parse(string script)
    {
        var parser = new SieveParser(script.StartsWith('\uFEFF') ? script[1..] : script);
        var commands = parser.Commands();
        return parser._next.Kind == SieveTokenKind.End ? commands : throw parser.Unexpected();
    }

    private List<SieveNode> Commands()
    {
        var commands = new List<SieveNode>();
        while (_next.Kind == SieveTokenKind.Identifier) commands.Add(Node(isCommand: true));
        return commands;
    }

    private SieveNode Node(bool isCommand)
    {
        if (++_depth > SieveLimits.NestingMax) throw new SieveScriptException(_next.Line, "it is nested too deeply");
        var name = _next.Kind == SieveTokenKind.Identifier ? Take() : throw Unexpected();
        var arguments = new List<SieveArgument>();
        while (Argument() is { } argument) arguments.Add(argument);
        var tests = Tests(out var isList);
        IReadOnlyList<SieveNode>? block = null;
        if (isCommand && TakeSign('{'))
        {
            block = Commands();
            if (!TakeSign('}')) throw Unexpected();
        }
        else if (isCommand && !TakeSign(';'))
        {
            throw new SieveScriptException(name.Line, $"expected \";\" or a block after \"{name.Text}\", found {_next}");
        }

        _depth--;
        return new SieveNode(name.Text, name.Line, arguments, tests, isList, block);
    }

    private List<SieveNode> Tests(out bool isList)
    {
        var tests = new List<SieveNode>();
        isList = _next.Is('(');
        if (_next.Kind == SieveTokenKind.Identifier)
        {
            tests.Add(Node(isCommand: false));
        }
        else if (TakeSign('('))
        {
            do
            {
                tests.Add(Node(isCommand: false));
            }
            while (TakeSign(','));
            if (!TakeSign(')')) throw Unexpected();
        }

        return tests;
    }

    private SieveArgument? Argument()
    {
        var line = _next.Line;
        switch (_next.Kind)
        {
            case SieveTokenKind.Tag: return new SieveArgument(line, Take().Text, null, null);
            case SieveTokenKind.Number: return new SieveArgument(line, null, Take().Number, null);
            case SieveTokenKind.Text: return new SieveArgument(line, null, null, [Take().Text]);
        }

        if (!TakeSign('[')) return null;
        var strings = new List<string>();
        if (TakeSign(']')) return new SieveArgument(line, null, null, strings, IsList: true);
        do
        {
            strings.Add(_next.Kind == SieveTokenKind.Text ? Take().Text : throw Unexpected());
        }
        while (TakeSign(','));
        return TakeSign(']') ? new SieveArgument(line, null, null, strings, IsList: true) : throw Unexpected();
    }

    private SieveToken Take()
    {
        var token = _next;
        _next = _lexer.Next();
        return token;
    }

    private bool TakeSign(char sign)
    {
        if (!_next.Is(sign)) return false;
        Take();
        return true;
    }

    private SieveScriptException Unexpected() => new(_next.Line, $"unexpected {_next}");
}
