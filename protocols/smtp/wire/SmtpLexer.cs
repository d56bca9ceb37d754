using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CompatBot.Protocols.Smtp.Wire;

/// <summary>
/// Reads one command line (RFC 5321 section 4.1.2). Each method takes one production, or says what it misses and returns false.
/// </summary>
public ref struct SmtpLexer(ReadOnlySpan<byte> line)
{
    private static readonly SearchValues<byte> WordEnd = SearchValues.Create(" \t\r\n\0"u8);
    private static readonly SearchValues<byte> Keyword =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"u8);

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _rest = line;

    /// <summary>The reply that names the first mistake, when a command's parser gave up.</summary>
    public SmtpReply Mistake { get; private set; }

    public readonly bool IsAtEnd => _rest.IndexOfAnyExcept((byte)' ') < 0;

    /// <summary>Keeps the first mistake; always false, so that a parser can end with it.</summary>
    public bool Fail(SmtpReply reply)
    {
        if (Mistake.IsEmpty) Mistake = reply;
        return false;
    }

    /// <summary>The command's name: letters only.</summary>
    public bool Verb(out ReadOnlySpan<byte> verb)
    {
        var end = _rest.IndexOf((byte)' ');
        verb = end < 0 ? _rest : _rest[..end];
        if (verb.IsEmpty || !Ascii.IsValid(verb)) return false;
        foreach (var letter in verb)
        {
            if (!char.IsAsciiLetter((char)letter)) return false;
        }

        _rest = _rest[verb.Length..];
        return true;
    }

    /// <summary>One space or more: clients send more.</summary>
    public bool Space()
    {
        var end = _rest.IndexOfAnyExcept((byte)' ');
        if (end < 0) end = _rest.Length;
        if (end == 0) return Fail(SmtpReply.Syntax("Expected a space"));
        _rest = _rest[end..];
        return true;
    }

    /// <summary>Nothing but spaces: clients leave them at the end of lines.</summary>
    public bool End() => IsAtEnd || Fail(SmtpReply.Syntax("Expected end of line"));

    /// <summary>FROM: or TO:, in any case; Outlook puts a space behind the colon.</summary>
    public bool Literal(ReadOnlySpan<byte> text)
    {
        if (_rest.Length < text.Length || !Ascii.EqualsIgnoreCase(_rest[..text.Length], text))
        {
            return Fail(SmtpReply.Syntax($"Expected {Encoding.ASCII.GetString(text)}<address>"));
        }

        _rest = _rest[text.Length..];
        var spaces = _rest.IndexOfAnyExcept((byte)' ');
        if (spaces > 0) _rest = _rest[spaces..];
        return true;
    }

    /// <summary>Anything without a space, up to <paramref name="bytesMax"/>.</summary>
    public bool Word(int bytesMax, [NotNullWhen(true)] out string? word)
    {
        var end = _rest.IndexOfAny(WordEnd);
        var bytes = end < 0 ? _rest : _rest[..end];
        if (bytes.IsEmpty || bytes.Length > bytesMax || !TryDecode(bytes, out word))
        {
            word = null;
            return Fail(SmtpReply.Syntax("Expected a word"));
        }

        _rest = _rest[bytes.Length..];
        return true;
    }

    /// <summary>Digits only; at most 18, so that it fits.</summary>
    public bool Number(out long number)
    {
        number = 0;
        var end = _rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        var digits = end < 0 ? _rest : _rest[..end];
        if (digits.Length is 0 or > 18) return Fail(SmtpReply.Syntax("Expected a number"));
        foreach (var digit in digits) number = (number * 10) + (digit - '0');
        _rest = _rest[digits.Length..];
        return true;
    }

    /// <summary>esmtp-param = keyword ["=" value]. A parser calls it while <see cref="IsAtEnd"/> is false.</summary>
    public bool Parameter(out string keyword, out string? value)
    {
        (keyword, value) = ("", null);
        if (!Space()) return false;
        var end = _rest.IndexOfAnyExcept(Keyword);
        var name = end < 0 ? _rest : _rest[..end];
        if (name.IsEmpty) return Fail(SmtpReply.Syntax("Expected a parameter"));
        keyword = Encoding.ASCII.GetString(name).ToUpperInvariant();
        _rest = _rest[name.Length..];
        if (_rest.IsEmpty || _rest[0] == ' ') return true;
        if (_rest[0] != '=') return Fail(SmtpReply.Syntax("Expected ="));
        _rest = _rest[1..];
        return Word(1000, out value);
    }

    /// <summary>Reverse-path or forward-path, in its brackets. A source route is read over (RFC 5321 appendix C).</summary>
    public bool Path(bool mayBeNull, [NotNullWhen(true)] out SmtpPath? path)
    {
        path = null;
        if (_rest.IsEmpty || _rest[0] != '<') return Fail(SmtpReply.Syntax("Expected <address>"));
        var inner = _rest[1..];
        if (!inner.IsEmpty && inner[0] == '>')
        {
            _rest = inner[1..];
            path = SmtpPath.Null;
            return mayBeNull || Fail(SmtpReply.Syntax("Expected an address"));
        }

        if (!inner.IsEmpty && inner[0] == '@')
        {
            var colon = inner.IndexOf((byte)':');
            if (colon < 0 || inner[..colon].ContainsAny("<> \"\\"u8)) return Fail(BadAddress);
            inner = inner[(colon + 1)..];
        }

        var start = inner;
        if (!LocalPart(ref inner, out var local)) return Fail(BadAddress);
        var domain = "";
        if (!inner.IsEmpty && inner[0] == '@')
        {
            inner = inner[1..];
            if (!Domain(ref inner, out domain)) return Fail(BadAddress);
        }
        else if (!local.Equals("postmaster", StringComparison.OrdinalIgnoreCase))
        {
            return Fail(new SmtpReply(501, "5.1.3", "Address needs a domain"));
        }

        if (inner.IsEmpty || inner[0] != '>') return Fail(BadAddress);
        var text = start[..(start.Length - inner.Length)];
        path = new SmtpPath(local, domain, Encoding.UTF8.GetString(text), Ascii.IsValid(text));
        _rest = inner[1..];
        return _rest.IsEmpty || _rest[0] == ' ' || Fail(SmtpReply.Syntax("Expected a space"));
    }

    private static readonly SmtpReply BadAddress = new(501, "5.1.3", "Bad address syntax");

    private static bool LocalPart(ref ReadOnlySpan<byte> rest, out string local)
    {
        local = "";
        if (!rest.IsEmpty && rest[0] == '"') return QuotedString(ref rest, out local);
        var end = 0;
        while (end < rest.Length && IsAtext(rest[end])) end++;
        var atoms = rest[..end];

        // Dot-string: no empty atom.
        if (atoms.Length is 0 or > SmtpLimits.LocalPartBytesMax) return false;
        if (atoms[0] == '.' || atoms[^1] == '.' || atoms.IndexOf(".."u8) >= 0) return false;
        rest = rest[end..];
        return TryDecode(atoms, out local!);
    }

    private static bool QuotedString(ref ReadOnlySpan<byte> rest, out string local)
    {
        local = "";
        var plain = new ArrayBufferWriter<byte>();
        for (var at = 1; at < rest.Length && plain.WrittenCount <= SmtpLimits.LocalPartBytesMax; at++)
        {
            var octet = rest[at];
            if (octet == '"')
            {
                rest = rest[(at + 1)..];
                return plain.WrittenCount > 0 && TryDecode(plain.WrittenSpan, out local!);
            }

            if (octet == '\\')
            {
                if (++at == rest.Length) return false;
                octet = rest[at];
            }

            if (octet is < 32 or 127) return false;
            plain.Write([octet]);
        }

        return false;
    }

    private static bool Domain(ref ReadOnlySpan<byte> rest, out string domain)
    {
        domain = "";
        var end = rest.IndexOf((byte)'>');
        if (end <= 0 || end > SmtpLimits.DomainBytesMax) return false;
        var bytes = rest[..end];
        if (!TryDecode(bytes, out domain!) || !(bytes[0] == '[' ? IsAddressLiteral(domain) : IsDomain(bytes))) return false;
        rest = rest[end..];
        return true;
    }

    private static bool IsDomain(ReadOnlySpan<byte> bytes)
    {
        if (bytes[0] is (byte)'.' or (byte)'-' || bytes[^1] is (byte)'.' or (byte)'-' || bytes.IndexOf(".."u8) >= 0) return false;
        foreach (var octet in bytes)
        {
            if (octet < 128 && !char.IsAsciiLetterOrDigit((char)octet) && octet is not ((byte)'.' or (byte)'-' or (byte)'_')) return false;
        }

        return true;
    }

    private static bool IsAddressLiteral(string domain)
    {
        if (domain.Length < 3 || domain[^1] != ']') return false;
        var inner = domain.AsSpan(1, domain.Length - 2);
        return inner.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase)
            ? IPAddress.TryParse(inner[5..], out var six) && six.AddressFamily == AddressFamily.InterNetworkV6
            : IPAddress.TryParse(inner, out var four) && four.AddressFamily == AddressFamily.InterNetwork;
    }

    /// <summary>atext and the dot between atoms (RFC 5321 section 4.1.2), and any UTF-8 (RFC 6531 section 3.3).</summary>
    private static bool IsAtext(byte octet) =>
        octet >= 128 || char.IsAsciiLetterOrDigit((char)octet) || "!#$%&'*+-/=?^_`{|}~."u8.Contains(octet);

    private static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out string? text)
    {
        try
        {
            text = Strict.GetString(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            text = null;
            return false;
        }
    }
}
