using System.Text;

namespace CompatBot.Formats.Mime;

/// <summary>Reads "value; name=value; name="quoted value"" (RFC 2045 section 5.1) as leniently as mail programs write it.</summary>
internal static class ParameterReader
{
    /// <summary>Pieces between semicolons of one field, parameters or not; more are not read.</summary>
    public const int PiecesMax = 200;

    /// <returns>
    /// The word before the first semicolon without comments, and the parameters unquoted; one without a value is left out.
    /// </returns>
    public static (string Value, List<KeyValuePair<string, string>> Parameters) Read(string text)
    {
        var parameters = new List<KeyValuePair<string, string>>();
        var position = 0;
        var head = Plain(text, ref position);
        var space = head.AsSpan().IndexOfAny(" \t");
        if (space > 0 && head.IndexOf('=', space) > 0)
        {
            position = space; // The first semicolon is missing.
            head = head[..space];
        }

        for (var piece = 0; piece < PiecesMax && position < text.Length; piece++)
        {
            position++; // the semicolon
            var end = text.AsSpan(position).IndexOfAny("=;");
            if (end < 0)
            {
                break;
            }

            var name = text.AsSpan(position, end).Trim(" \t").ToString();
            position += end;
            if (text[position] == ';')
            {
                continue;
            }

            position++;
            while (position < text.Length && text[position] is ' ' or '\t')
            {
                position++;
            }

            var value = position < text.Length && text[position] == '"' ? Quoted(text, ref position) : Plain(text, ref position);
            if (name.Length > 0)
            {
                parameters.Add(new(name, value));
            }
        }

        return (head, parameters);
    }

    /// <summary>Up to the next semicolon; a comment counts as one only behind white space, as file names have brackets too.</summary>
    private static string Plain(string text, ref int position)
    {
        var rest = text.AsSpan(position);
        var end = rest.IndexOf(';');
        var comment = (end < 0 ? rest : rest[..end]).IndexOf(" (", StringComparison.Ordinal);
        if (comment >= 0)
        {
            var value = rest[..comment].Trim(" \t").ToString();
            var depth = 0;
            for (var index = comment + 1; index < rest.Length; index++)
            {
                depth += rest[index] switch { '(' => 1, ')' => -1, _ => 0 };
                if (depth <= 0 && rest[index] == ';')
                {
                    position += index;
                    return value;
                }
            }

            position = text.Length;
            return value;
        }

        end = end < 0 ? rest.Length : end;
        position += end;
        return rest[..end].Trim(" \t").ToString();
    }

    private static string Quoted(string text, ref int position)
    {
        var rest = text.AsSpan(++position);
        var end = rest.IndexOfAny("\"\\");
        string value;
        if (end >= 0 && rest[end] == '"')
        {
            value = rest[..end].ToString();
            position += end + 1;
        }
        else
        {
            var unquoted = new StringBuilder();
            while (position < text.Length && text[position] != '"')
            {
                position += text[position] == '\\' && position + 1 < text.Length ? 1 : 0;
                unquoted.Append(text[position++]);
            }

            value = unquoted.ToString();
        }

        end = text.AsSpan(Math.Min(position, text.Length)).IndexOf(';');
        position = end < 0 ? text.Length : position + end;
        return value;
    }
}
