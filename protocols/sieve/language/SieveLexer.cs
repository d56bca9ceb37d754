using System.Globalization;
using System.Text;

namespace CompatBot.Protocols.Sieve.Language;

internal enum SieveTokenKind
{
    Identifier,
    Tag,
    Number,
    Text,
    Sign,
    End,
}

/// <summary>A piece of a script.</summary>
/// <param name="Text">Name of an identifier or a tag in lower case (the tag's without its colon); what a string means; the sign.</param>
/// <param name="Number">What a number means, its quantifier multiplied in.</param>
internal readonly record struct SieveToken(SieveTokenKind Kind, int Line, string Text, long Number = 0)
{
    public bool Is(char sign) => Kind == SieveTokenKind.Sign && Text[0] == sign;

    public override string ToString() => Kind switch
    {
        SieveTokenKind.Text => "a string",
        SieveTokenKind.Number => "a number",
        SieveTokenKind.Tag => $"\":{Text}\"",
        SieveTokenKind.End => "the end of the script",
        _ => $"\"{Text}\"",
    };
}

/// <summary>Cuts a script into tokens (RFC 5228 section 8.1).</summary>
internal sealed class SieveLexer(string script)
{
    private int _at, _line = 1;

    /// <exception cref="SieveScriptException">What follows is no token.</exception>
    public SieveToken Next()
    {
        SkipSpace();
        if (_at == script.Length) return new SieveToken(SieveTokenKind.End, _line, "");
        var (line, first) = (_line, script[_at]);
        if (first == '"') return new SieveToken(SieveTokenKind.Text, line, Quoted());
        if (char.IsAsciiDigit(first)) return Number();
        if (first == ':')
        {
            _at++;
            return new SieveToken(SieveTokenKind.Tag, line, Name());
        }

        if (char.IsAsciiLetter(first) || first == '_')
        {
            var name = Name();
            return name == "text" && _at < script.Length && script[_at] == ':'
                ? new SieveToken(SieveTokenKind.Text, line, MultiLine())
                : new SieveToken(SieveTokenKind.Identifier, line, name);
        }

        if (!"(){}[],;".Contains(first, StringComparison.Ordinal)) throw Wrong($"unexpected character '{first}'");
        _at++;
        return new SieveToken(SieveTokenKind.Sign, line, first.ToString());
    }

    private SieveScriptException Wrong(string message) => new(_line, message);

    private void SkipSpace()
    {
        while (_at < script.Length)
        {
            var next = script[_at];
            if (next == '#')
            {
                var end = script.IndexOf('\n', _at);
                _at = end < 0 ? script.Length : end;
            }
            else if (next == '/' && _at + 1 < script.Length && script[_at + 1] == '*')
            {
                var end = script.IndexOf("*/", _at + 2, StringComparison.Ordinal);
                if (end < 0) throw Wrong("a comment does not end");
                _line += script.AsSpan(_at, end - _at).Count('\n');
                _at = end + 2;
            }
            else if (next is ' ' or '\t' or '\r' or '\n')
            {
                if (next == '\n') _line++;
                _at++;
            }
            else
            {
                return;
            }
        }
    }

    private string Name()
    {
        var from = _at;
        while (_at < script.Length && (char.IsAsciiLetterOrDigit(script[_at]) || script[_at] == '_')) _at++;
        if (_at == from || char.IsAsciiDigit(script[from])) throw Wrong("a name is missing");
        return script[from.._at].ToLowerInvariant();
    }

    private SieveToken Number()
    {
        var from = _at;
        while (_at < script.Length && char.IsAsciiDigit(script[_at])) _at++;
        if (!long.TryParse(script.AsSpan(from, _at - from), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            throw Wrong("a number is too large");
        }

        var shift = _at == script.Length ? 0 : char.ToUpperInvariant(script[_at]) switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        if (shift > 0) _at++;
        if (_at < script.Length && char.IsAsciiLetterOrDigit(script[_at])) throw Wrong("a number ends in something else");
        return number <= long.MaxValue >> shift
            ? new SieveToken(SieveTokenKind.Number, _line, "", number << shift)
            : throw Wrong("a number is too large");
    }

    private string Quoted()
    {
        var text = new StringBuilder();
        for (_at++; _at < script.Length; _at++)
        {
            var next = script[_at];
            if (next == '"')
            {
                _at++;
                return text.ToString();
            }

            if (next == '\\' && _at + 1 < script.Length) next = script[++_at];
            if (next == '\0') throw Wrong("a NUL in a string");
            if (next == '\n') _line++;
            text.Append(next);
        }

        throw Wrong("a string does not end");
    }

    /// <summary>multi-line = "text:" *(SP / HTAB) (hash-comment / CRLF) *(multiline-literal / multiline-dotstart) "." CRLF</summary>
    private string MultiLine()
    {
        _at++;
        while (_at < script.Length && script[_at] is ' ' or '\t') _at++;
        if (_at < script.Length && script[_at] is not ('#' or '\r' or '\n')) throw Wrong("after \"text:\" a line must end");
        if (!SkipLine()) throw Wrong("a text does not end");
        var text = new StringBuilder();
        while (_at < script.Length)
        {
            var from = _at;
            var isLine = SkipLine();
            var line = script.AsSpan(from, _at - from);
            if (line.TrimEnd("\r\n") is ".") return text.ToString();
            if (!isLine) break;
            text.Append(line[0] == '.' ? line[1..] : line);
        }

        throw Wrong("a text does not end");
    }

    private bool SkipLine()
    {
        var end = script.IndexOf('\n', _at);
        _at = end < 0 ? script.Length : end + 1;
        if (end >= 0) _line++;
        return end >= 0;
    }
}
