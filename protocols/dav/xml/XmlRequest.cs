using System.Buffers;
using System.Xml;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Dav.Xml;

/// <summary>Reads the XML of a request: bounded in length and depth, without DTDs, entities or anything from elsewhere.</summary>
internal static class XmlRequest
{
    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersFromEntities = 0,
        CloseInput = true,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
    };

    /// <summary>Whether a POST has XML, by its media type.</summary>
    public static bool IsMeant(HttpRequest request) => request.ContentType?.Contains("xml", StringComparison.OrdinalIgnoreCase) ?? false;

    /// <returns>The root element; null when there is no body.</returns>
    /// <exception cref="DavException">400 no XML; 413 too long.</exception>
    public static async ValueTask<XElement?> ReadAsync(HttpRequest request, DavLimits limits, CancellationToken cancellation)
    {
        if (request.ContentLength > limits.XmlBytesMax) throw new DavException(413);
        using var body = new MemoryStream();
        var buffer = ArrayPool<byte>.Shared.Rent(16 << 10);
        try
        {
            int count;
            while ((count = await request.Body.ReadAsync(buffer, cancellation)) > 0)
            {
                if (body.Length + count > limits.XmlBytesMax) throw new DavException(413);
                body.Write(buffer, 0, count);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }

        if (body.Length == 0) return null;
        try
        {
            Measure(body, limits.XmlDepthMax);
            body.Position = 0;
            using var reader = XmlReader.Create(body, Settings);
            return XDocument.Load(reader, LoadOptions.PreserveWhitespace).Root;
        }
        catch (XmlException)
        {
            throw new DavException(400, null, "The body is not well-formed XML");
        }
    }

    /// <summary>Throws when elements nest too deep: a tree of them is walked by recursion.</summary>
    private static void Measure(MemoryStream body, int depthMax)
    {
        body.Position = 0;
        using var reader = XmlReader.Create(new MemoryStream(body.GetBuffer(), 0, (int)body.Length), Settings);
        while (reader.Read())
        {
            if (reader.Depth > depthMax) throw new DavException(400, null, "The body's XML nests too deep");
        }
    }
}
