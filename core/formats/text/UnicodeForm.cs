using System.Runtime.InteropServices;
using System.Text;

namespace CompatBot.Formats.Text;

/// <summary>
/// Unicode normal forms (UAX #15), by GNU libunistring: .NET's own normalization needs ICU, which costs a server of line protocols some
/// thirty megabytes of memory.
/// </summary>
public static unsafe partial class UnicodeForm
{
    private const string Library = "libunistring.so.2";

    /// <summary>Room for the result, as a factor in UTF-8: NFC needs no more, NFKD seldom does.</summary>
    private const int GrowthMax = 3;

    private static readonly nint Nfc = NativeLibrary.GetExport(NativeLibrary.Load(Library), "uninorm_nfc");
    private static readonly nint Nfkd = NativeLibrary.GetExport(NativeLibrary.Load(Library), "uninorm_nfkd");

    /// <summary>The library's version, such as 1.0.</summary>
    /// <exception cref="DllNotFoundException">It is not there.</exception>
    public static Version LibraryVersion
    {
        get
        {
            var version = *(int*)NativeLibrary.GetExport(NativeLibrary.Load(Library), "_libunistring_version");
            return version > 0xFFFF ? new Version(version >> 16, version >> 8 & 0xFF) : new Version(version >> 8, version & 0xFF);
        }
    }

    /// <summary>The text in NFC; text that is no Unicode (a lone surrogate) as it is.</summary>
    public static string Compose(string text) => Normalize(Nfc, text);

    /// <summary>The text in NFKD, letters and their marks apart: what i;unicode-casemap compares (RFC 5051 section 2).</summary>
    public static string Decompose(string text) => Normalize(Nfkd, text);

    private static string Normalize(nint form, string text)
    {
        if (Ascii.IsValid(text)) return text;
        byte[] utf8;
        try
        {
            utf8 = new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            return text;
        }

        var composed = new byte[(utf8.Length * GrowthMax) + 16];
        var length = (nuint)composed.Length;
        fixed (byte* source = utf8, target = composed)
        {
            var result = u8_normalize(form, source, (nuint)utf8.Length, target, &length);
            if (result == target) return Encoding.UTF8.GetString(target, (int)length);
            if (result is null) throw new InvalidOperationException("Text could not be normalized");
            var longer = Encoding.UTF8.GetString(result, (int)length);
            NativeMemory.Free(result);
            return longer;
        }
    }

    [LibraryImport(Library)]
    private static partial byte* u8_normalize(nint form, byte* text, nuint bytes, byte* result, nuint* resultBytes);
}
