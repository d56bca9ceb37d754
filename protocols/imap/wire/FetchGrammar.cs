using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace CompatBot.Protocols.Imap.Wire;

/// <summary>What FETCH may ask for (RFC 3501 sections 6.4.5 and 9).</summary>
public static class FetchGrammar
{
    /// <summary>HEADER.FIELDS.NOT is the longest name.</summary>
    private const int NameLettersMax = 17;

    /// <summary>What no atom may hold.</summary>
    private static readonly SearchValues<char> Quotable = SearchValues.Create("(){%*\"\\]");

    private static readonly FetchItem[] Fast = [FetchItem.Flags, FetchItem.InternalDate, FetchItem.Rfc822Size];
    private static readonly FetchItem[] All = [.. Fast, FetchItem.Envelope];
    private static readonly FetchItem[] Full = [.. All, FetchItem.Body];

    /// <summary>"ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")"; a macro stands alone.</summary>
    public static bool Items(ref ImapLexer lexer, [NotNullWhen(true)] out IReadOnlyList<FetchItem>? items)
    {
        items = lexer.TakeWord("ALL"u8) ? All : lexer.TakeWord("FULL"u8) ? Full : lexer.TakeWord("FAST"u8) ? Fast : null;
        if (items is not null) return true;

        var found = new List<FetchItem>();
        if (lexer.Take((byte)'(')) return List(ref lexer, out items);
        if (!Item(ref lexer, found)) return false;
        items = found;
        return true;
    }

    /// <summary>fetch-att *(SP fetch-att) ")"</summary>
    public static bool List(ref ImapLexer lexer, [NotNullWhen(true)] out IReadOnlyList<FetchItem>? items)
    {
        items = null;
        var found = new List<FetchItem>();
        do
        {
            if (!Item(ref lexer, found)) return false;
            if (found.Count > lexer.Limits.FetchItemsMax) return lexer.Expected("fewer items");
        }
        while (lexer.Take((byte)' '));
        items = found;
        return lexer.Close();
    }

    private static bool Item(ref ImapLexer lexer, List<FetchItem> items)
    {
        if (!Name(ref lexer, out var name)) return false;
        var isSection = lexer.IsAt((byte)'[');
        FetchItem? item = name switch
        {
            "BODY" or "BODY.PEEK" when isSection => Section(ref lexer, name == "BODY.PEEK"),
            "BINARY" or "BINARY.PEEK" when isSection => Binary(ref lexer, name == "BINARY.PEEK"),
            "BINARY.SIZE" when isSection => BinarySize(ref lexer),
            _ when isSection => null,
            "PREVIEW" => TakePreview(ref lexer),
            "UID" => FetchItem.Uid,
            "FLAGS" => FetchItem.Flags,
            "INTERNALDATE" => FetchItem.InternalDate,
            "RFC822.SIZE" => FetchItem.Rfc822Size,
            "ENVELOPE" => FetchItem.Envelope,
            "BODY" => FetchItem.Body,
            "BODYSTRUCTURE" => FetchItem.BodyStructure,
            "MODSEQ" => FetchItem.ModSeq,
            "EMAILID" => FetchItem.EmailId,
            "THREADID" => FetchItem.ThreadId,
            "SAVEDATE" => FetchItem.SaveDate,
            "RFC822" => new FetchItem(FetchKind.Section, name, SectionSpec.Whole, IsPeek: false),
            "RFC822.HEADER" => new FetchItem(FetchKind.Section, name, new SectionSpec([], SectionText.Header, [])),
            "RFC822.TEXT" => new FetchItem(FetchKind.Section, name, new SectionSpec([], SectionText.Text, []), IsPeek: false),
            _ => null,
        };
        if (item is null) return lexer.Expected("something that FETCH knows");
        if (!items.Contains(item)) items.Add(item);
        return true;
    }

    /// <summary>The letters, digits and dots before a section; an atom would swallow its bracket.</summary>
    private static bool Name(ref ImapLexer lexer, out string name)
    {
        var letters = new StringBuilder(NameLettersMax);
        while (letters.Length < NameLettersMax && lexer.TakeLetter(out var letter)) letters.Append(char.ToUpperInvariant(letter));
        name = letters.ToString();
        return name.Length > 0 || lexer.Expected("something that FETCH knows");
    }

    private static FetchItem? Section(ref ImapLexer lexer, bool isPeek)
    {
        lexer.Take((byte)'[');
        var path = new List<int>();
        var text = SectionText.All;
        IReadOnlyList<string> fields = [];
        while (!lexer.IsAt((byte)']'))
        {
            if (lexer.IsAtDigit)
            {
                if (!lexer.Number(out var part)) return null;
                if (part is 0 or > int.MaxValue) return Fail(ref lexer, "a part number");
                if (path.Count == lexer.Limits.SectionDepthMax) return Fail(ref lexer, "fewer part numbers");
                path.Add((int)part);
                if (lexer.Take((byte)'.') ? lexer.IsAt((byte)']') : !lexer.IsAt((byte)']')) return Fail(ref lexer, "a section");
                continue;
            }

            if (!Name(ref lexer, out var name)) return null;
            text = name switch
            {
                "HEADER" => SectionText.Header,
                "HEADER.FIELDS" => SectionText.HeaderFields,
                "HEADER.FIELDS.NOT" => SectionText.HeaderFieldsNot,
                "TEXT" => SectionText.Text,
                "MIME" when path.Count > 0 => SectionText.Mime,
                _ => SectionText.All,
            };
            if (text == SectionText.All) return Fail(ref lexer, "a section");
            if (text is SectionText.HeaderFields or SectionText.HeaderFieldsNot && !Fields(ref lexer, out fields)) return null;
            break;
        }

        if (!lexer.Take((byte)']')) return Fail(ref lexer, "]");
        if (!Partial(ref lexer, out var partial)) return null;
        var section = new SectionSpec([.. path], text, fields);
        return new FetchItem(FetchKind.Section, NameOf(section), section, isPeek, partial);
    }

    /// <summary>section-spec alone, as an IMAP URL names it (RFC 5092 section 11, enc-section).</summary>
    /// <returns>Null when it is none.</returns>
    public static SectionSpec? Section(string text, ImapLimits limits)
    {
        var lexer = new ImapLexer(Encoding.ASCII.GetBytes($"[{text}]"), limits);
        return Section(ref lexer, isPeek: true) is { Section: { } section, Partial: null } && lexer.IsAtEnd ? section : null;
    }

    /// <summary>"BINARY" [".PEEK"] section-binary [partial] (RFC 3516 section 7): part numbers alone.</summary>
    private static FetchItem? Binary(ref ImapLexer lexer, bool isPeek)
    {
        if (Section(ref lexer, isPeek) is not { } item) return null;
        if (item.Section!.Text != SectionText.All) return Fail(ref lexer, "part numbers alone");
        return item with { Name = $"BINARY{item.Name[4..]}", IsDecoded = true };
    }

    /// <summary>"BINARY.SIZE" section-binary</summary>
    private static FetchItem? BinarySize(ref ImapLexer lexer)
    {
        if (Section(ref lexer, isPeek: true) is not { } item) return null;
        if (item.Section!.Text != SectionText.All || item.Partial is not null) return Fail(ref lexer, "part numbers alone");
        return item with { Kind = FetchKind.BinarySize, Name = $"BINARY.SIZE{item.Name[4..]}", IsDecoded = true };
    }

    /// <summary>[SP "(" "LAZY" ")"] (RFC 8970 section 6): it is made in any case, for it costs little.</summary>
    private static FetchItem TakePreview(ref ImapLexer lexer)
    {
        lexer.TakeText(" (LAZY)"u8);
        return FetchItem.Preview;
    }

    /// <summary>header-list = "(" header-fld-name *(SP header-fld-name) ")"</summary>
    private static bool Fields(ref ImapLexer lexer, out IReadOnlyList<string> fields)
    {
        var names = new List<string>();
        fields = names;
        if (!lexer.Space() || !lexer.Open()) return false;
        do
        {
            if (!lexer.AString(out var name)) return false;
            if (name.IsEmpty || name.ContainsAnyExceptInRange((byte)'!', (byte)'~')) return lexer.Expected("a header field name");
            names.Add(Encoding.ASCII.GetString(name));
        }
        while (lexer.Take((byte)' '));
        return lexer.Close();
    }

    private static bool Partial(ref ImapLexer lexer, out FetchPartial? partial)
    {
        partial = null;
        if (!lexer.Take((byte)'<')) return true;
        if (!lexer.Number64(out var offset)) return false;
        if (!lexer.Take((byte)'.')) return lexer.Expected(".");
        if (!lexer.Number64(out var bytes)) return false;
        if (bytes == 0) return lexer.Expected("a count above 0");
        partial = new FetchPartial(offset, bytes);
        return lexer.Take((byte)'>') || lexer.Expected(">");
    }

    /// <summary>BODY[...] as the reply spells it, without its partial offset.</summary>
    private static string NameOf(SectionSpec section)
    {
        var name = new StringBuilder("BODY[").AppendJoin('.', section.Path);
        if (section.Text != SectionText.All && section.Path.Length > 0) name.Append('.');
        name.Append(section.Text switch
        {
            SectionText.All => "",
            SectionText.Header => "HEADER",
            SectionText.HeaderFields => "HEADER.FIELDS",
            SectionText.HeaderFieldsNot => "HEADER.FIELDS.NOT",
            SectionText.Text => "TEXT",
            SectionText.Mime => "MIME",
            _ => throw new ArgumentOutOfRangeException(nameof(section), section.Text, null),
        });
        if (section.Fields.Count > 0) name.Append(" (").AppendJoin(' ', section.Fields.Select(Quote)).Append(')');
        return name.Append(']').ToString();
    }

    private static string Quote(string field)
    {
        if (!field.AsSpan().ContainsAny(Quotable)) return field;
        return $"\"{field.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }

    private static FetchItem? Fail(ref ImapLexer lexer, string what)
    {
        lexer.Expected(what);
        return null;
    }
}
