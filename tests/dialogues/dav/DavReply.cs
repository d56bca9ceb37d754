using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>What came back.</summary>
internal sealed record DavReply(int Status, ILookup<string, string> Headers, string Body)
{
    public static readonly XNamespace Dav = "DAV:";

    public static readonly XNamespace CalDav = "urn:ietf:params:xml:ns:caldav";

    public static readonly XNamespace CardDav = "urn:ietf:params:xml:ns:carddav";

    public string ETag => this["ETag"]!;

    public XElement Xml => XDocument.Parse(Body).Root!;

    /// <summary>The hrefs of a multistatus, in order.</summary>
    public IEnumerable<string> Hrefs => Xml.Elements(Dav + "response").Select(one => one.Element(Dav + "href")!.Value);

    /// <summary>The precondition that a DAV:error names.</summary>
    public string? Precondition => Body.Contains(":error", StringComparison.Ordinal)
        ? Xml.DescendantsAndSelf(Dav + "error").First().Elements().First().Name.LocalName
        : null;

    public string? this[string header] => Headers[header].FirstOrDefault();

    /// <summary>The text of the first property of this name whose status is 200; null for none.</summary>
    public string? Property(string name, string? href = null)
    {
        var response = Xml.DescendantsAndSelf(Dav + "response").First(one => href is null || one.Element(Dav + "href")!.Value == href);
        return response.Elements(Dav + "propstat")
            .Where(one => one.Element(Dav + "status")!.Value.Contains(" 200 ", StringComparison.Ordinal))
            .SelectMany(one => one.Element(Dav + "prop")!.Elements())
            .FirstOrDefault(one => one.Name.LocalName == name)?.Value;
    }

    public override string ToString() => $"{Status} {Body}";

    public static DavReply Parse(byte[] octets)
    {
        var text = Encoding.Latin1.GetString(octets);
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        Assert.True(end > 0, $"No answer: {text}");
        var lines = text[..end].Split("\r\n");
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToLookup(
            pair => pair[0], pair => pair.Length > 1 ? pair[1] : "", StringComparer.OrdinalIgnoreCase);
        var body = text[(end + 4)..];
        if (headers["Transfer-Encoding"].Contains("chunked")) body = Unchunk(body);
        return new DavReply(
            int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture),
            headers,
            Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(body)));
    }

    private static string Unchunk(string body)
    {
        var text = new StringBuilder();
        for (var at = 0; ;)
        {
            var line = body.IndexOf("\r\n", at, StringComparison.Ordinal);
            var length = int.Parse(body[at..line], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (length == 0) return text.ToString();
            text.Append(body, line + 2, length);
            at = line + 2 + length + 2;
        }
    }
}
