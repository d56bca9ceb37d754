using System.Text;

namespace CompatBot.Formats.Mime;

/// <summary>
/// Reads an address list (RFC 5322 section 3.4 with the obsolete syntax of 4.4). Never fails: garbage becomes a mailbox with an
/// empty host, so that whoever reads the message sees what was there.
/// </summary>
public static class AddressParser
{
    /// <summary>Addresses of one list; what follows is left out.</summary>
    public const int AddressesMax = 10_000;

    /// <summary>Nested comments that are counted; deeper ones end early.</summary>
    private const int CommentDepthMax = 50;

    /// <param name="text">An unfolded header value, wire text.</param>
    public static List<MailAddress> Parse(string text)
    {
        var addresses = new List<MailAddress>();
        Parse(text, addresses);
        return addresses;
    }

    internal static void Parse(string text, List<MailAddress> addresses)
    {
        var reader = new Reader(text);
        var inGroup = false;
        while (addresses.Count < AddressesMax && reader.Next(out var address, out var end))
        {
            if (address.IsGroupStart)
            {
                if (inGroup)
                {
                    addresses.Add(MailAddress.GroupEnd);
                }

                inGroup = true;
            }

            if (!address.IsGroupEnd)
            {
                addresses.Add(address);
            }

            if (end == ';' && inGroup)
            {
                addresses.Add(MailAddress.GroupEnd);
                inGroup = false;
            }
        }

        if (inGroup)
        {
            addresses.Add(MailAddress.GroupEnd);
        }
    }

    private ref struct Reader(string text)
    {
        private readonly StringBuilder _word = new();
        private readonly StringBuilder _comment = new();
        private int _position;

        /// <summary>Reads one element; a default address where there is nothing between two separators.</summary>
        /// <param name="end">The separator behind it: , ; : or NUL at the end of the text.</param>
        public bool Next(out MailAddress address, out char end)
        {
            address = default;
            end = '\0';
            if (_position >= text.Length)
            {
                return false;
            }

            _comment.Clear();
            var phrase = Words(",;:<@", keepSpace: true, out end, out var quoted);
            if (end == ':')
            {
                address = MailAddress.GroupStart(phrase);
                return true;
            }

            if (end == '<')
            {
                address = Angle(phrase, quoted, out end);
                return true;
            }

            if (end == '@')
            {
                var host = Words(",;<", keepSpace: false, out end, out _);
                address = end == '<' ? Angle($"{phrase}@{host}", false, out end) : Bare(phrase, host);
                return true;
            }

            if (phrase.Length > 0 || quoted)
            {
                address = Bare(phrase, "");
            }

            return true;
        }

        private readonly MailAddress Bare(string mailbox, string host) =>
            new(_comment.Length > 0 ? _comment.ToString().Trim() : null, null, mailbox, host);

        /// <summary>[route ":"] local "@" domain ">", and whatever stands between it and the next separator.</summary>
        private MailAddress Angle(string phrase, bool quoted, out char end)
        {
            string? route = null;
            SkipSpace();
            if (_position < text.Length && text[_position] == '@')
            {
                var colon = text.AsSpan(_position).IndexOfAny(":>");
                if (colon >= 0 && text[_position + colon] == ':')
                {
                    route = text.AsSpan(_position, colon).ToString().Replace(" ", "", StringComparison.Ordinal);
                    _position += colon + 1;
                }
            }

            var mailbox = Words("@>", keepSpace: false, out end, out _);
            var host = "";
            if (end == '@')
            {
                host = Words(">", keepSpace: false, out end, out _);
            }

            if (end == '>')
            {
                Words(",;", keepSpace: false, out end, out _);
            }

            var name = phrase.Length > 0 || quoted ? phrase : _comment.Length > 0 ? _comment.ToString().Trim() : null;
            return new MailAddress(string.IsNullOrEmpty(name) ? null : name, route, mailbox, host);
        }

        /// <summary>Words up to one of the stops, which is stepped over: quotes removed, comments put aside.</summary>
        private string Words(string stops, bool keepSpace, out char stop, out bool quoted)
        {
            _word.Clear();
            quoted = false;
            var space = false;
            while (_position < text.Length)
            {
                var next = text[_position];
                if (stops.Contains(next, StringComparison.Ordinal))
                {
                    _position++;
                    stop = next;
                    return _word.ToString();
                }

                if (next is ' ' or '\t')
                {
                    space = true;
                    _position++;
                    continue;
                }

                if (next == '(')
                {
                    Comment();
                    space = true;
                    continue;
                }

                if (space && keepSpace && _word.Length > 0)
                {
                    _word.Append(' ');
                }

                space = false;
                if (next == '"')
                {
                    quoted = true;
                    QuotedString();
                }
                else if (next == '[')
                {
                    DomainLiteral();
                }
                else
                {
                    _word.Append(next);
                    _position++;
                }
            }

            stop = '\0';
            return _word.ToString();
        }

        private void QuotedString()
        {
            _position++;
            while (_position < text.Length && text[_position] != '"')
            {
                _position += text[_position] == '\\' && _position + 1 < text.Length ? 1 : 0;
                _word.Append(text[_position++]);
            }

            _position++;
        }

        private void DomainLiteral()
        {
            var end = text.AsSpan(_position).IndexOfAny("]>,");
            var length = end < 0 ? text.Length - _position : text[_position + end] == ']' ? end + 1 : end;
            _word.Append(text, _position, length);
            _position += length;
        }

        private void Comment()
        {
            var depth = 0;
            _comment.Append(_comment.Length > 0 ? " " : "");
            for (; _position < text.Length; _position++)
            {
                var next = text[_position];
                if (next == '\\' && _position + 1 < text.Length)
                {
                    _comment.Append(text[++_position]);
                    continue;
                }

                depth += next == '(' && depth < CommentDepthMax ? 1 : next == ')' ? -1 : 0;
                if (depth == 0)
                {
                    _position++;
                    return;
                }

                if (depth > 1 || next != '(')
                {
                    _comment.Append(next);
                }
            }
        }

        private void SkipSpace()
        {
            while (_position < text.Length && text[_position] is ' ' or '\t')
            {
                _position++;
            }
        }
    }
}
