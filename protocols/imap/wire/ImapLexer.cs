using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace CompatBot.Protocols.Imap.Wire;

/// <summary>
/// Reads the tokens of one IMAP command (RFC 3501 section 9), left to right, and remembers the first mistake. Literals stand in
/// the text as they came: {3} CRLF abc.
/// </summary>
public ref struct ImapLexer(ReadOnlySpan<byte> text, ImapLimits limits)
{
    /// <summary>Ends an ATOM; 8-bit bytes do too.</summary>
    private static readonly SearchValues<byte> AtomEnd = Except("(){ %*\"\\]"u8);

    /// <summary>ASTRING-CHAR = ATOM-CHAR / resp-specials, which is "]".</summary>
    private static readonly SearchValues<byte> AStringEnd = Except("(){ %*\"\\"u8);

    /// <summary>list-char = ATOM-CHAR / list-wildcards / resp-specials.</summary>
    private static readonly SearchValues<byte> ListEnd = Except("(){ \"\\"u8);

    private static readonly SearchValues<byte> SequenceBytes = SearchValues.Create("0123456789:*,"u8);

    private ReadOnlySpan<byte> _rest = text;

    /// <summary>The mistake of who names messages by number where only UIDs count.</summary>
    public const string UidRequired = "UIDs";

    public ImapLimits Limits { get; } = limits;

    /// <summary>Mailbox names are UTF-8 (RFC 6855 section 3).</summary>
    public bool IsUtf8 { get; init; }

    /// <summary>Message numbers are a mistake (RFC 9586).</summary>
    public bool IsUidOnly { get; init; }

    /// <summary>What was expected where reading first failed, for the BAD reply; null while all is well.</summary>
    public string? Mistake { get; private set; }

    public bool Expected(string what)
    {
        Mistake ??= what;
        return false;
    }

    public bool Space() => Take((byte)' ') || Expected("a space");

    public bool End() => _rest.IsEmpty || Expected("end of line");

    public bool Backslash() => Take((byte)0x5C) || Expected("\\");

    public bool Open() => Take((byte)'(') || Expected("(");

    public bool Close() => Take((byte)')') || Expected(")");

    public readonly bool IsAt(byte next) => !_rest.IsEmpty && _rest[0] == next;

    public readonly bool IsAtWord(scoped ReadOnlySpan<byte> word) =>
        _rest.Length > word.Length && Ascii.EqualsIgnoreCase(_rest[..word.Length], word) && _rest[word.Length] == (byte)' ';

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>What has not been read.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    public readonly bool IsAtDigit => !_rest.IsEmpty && char.IsAsciiDigit((char)_rest[0]);

    /// <summary>Takes one letter, digit or dot: what the names in FETCH are made of.</summary>
    public bool TakeLetter(out char letter)
    {
        letter = _rest.IsEmpty ? '\0' : (char)_rest[0];
        if (!char.IsAsciiLetterOrDigit(letter) && letter != '.') return false;
        _rest = _rest[1..];
        return true;
    }

    /// <summary>Skips one byte if it is there; its absence is no mistake.</summary>
    public bool Take(byte next)
    {
        if (!IsAt(next)) return false;
        _rest = _rest[1..];
        return true;
    }

    /// <summary>Skips bytes, whatever their case, if they stand here; their absence is no mistake.</summary>
    public bool TakeText(scoped ReadOnlySpan<byte> text)
    {
        if (_rest.Length < text.Length || !Ascii.EqualsIgnoreCase(_rest[..text.Length], text)) return false;
        _rest = _rest[text.Length..];
        return true;
    }

    /// <summary>Skips a word, whatever its case, if it stands here whole; its absence is no mistake.</summary>
    public bool TakeWord(scoped ReadOnlySpan<byte> word)
    {
        var end = _rest.IndexOfAny(AtomEnd);
        if (!Ascii.EqualsIgnoreCase(end < 0 ? _rest : _rest[..end], word)) return false;
        _rest = _rest[word.Length..];
        return true;
    }

    public bool Atom(out ReadOnlySpan<byte> atom) => Run(AtomEnd, out atom) || Expected("an atom");

    /// <summary>An atom in upper case, for a switch over keywords.</summary>
    public bool Word(out string word)
    {
        var found = Atom(out var atom);
        word = found ? Encoding.ASCII.GetString(atom).ToUpperInvariant() : "";
        return found;
    }

    /// <summary>tag = 1*(any ASTRING-CHAR except "+")</summary>
    public bool Tag(out ReadOnlySpan<byte> tag) => (Run(AStringEnd, out tag) && !tag.Contains((byte)'+')) || Expected("a tag");

    /// <summary>base64 of an initial response, or "=" for an empty one (RFC 4959).</summary>
    public bool InitialResponse(out ReadOnlySpan<byte> base64) => Run(AStringEnd, out base64) || Expected("base64");

    public bool AString(out ReadOnlySpan<byte> value)
    {
        if (IsAt((byte)'"') || IsAt((byte)'{')) return String(out value);
        return Run(AStringEnd, out value) || Expected("a string");
    }

    [SuppressMessage("Naming", "CA1720", Justification = "The grammar's own word.")]
    public bool String(out ReadOnlySpan<byte> value)
    {
        value = default;
        if (IsAt((byte)'{')) return Literal(out value);
        return Take((byte)'"') ? Quoted(out value) : Expected("a string");
    }

    /// <summary>nstring: NIL gives an empty value and says so.</summary>
    public bool NString(out ReadOnlySpan<byte> value, out bool isNil)
    {
        isNil = TakeWord("NIL"u8);
        value = default;
        return isNil || String(out value);
    }

    public bool Number(out uint number)
    {
        number = 0;
        if (_rest.IsEmpty || !char.IsAsciiDigit((char)_rest[0])) return Expected("a number");
        if (!Utf8Parser.TryParse(_rest, out number, out var digits)) return Expected("a number below 4294967296");
        _rest = _rest[digits..];
        return true;
    }

    /// <summary>number64 (RFC 9051 section 9): below 2^63.</summary>
    public bool Number64(out long number)
    {
        number = 0;
        if (_rest.IsEmpty || !char.IsAsciiDigit((char)_rest[0])) return Expected("a number");
        if (!Utf8Parser.TryParse(_rest, out number, out var digits)) return Expected("a number below 2^63");
        _rest = _rest[digits..];
        return true;
    }

    /// <summary>A sequence set of message numbers, or of UIDs.</summary>
    public bool Sequence([NotNullWhen(true)] out SequenceSet? set, bool byUid)
    {
        set = null;
        return (byUid || !IsUidOnly || IsAt((byte)'$') || Expected(UidRequired)) && Sequence(out set);
    }

    public bool Sequence([NotNullWhen(true)] out SequenceSet? set)
    {
        set = SequenceSet.Saved;
        if (Take((byte)'$')) return true;
        var end = _rest.IndexOfAnyExcept(SequenceBytes);
        var text = end < 0 ? _rest : _rest[..end];
        if (!SequenceSet.TryParse(text, out set)) return Expected("a sequence set");
        _rest = _rest[text.Length..];
        return true;
    }

    /// <summary>mailbox = "INBOX" / astring (RFC 3501 section 9) in modified UTF-7; INBOX is folded to upper case (section 5.1).</summary>
    /// <remarks>A separator at the end means nothing: CREATE has it for "children follow" (section 6.3.3), Thunderbird anywhere.</remarks>
    public bool Mailbox([NotNullWhen(true)] out string? mailbox)
    {
        if (!Reference(out mailbox)) return false;
        if (mailbox.Length > 1 && mailbox.EndsWith('/')) mailbox = mailbox[..^1];
        return true;
    }

    /// <summary>What LIST and LSUB put before a pattern, octet for octet.</summary>
    public bool Reference([NotNullWhen(true)] out string? reference)
    {
        reference = null;
        return AString(out var raw) && Name(raw, out reference);
    }

    /// <summary>list-mailbox = 1*list-char / string: a name with wildcards.</summary>
    public bool Pattern([NotNullWhen(true)] out string? pattern)
    {
        pattern = null;
        if (IsAt((byte)'"') || IsAt((byte)'{')) return String(out var quoted) && Name(quoted, out pattern);
        return Run(ListEnd, out var raw) ? Name(raw, out pattern) : Expected("a mailbox pattern");
    }

    /// <summary>A flag that a client may set: a system flag without \Recent, or a keyword.</summary>
    public bool Flag(ref ulong system, List<string> keywords)
    {
        var isSystem = Take((byte)'\\');
        if (!Run(AtomEnd, out var atom)) return Expected("a flag");
        if (atom.Length > Limits.KeywordBytesMax) return Expected("a shorter flag");
        var name = Encoding.ASCII.GetString(atom);
        if (!isSystem)
        {
            keywords.Add(name);
            return true;
        }

        var bit = ImapFlags.System("\\" + name);
        system |= bit;
        return bit != 0 || Expected("a flag that clients may set");
    }

    /// <summary>flag-list = "(" [flag *(SP flag)] ")"</summary>
    public bool Flags([NotNullWhen(true)] out FlagList? flags)
    {
        flags = null;
        if (!Open()) return false;
        var (system, keywords) = (0ul, new List<string>());
        while (!Take((byte)')'))
        {
            if ((system != 0 || keywords.Count > 0) && !Space()) return false;
            if (!Flag(ref system, keywords)) return false;
        }

        flags = new FlagList(system, keywords);
        return true;
    }

    /// <summary>date = date-text / DQUOTE date-text DQUOTE</summary>
    public bool Date(out DateOnly date)
    {
        date = default;
        var quoted = IsAt((byte)'"');
        ReadOnlySpan<byte> text;
        if (quoted ? !String(out text) : !Run(AtomEnd, out text)) return Expected("a date such as 1-Feb-1994");
        return ImapDate.TryParseDate(text, out date) || Expected("a date such as 1-Feb-1994");
    }

    public bool DateTime(out DateTimeOffset time)
    {
        time = default;
        return (IsAt((byte)'"') && String(out var text) && ImapDate.TryParseDateTime(text, out time))
            || Expected("a date and time such as \"17-Jul-1996 02:44:25 -0700\"");
    }

    /// <summary>The literal that ends the text and whose bytes are still to come: APPEND's message.</summary>
    public bool AnnouncedLiteral(out LiteralHeader literal)
    {
        // A literal8 may have NULs (RFC 3516 section 4.4); so may any message here, which is kept octet for octet.
        if (!LiteralHeader.TryParse(_rest, out literal) || literal.Length != _rest.Length) return Expected("a literal");
        _rest = default;
        return true;
    }

    private bool Name(ReadOnlySpan<byte> raw, [NotNullWhen(true)] out string? name)
    {
        name = null;
        if (raw.Length > Limits.MailboxNameBytesMax) return Expected("a shorter mailbox name");
        if (IsUtf8 && !System.Text.Unicode.Utf8.IsValid(raw)) return Expected("a mailbox name in UTF-8");
        if (IsUtf8) name = Encoding.UTF8.GetString(raw);
        else if (!ModifiedUtf7.TryDecode(raw, out name)) return Expected("a mailbox name in modified UTF-7");
        if (name.Equals("INBOX", StringComparison.OrdinalIgnoreCase)) name = "INBOX";
        else if (name.StartsWith("INBOX/", StringComparison.OrdinalIgnoreCase)) name = "INBOX" + name[5..];
        return true;
    }

    private bool Literal(out ReadOnlySpan<byte> value)
    {
        value = default;
        var end = _rest.IndexOf("}\r\n"u8);
        if (end < 0 || !LiteralHeader.TryParse(_rest[..(end + 1)], out var header)) return Expected("a literal");
        var content = _rest[(end + 3)..];
        if (header.Length != end + 1 || content.Length < header.Bytes) return Expected("a literal");
        value = content[..(int)header.Bytes];
        _rest = content[(int)header.Bytes..];
        return true;
    }

    private bool Quoted(out ReadOnlySpan<byte> value)
    {
        value = default;
        var end = _rest.IndexOfAny((byte)'"', (byte)'\\');
        if (end < 0) return Expected("a closing quote");
        if (_rest[end] == (byte)'"')
        {
            value = _rest[..end];
            _rest = _rest[(end + 1)..];
            return !value.ContainsAny((byte)'\r', (byte)'\n') || Expected("a quoted string without CR and LF");
        }

        var unescaped = new ArrayBufferWriter<byte>(_rest.Length);
        while (true)
        {
            if (end < 0) return Expected("a closing quote");
            unescaped.Write(_rest[..end]);
            var isQuote = _rest[end] == (byte)'"';
            _rest = _rest[(end + 1)..];
            if (isQuote) break;
            if (!IsAt((byte)'"') && !IsAt((byte)'\\')) return Expected("\\\" or \\\\");
            unescaped.Write(_rest[..1]);
            _rest = _rest[1..];
            end = _rest.IndexOfAny((byte)'"', (byte)'\\');
        }

        value = unescaped.WrittenSpan;
        return !value.ContainsAny((byte)'\r', (byte)'\n') || Expected("a quoted string without CR and LF");
    }

    private bool Run(SearchValues<byte> endBytes, out ReadOnlySpan<byte> run)
    {
        var end = _rest.IndexOfAny(endBytes);
        run = end < 0 ? _rest : _rest[..end];
        _rest = _rest[run.Length..];
        return !run.IsEmpty;
    }

    private static SearchValues<byte> Except(ReadOnlySpan<byte> specials)
    {
        var ends = new List<byte>(specials.ToArray());
        for (var value = 0; value < 256; value++)
        {
            if (value is < 32 or >= 127) ends.Add((byte)value);
        }

        return SearchValues.Create([.. ends]);
    }
}
