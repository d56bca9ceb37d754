using System.Collections.Frozen;
using System.Text;

namespace CompatBot.Formats.Mime;

/// <summary>Finds the encoding that a mail means by a charset name. Decoding never fails: bytes that do not fit become U+FFFD.</summary>
public static class Charsets
{
    /// <summary>Longer names are no charset.</summary>
    private const int NameCharsMax = 40;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly UTF32Encoding BigEndianUtf32 = new(bigEndian: true, byteOrderMark: false);

    /// <summary>
    /// What programs write, and what they mean by it. ASCII is read as UTF-8, ISO-8859-1 as windows-1252, as browsers do.
    /// </summary>
    private static readonly FrozenDictionary<string, string> Aliases = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["us-ascii"] = "utf-8",
        ["ascii"] = "utf-8",
        ["ansi_x3.4-1968"] = "utf-8",
        ["iso-ir-6"] = "utf-8",
        ["utf8"] = "utf-8",
        ["unicode-1-1-utf-8"] = "utf-8",
        ["unknown-8bit"] = "windows-1252",
        ["x-unknown"] = "windows-1252",
        ["8bit"] = "windows-1252",
        ["iso-8859-1"] = "windows-1252",
        ["iso8859-1"] = "windows-1252",
        ["iso_8859-1"] = "windows-1252",
        ["latin1"] = "windows-1252",
        ["latin-1"] = "windows-1252",
        ["ansi"] = "windows-1252",
        ["cp1250"] = "windows-1250",
        ["cp1251"] = "windows-1251",
        ["cp1252"] = "windows-1252",
        ["iso-8859-8-i"] = "windows-1255",
        ["iso-8859-9"] = "windows-1254",
        ["iso-8859-11"] = "windows-874",
        ["tis-620"] = "windows-874",
        ["gb2312"] = "gb18030",
        ["gbk"] = "gb18030",
        ["x-gbk"] = "gb18030",
        ["cp936"] = "gb18030",
        ["big5-hkscs"] = "big5",
        ["ks_c_5601-1987"] = "euc-kr",
        ["cp949"] = "euc-kr",
        ["x-windows-949"] = "euc-kr",
        ["windows-31j"] = "shift_jis",
        ["cp932"] = "shift_jis",
        ["x-sjis"] = "shift_jis",
        ["sjis"] = "shift_jis",
        ["iso-2022-jp-1"] = "iso-2022-jp",
        ["iso-2022-jp-2"] = "iso-2022-jp",
        ["iso-2022-jp-ms"] = "iso-2022-jp",
        ["x-euc-jp"] = "euc-jp",
        ["eucjp"] = "euc-jp",
        ["euckr"] = "euc-kr",
        ["x-mac-roman"] = "macintosh",
        ["utf-16"] = "utf-16be",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <param name="name">As found in a Content-Type or an encoded word; a language behind * is left out.</param>
    public static bool TryGet(string name, out Encoding encoding)
    {
        var star = name.IndexOf('*', StringComparison.Ordinal);
        name = (star < 0 ? name : name[..star]).Trim(' ', '\t', '"', '\'');
        name = Aliases.GetValueOrDefault(name, name);
        encoding = Utf8;
        if (name.Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        if (name.Length is 0 or > NameCharsMax)
        {
            return false;
        }

        var found = CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Wide(name);
        encoding = found ?? Utf8;
        return found is not null;
    }

    /// <summary>The encoding of a name, or UTF-8 for a name that nobody knows: at least its ASCII is then readable.</summary>
    public static Encoding GetOrUtf8(string? name) => name is not null && TryGet(name, out var encoding) ? encoding : Utf8;

    /// <summary>Text of an undeclared charset: UTF-8 where the bytes are, else windows-1252.</summary>
    public static string Guess(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return GetOrUtf8("windows-1252").GetString(bytes);
        }
    }

    /// <summary>
    /// The encodings outside the code pages. UTF-7 is not among them: it was a way around filters, and .NET does not decode it.
    /// </summary>
    private static Encoding? Wide(string name) => name.ToLowerInvariant() switch
    {
        "utf-16be" => Encoding.BigEndianUnicode,
        "utf-16le" or "ucs-2" => Encoding.Unicode,
        "utf-32be" or "utf-32" => BigEndianUtf32,
        "utf-32le" => Encoding.UTF32,
        _ => null,
    };
}
