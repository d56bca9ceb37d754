using System.Globalization;
using System.Text;

namespace CompatBot.Gateway.Moving.Imap;

/// <summary>
/// Reads what an IMAP server says (RFC 3501 section 7): one response after the other, as words, strings and lists. A string, quoted or
/// literal, is its octets; a word is text; NIL is null.
/// </summary>
internal sealed class ImapReader(Stream stream)
{
    /// <summary>Octets of one literal: a longer message is not taken.</summary>
    public const int LiteralBytesMax = 1 << 30;

    /// <summary>Octets of a response beside its literals, and depth of its lists.</summary>
    private const int ResponseBytesMax = 16 << 20, DepthMax = 50;

    private readonly byte[] _buffer = new byte[64 << 10];
    private int _from, _until, _read;

    /// <returns>Its parts: tag or "*" or "+" first, and the text behind OK, NO, BAD, BYE and "+" as one word.</returns>
    /// <exception cref="IOException">The connection ended, or that is no IMAP.</exception>
    public async ValueTask<List<object?>> ReadAsync(CancellationToken cancellation)
    {
        _read = 0;
        List<object?> parts = [];
        while (true)
        {
            if (parts is ["+", ..] or [_, "OK" or "NO" or "BAD" or "BYE" or "PREAUTH", ..])
            {
                parts.Add(await TextAsync(cancellation));
                return parts;
            }

            var next = (char)await PeekAsync(cancellation);
            if (next is '\r' or '\n')
            {
                await TextAsync(cancellation);
                return parts;
            }

            if (next == ' ') _from++;
            else parts.Add(await PartAsync(0, cancellation));
        }
    }

    private async ValueTask<object?> PartAsync(int depth, CancellationToken cancellation)
    {
        switch ((char)await PeekAsync(cancellation))
        {
            case '(':
                _from++;
                return await ListAsync(depth + 1, cancellation);
            case '"':
                _from++;
                return await QuotedAsync(cancellation);
            case '{' or '~':
                return await LiteralAsync(cancellation);
            default:
                var word = await WordAsync(cancellation);
                return word.Equals("NIL", StringComparison.OrdinalIgnoreCase) ? null : word;
        }
    }

    private async ValueTask<List<object?>> ListAsync(int depth, CancellationToken cancellation)
    {
        if (depth > DepthMax) throw new IOException("the server's answer is too deep");
        List<object?> list = [];
        while (true)
        {
            var next = (char)await PeekAsync(cancellation);
            if (next is ' ' or ')') _from++;
            if (next == ')') return list;
            if (next is '\r' or '\n') throw new IOException("the server's list does not end");
            if (next != ' ') list.Add(await PartAsync(depth, cancellation));
        }
    }

    private async ValueTask<byte[]> QuotedAsync(CancellationToken cancellation)
    {
        List<byte> text = [];
        while (true)
        {
            var next = await TakeAsync(cancellation);
            if (next == '"') return [.. text];
            text.Add(next == '\\' ? await TakeAsync(cancellation) : next);
        }
    }

    private async ValueTask<byte[]> LiteralAsync(CancellationToken cancellation)
    {
        var head = await TextAsync(cancellation);
        var digits = head.TrimStart('~').Trim('{', '}', '+');
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length > LiteralBytesMax)
        {
            throw new IOException($"the server sends {digits} octets at once");
        }

        var literal = new byte[length];
        for (var at = 0; at < length;)
        {
            if (_from == _until) await FillAsync(cancellation);
            var taken = Math.Min(length - at, _until - _from);
            _buffer.AsSpan(_from, taken).CopyTo(literal.AsSpan(at));
            (at, _from) = (at + taken, _from + taken);
        }

        return literal;
    }

    /// <summary>A word; brackets hold it together, as in BODY[HEADER.FIELDS (DATE)].</summary>
    private async ValueTask<string> WordAsync(CancellationToken cancellation)
    {
        var (word, brackets) = (new StringBuilder(), 0);
        while (true)
        {
            var next = (char)await PeekAsync(cancellation);
            if (next is '\r' or '\n' || (brackets == 0 && next is ' ' or '(' or ')' && word.Length > 0)) return word.ToString();
            brackets += next == '[' ? 1 : next == ']' ? -1 : 0;
            word.Append(next);
            _from++;
            Count();
        }
    }

    /// <summary>The rest of the line.</summary>
    private async ValueTask<string> TextAsync(CancellationToken cancellation)
    {
        var text = new StringBuilder();
        while (true)
        {
            var next = (char)await TakeAsync(cancellation);
            if (next == '\n') return text.ToString().TrimEnd('\r').TrimStart(' ');
            text.Append(next);
        }
    }

    private async ValueTask<byte> TakeAsync(CancellationToken cancellation)
    {
        var next = await PeekAsync(cancellation);
        _from++;
        Count();
        return next;
    }

    private void Count()
    {
        if (++_read > ResponseBytesMax) throw new IOException("the server's answer does not end");
    }

    private async ValueTask<byte> PeekAsync(CancellationToken cancellation)
    {
        if (_from == _until) await FillAsync(cancellation);
        return _buffer[_from];
    }

    private async ValueTask FillAsync(CancellationToken cancellation)
    {
        (_from, _until) = (0, await stream.ReadAsync(_buffer, cancellation));
        if (_until == 0) throw new IOException("the server ended the connection");
    }
}
