using System.Text;

namespace CompatBot.Formats.Vobject;

/// <summary>One property of an iCalendar or vCard object (RFC 5545 section 3.1, RFC 6350 section 3.3), unfolded.</summary>
/// <param name="Name">Upper case, without the group of a vCard.</param>
/// <param name="Value">As written: escapes and lists are the reader's business.</param>
public sealed record ContentLine(string Name, IReadOnlyList<Parameter> Parameters, string Value)
{
    /// <summary>The group in front of a vCard's property ("item1"); null: none.</summary>
    public string? Group { get; init; }

    /// <summary>The first value of a parameter; null when it is not there.</summary>
    public string? this[string parameter]
    {
        get
        {
            foreach (var one in Parameters)
            {
                if (one.Name.Equals(parameter, StringComparison.OrdinalIgnoreCase)) return one.Values.Count > 0 ? one.Values[0] : "";
            }

            return null;
        }
    }

    /// <summary>The line as it is written, without fold and line end.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        if (Group is not null) text.Append(Group).Append('.');
        text.Append(Name);
        foreach (var (name, values) in Parameters)
        {
            text.Append(';').Append(name).Append('=');
            text.AppendJoin(',', values.Select(Encode));
        }

        return text.Append(':').Append(Value).ToString();
    }

    /// <summary>The value as text: \n, \, \; and \\ undone (RFC 5545 section 3.3.11).</summary>
    public string Text => Unescape(Value);

    /// <summary>Text as a value.</summary>
    public static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\r\n", "\\n", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)
        .Replace(",", "\\,", StringComparison.Ordinal).Replace(";", "\\;", StringComparison.Ordinal);

    public static string Unescape(string value)
    {
        if (!value.Contains('\\', StringComparison.Ordinal)) return value;
        var text = new StringBuilder(value.Length);
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '\\' && i + 1 < value.Length) text.Append(value[++i] is 'n' or 'N' ? '\n' : value[i]);
            else text.Append(value[i]);
        }

        return text.ToString();
    }

    /// <summary>An unfolded line; null when it has no name or no colon.</summary>
    public static ContentLine? Parse(ReadOnlySpan<char> line)
    {
        var at = line.IndexOfAny(':', ';');
        if (at <= 0) return null;
        var name = line[..at];
        var dot = name.IndexOf('.');
        var group = dot > 0 ? name[..dot].ToString() : null;
        List<Parameter>? parameters = null;
        while (line[at] == ';')
        {
            if (ParseParameter(line, ref at) is not { } parameter) return null;
            (parameters ??= []).Add(parameter);
        }

        var bare = PropertyNames.Of(name[(dot > 0 ? dot + 1 : 0)..].Trim());
        return new ContentLine(bare, parameters ?? (IReadOnlyList<Parameter>)[], line[(at + 1)..].ToString()) { Group = group };
    }

    /// <summary>From the semicolon to what ends the parameter, which must be another semicolon or the colon.</summary>
    private static Parameter? ParseParameter(ReadOnlySpan<char> line, ref int at)
    {
        var start = ++at;
        while (at < line.Length && line[at] is not ('=' or ';' or ':')) at++;
        if (at == line.Length) return null;
        var name = PropertyNames.OfParameter(line[start..at].Trim());
        if (line[at] != '=') return new Parameter("TYPE", [name]); // vCard 2.1: TEL;HOME:
        var values = new List<string>();
        do
        {
            at++;
            if (at < line.Length && line[at] == '"')
            {
                var end = line[(at + 1)..].IndexOf('"') + at + 1;
                if (end == at) return null;
                values.Add(Decode(line[(at + 1)..end].ToString()));
                at = end + 1;
                while (at < line.Length && line[at] is not (',' or ';' or ':')) at++;
            }
            else
            {
                start = at;
                while (at < line.Length && line[at] is not (',' or ';' or ':')) at++;
                values.Add(Decode(line[start..at].ToString()));
            }

            if (at == line.Length) return null;
        }
        while (line[at] == ',');
        return new Parameter(name, values);
    }

    private static string Encode(string value)
    {
        var text = value.Replace("^", "^^", StringComparison.Ordinal).Replace("\n", "^n", StringComparison.Ordinal)
            .Replace("\"", "^'", StringComparison.Ordinal);
        return text.AsSpan().IndexOfAny(",;:") < 0 ? text : $"\"{text}\"";
    }

    /// <summary>RFC 6868: ^n, ^^ and ^'.</summary>
    private static string Decode(string value)
    {
        if (!value.Contains('^', StringComparison.Ordinal)) return value;
        var text = new StringBuilder(value.Length);
        for (var i = 0; i < value.Length; i++)
        {
            var pair = i + 1 < value.Length ? value.AsSpan(i, 2) : [];
            text.Append(pair switch { "^n" => '\n', "^'" => '"', _ => value[i] });
            if (pair is "^n" or "^'" or "^^") i++;
        }

        return text.ToString();
    }
}

/// <param name="Name">As written; compare without regard to case.</param>
public sealed record Parameter(string Name, IReadOnlyList<string> Values);
