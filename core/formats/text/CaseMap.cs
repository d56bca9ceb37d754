using System.Buffers;
using System.Text;

namespace CompatBot.Formats.Text;

/// <summary>
/// The form in which i;unicode-casemap compares text (RFC 5051 section 2): each character in upper case, taken apart into letter and marks,
/// so that "cafe" is found in "Caf\u00e9". Texts that look alike in this form are equal.
/// </summary>
public static class CaseMap
{
    /// <summary>Of the characters of the basic plane, as they are asked for; null: not asked for yet.</summary>
    private static readonly string?[] Known = new string?[0x10000];

    /// <summary>Titlecase and uppercase are told apart by four ligatures of Croatian alone, which are taken apart in any case.</summary>
    public static string Fold(string text)
    {
        if (Ascii.IsValid(text)) return text.ToUpperInvariant();
        var folded = new ArrayBufferWriter<char>(text.Length * 2);
        Fold(text, folded);
        return new string(folded.WrittenSpan);
    }

    public static void Fold(ReadOnlySpan<char> text, IBufferWriter<char> folded)
    {
        while (!text.IsEmpty)
        {
            var ascii = text.IndexOfAnyExceptInRange('\0', '\x7F');
            var run = ascii < 0 ? text : text[..ascii];
            if (!run.IsEmpty)
            {
                Ascii.ToUpper(run, folded.GetSpan(run.Length), out _);
                folded.Advance(run.Length);
                text = text[run.Length..];
                continue;
            }

            // Half of a pair, at the end of a piece or alone, stands for itself.
            var status = Rune.DecodeFromUtf16(text, out var rune, out var taken);
            folded.Write(status == OperationStatus.Done ? Of(rune) : text[..taken]);
            text = text[taken..];
        }
    }

    private static ReadOnlySpan<char> Of(Rune rune)
    {
        if (!rune.IsBmp) return UnicodeForm.Decompose(Rune.ToUpperInvariant(rune).ToString());
        return Known[rune.Value] ??= UnicodeForm.Decompose(Rune.ToUpperInvariant(rune).ToString());
    }
}
