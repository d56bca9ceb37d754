using System.Text;

namespace CompatBot.Formats.Vobject;

/// <summary>The lines of a text without their folds (RFC 5545 section 3.1). They end with CRLF or LF.</summary>
internal ref struct UnfoldedLines(ReadOnlySpan<char> text)
{
    private ReadOnlySpan<char> _rest = text;

    /// <summary>Until the next step.</summary>
    public ReadOnlySpan<char> Current { get; private set; }

    public bool MoveNext()
    {
        if (_rest.IsEmpty) return false;
        Current = Line();
        if (!IsFolded) return true;
        var longer = new StringBuilder().Append(Current);
        while (IsFolded) longer.Append(Line()[1..]);
        Current = longer.ToString();
        return true;
    }

    private readonly bool IsFolded => _rest.Length > 0 && _rest[0] is ' ' or '\t';

    private ReadOnlySpan<char> Line()
    {
        var end = _rest.IndexOf('\n');
        var line = end < 0 ? _rest : _rest[..end];
        _rest = end < 0 ? default : _rest[(end + 1)..];
        return line.EndsWith('\r') ? line[..^1] : line;
    }
}
