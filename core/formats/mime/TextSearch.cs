using System.Buffers;
using System.Text;
using CompatBot.Formats.Text;

namespace CompatBot.Formats.Mime;

/// <summary>
/// Looks for a piece of text in decoded mail, as i;unicode-casemap compares (RFC 5255 section 4.2): compile once, then ask it of many
/// headers and bodies. May be used by several threads at once.
/// </summary>
public sealed class TextSearch(string text)
{
    private readonly SearchValues<string> _text = SearchValues.Create([CaseMap.Fold(text)], StringComparison.OrdinalIgnoreCase);

    /// <summary>What is looked for, in the form in which it is compared.</summary>
    public string Text { get; } = CaseMap.Fold(text);

    /// <summary>True where the text is in an unfolded header value, with its encoded words decoded or as they are.</summary>
    /// <param name="signature">Takes the value too; null: nobody does.</param>
    public bool InHeader(string wireText, TextSignature.Builder? signature = null)
    {
        var decoded = EncodedWords.Decode(wireText);
        signature?.Add(decoded);
        if (decoded != wireText) signature?.Add(wireText);
        return In(decoded) || (decoded != wireText && In(wireText));
    }

    /// <summary>True where the text is in this Unicode text.</summary>
    public bool In(ReadOnlySpan<char> unicode)
    {
        if (Text.Length == 0) return true;
        if (Ascii.IsValid(unicode)) return InFolded(unicode);
        var folded = new ArrayBufferWriter<char>(unicode.Length + (unicode.Length / 4));
        CaseMap.Fold(unicode, folded);
        return InFolded(folded.WrittenSpan);
    }

    /// <summary>True where the text is in this text, which is folded but for the case of ASCII letters.</summary>
    internal bool InFolded(ReadOnlySpan<char> folded) => folded.ContainsAny(_text);

    /// <summary>Starts a search in one body.</summary>
    /// <param name="charset">The part's charset; UTF-8 where it is null or unknown.</param>
    /// <param name="encoding">The part's Content-Transfer-Encoding.</param>
    /// <param name="signature">Takes the body's text too, as far as it is read; null: nobody does.</param>
    public BodySearch InBody(string? charset, string encoding, TextSignature.Builder? signature = null) =>
        new(this, Charsets.GetOrUtf8(charset).GetDecoder(), TransferDecoder.For(encoding), signature);

    /// <summary>Starts a search in the body of a part.</summary>
    public BodySearch InBody(MimePart part, TextSignature.Builder? signature = null) =>
        InBody(part.Parameter("charset"), part.Encoding, signature);
}

/// <summary>
/// One search in one body: push its bytes in pieces cut anywhere. Keeps a few thousand characters, whatever the size of the body.
/// </summary>
public sealed class BodySearch
{
    /// <summary>Bytes that are decoded at a time.</summary>
    private const int StepBytes = 8 * 1024;

    private readonly TextSearch _search;
    private readonly Decoder _charset;
    private readonly TransferDecoder _transfer;
    private readonly TextSignature.Builder? _signature;
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private char[] _window = [];
    private int _length;

    internal BodySearch(TextSearch search, Decoder charset, TransferDecoder transfer, TextSignature.Builder? signature)
    {
        (_search, _charset, _transfer, _signature) = (search, charset, transfer, signature);
        Found = search.Text.Length == 0;
    }

    /// <summary>True from the piece on in which the text was found: the rest need not be read.</summary>
    public bool Found { get; private set; }

    /// <returns><see cref="Found"/>.</returns>
    public bool Write(ReadOnlySpan<byte> bytes)
    {
        while (!Found && !bytes.IsEmpty)
        {
            var step = bytes[..Math.Min(bytes.Length, StepBytes)];
            bytes = bytes[step.Length..];
            if (_transfer.Changes)
            {
                _bytes.ResetWrittenCount();
                _transfer.Decode(step, _bytes);
                step = _bytes.WrittenSpan;
            }

            Look(step, final: false);
        }

        return Found;
    }

    /// <returns><see cref="Found"/>, for the whole body.</returns>
    public bool Finish()
    {
        if (!Found)
        {
            _bytes.ResetWrittenCount();
            _transfer.Finish(_bytes);
            Look(_bytes.WrittenSpan, final: true);
        }

        return Found;
    }

    private void Look(ReadOnlySpan<byte> bytes, bool final)
    {
        var room = _length + _charset.GetCharCount(bytes, final);
        if (room > _window.Length)
        {
            Array.Resize(ref _window, room);
        }

        var fresh = _charset.GetChars(bytes, _window.AsSpan(_length), final);
        _signature?.Add(_window.AsSpan(_length, fresh));
        _length += fresh;
        Found = _search.In(_window.AsSpan(0, _length));

        // What may be the start of the text stays for the next piece: a character of it stands for two at most, a pair of surrogates.
        var kept = Math.Min(_length, (_search.Text.Length * 2) - 1);
        _window.AsSpan(_length - kept, kept).CopyTo(_window);
        _length = kept;
    }
}
