using System.Buffers;
using System.Text;
using CompatBot.Formats.Mime;
using Xunit;

namespace CompatBot.UnitTests.Formats.Mime;

public sealed class DecodingTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("=?ISO-8859-1?Q?a?=", "a")]
    [InlineData("=?ISO-8859-1?Q?a?= b", "a b")]
    [InlineData("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab")]
    [InlineData("=?ISO-8859-1?Q?a_b?=  =?utf-8?B?w6k=?= c", "a bé c")]
    [InlineData("=?iso-8859-1*de?q?=FC?=", "ü")]
    [InlineData("x=?utf-8?q?=C3?==?utf-8?q?=BC?=y", "xüy")]
    [InlineData("=?utf-8?q?a?=\t =?utf-8?q?b", "a\t =?utf-8?q?b")]
    [InlineData("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本")]
    [InlineData("=?koi8-r?B?8NLJ18XU?=", "Привет")]
    [InlineData("=?gb2312?B?1tDOxA==?=", "中文")]
    [InlineData("=?x-none?q?=C3=BC?=", "ü")]
    [InlineData("=?utf-8?x?a?= =? =?? =?a?q", "=?utf-8?x?a?= =? =?? =?a?q")]
    [InlineData("=?utf-8?q?=3F=ZZ=?=", "?=ZZ=")]
    [InlineData("=?utf-8?b?!S Gk*=?=", "Hi")]
    [InlineData("J\u00c3\u00b6rg", "Jörg")]
    [InlineData("J\u00f6rg", "Jörg")]
    [InlineData("J\u00f6rg =?utf-8?q?a?=", "Jörg a")]
    public void Encoded_words(string wireText, string text) => Assert.Equal(text, EncodedWords.Decode(wireText));

    [Theory]
    [InlineData("attachment; filename=a.txt", "a.txt")]
    [InlineData("attachment; filename=\"=?utf-8?q?=C3=BC?=.txt\"", "ü.txt")]
    [InlineData("attachment; filename=plain; filename*=utf-8''%C3%BC.txt", "ü.txt")]
    [InlineData("attachment; filename*1=b; filename*0=a; filename*3=d", "ab")]
    [InlineData("attachment; filename*0*=utf-8'en'%C3; filename*1*=%BC; filename*2=%41", "ü%41")]
    [InlineData("attachment; filename*=%41", "A")]
    [InlineData("attachment; filename*=x''%4", "%4")]
    [InlineData("attachment; filename*1=b", null)]
    [InlineData("attachment; filenames=b", null)]
    public void Extended_parameters(string disposition, string? name)
    {
        var root = Trees.Scan(Encoding.Latin1.GetBytes($"Content-Disposition: {disposition}\n")).Root;
        Assert.Equal(name, ExtendedParameters.Find(root.DispositionParameters, "filename"));
    }

    [Theory]
    [InlineData("base64", "SGVs\r\nbG8=", "Hello")]
    [InlineData("BASE64", "SGVsbG8", "Hello")]
    [InlineData("base64", "SGVsbA==bw==\n", "Hello")]
    [InlineData("base64", "S*G-V s!bG8====", "Hello")]
    [InlineData("base64", "Q", "")]
    [InlineData("base64", "====", "")]
    [InlineData("quoted-printable", "a=20b=\r\nc =\nd=3d \t\r\ne  \nf", "a bc d=\r\ne\nf")]
    [InlineData("quoted-printable", "=ZZ=4=\r\n=4", "=ZZ=4=4")]
    [InlineData("quoted-printable", "a=  \t\r\nb= c=", "ab= c")]
    [InlineData("quoted-printable", "x\r\r\ny \r z", "x\r\r\ny \r z")]
    [InlineData("7bit", "a=20\r\n", "a=20\r\n")]
    [InlineData("x-what", "a=20", "a=20")]
    public void Transfer_encodings(string encoding, string encoded, string decoded)
    {
        for (var piece = 1; piece <= encoded.Length; piece++)
        {
            Assert.Equal(decoded, Encoding.Latin1.GetString(Decode(encoding, Encoding.Latin1.GetBytes(encoded), piece)));
        }
    }

    [Fact]
    public void Base64_of_any_bytes_comes_back()
    {
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            var bytes = new byte[random.Next(500)];
            random.NextBytes(bytes);
            var encoded = Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes, Base64FormattingOptions.InsertLineBreaks));
            Assert.Equal(bytes, Decode("base64", encoded, 1 + random.Next(100)));
        }
    }

    [Fact]
    public void White_space_that_never_ends_is_not_held_back()
    {
        var output = new ArrayBufferWriter<byte>();
        var decoder = TransferDecoder.For("quoted-printable");
        for (var round = 0; round < 100; round++)
        {
            decoder.Decode(new string(' ', 600).Select(space => (byte)space).ToArray(), output);
        }

        Assert.InRange(output.WrittenCount, 58_000, 60_000);
    }

    [Theory]
    [InlineData("UTF8", "utf-8")]
    [InlineData("\"us-ascii\"", "utf-8")]
    [InlineData("Latin1", "windows-1252")]
    [InlineData("ks_c_5601-1987", "euc-kr")]
    [InlineData("iso-8859-15", "iso-8859-15")]
    [InlineData("utf-16le", "utf-16")]
    [InlineData("utf-7", null)]
    [InlineData("nonsense", null)]
    [InlineData("", null)]
    public void Charset_names(string name, string? found) => Assert.Equal(found, Charsets.TryGet(name,
        out var encoding) ? encoding.WebName : null);

    internal static byte[] Decode(string encoding, ReadOnlySpan<byte> encoded, int piece)
    {
        var output = new ArrayBufferWriter<byte>();
        var decoder = TransferDecoder.For(encoding);
        while (!encoded.IsEmpty)
        {
            var length = Math.Min(piece, encoded.Length);
            decoder.Decode(encoded[..length], output);
            encoded = encoded[length..];
        }

        decoder.Finish(output);
        return output.WrittenSpan.ToArray();
    }

    [Theory]
    [InlineData("plain =?text")]
    [InlineData("Grüße aus Köln")]
    [InlineData("日本語の長い件名がここにあります、とても長いので折り返されます、そしてまだ続きます")]
    [InlineData("\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600")]
    public void What_is_encoded_is_decoded_again_and_no_line_is_long(string text)
    {
        var encoded = EncodedWords.Encode(text);
        Assert.All(encoded.Split("\r\n"), line => Assert.InRange(line.Trim().Length, 1, 75));
        Assert.Equal(text, EncodedWords.Decode(encoded.Replace("\r\n", "", StringComparison.Ordinal)));
    }
}
