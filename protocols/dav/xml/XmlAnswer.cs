using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using CompatBot.Protocols.Net;
using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Dav.Xml;

/// <summary>An XML answer that goes out as it is written, however long it becomes.</summary>
internal sealed class XmlAnswer : IDisposable
{
    /// <summary>Bytes that are written before they are sent.</summary>
    private const int FlushBytes = 32 << 10;

    private static readonly XmlWriterSettings Settings = new()
    {
        Encoding = new UTF8Encoding(false), CheckCharacters = false, NewLineHandling = NewLineHandling.Entitize,
    };

    private readonly PipeStream _stream;

    private XmlAnswer(HttpResponse response)
    {
        _stream = new PipeStream(response.BodyWriter);
        Writer = XmlWriter.Create(_stream, Settings);
    }

    public XmlWriter Writer { get; }

    /// <summary>Begins an answer whose root element declares every prefix.</summary>
    public static XmlAnswer Begin(HttpResponse response, int status, XName root)
    {
        response.StatusCode = status;
        response.ContentType = "application/xml; charset=utf-8";
        var answer = new XmlAnswer(response);
        answer.Writer.WriteStartDocument();
        answer.Writer.Start(root);
        foreach (var (prefix, space) in DavNames.Prefixes)
        {
            if (space != root.Namespace) answer.Writer.WriteAttributeString("xmlns", prefix, null, space.NamespaceName);
        }

        return answer;
    }

    /// <summary>Sends what is written, if it is worth a packet.</summary>
    public async ValueTask PauseAsync(CancellationToken cancellation)
    {
        if (_stream.Unsent < FlushBytes) return;
        Writer.Flush();
        await _stream.SendAsync(cancellation);
    }

    public async ValueTask EndAsync(CancellationToken cancellation)
    {
        Writer.WriteEndDocument();
        Writer.Flush();
        await _stream.SendAsync(cancellation);
    }

    public void Dispose() => Writer.Dispose();

    /// <summary>A body of one error element (RFC 4918 section 16).</summary>
    public static async ValueTask ErrorAsync(HttpResponse response, DavException error, CancellationToken cancellation)
    {
        using var answer = Begin(response, error.Status, DavNames.Dav + "error");
        answer.Writer.Start(error.Precondition!);
        foreach (var href in error.Hrefs) answer.Writer.Text(DavNames.Dav + "href", href);
        answer.Writer.WriteEndElement();
        await answer.EndAsync(cancellation);
    }

    /// <summary>Writes into the pipe and leaves it to others when that is sent.</summary>
    private sealed class PipeStream(PipeWriter pipe) : ForwardStream
    {
        public int Unsent { get; private set; }

        public override bool CanRead => false;

        public async ValueTask SendAsync(CancellationToken cancellation)
        {
            Unsent = 0;
            await pipe.FlushAsync(cancellation);
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            pipe.Write(buffer);
            Unsent += buffer.Length;
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
    }
}

/// <summary>Elements with the prefixes of <see cref="DavNames.Prefixes"/>.</summary>
internal static class XmlWriting
{
    public static void Start(this XmlWriter xml, XName name)
    {
        foreach (var (prefix, space) in DavNames.Prefixes)
        {
            if (space != name.Namespace) continue;
            xml.WriteStartElement(prefix, name.LocalName, name.NamespaceName);
            return;
        }

        xml.WriteStartElement(name.LocalName, name.NamespaceName);
    }

    public static void Empty(this XmlWriter xml, XName name)
    {
        xml.Start(name);
        xml.WriteEndElement();
    }

    /// <summary>An element with text. Characters that XML can not hold are left out.</summary>
    public static void Text(this XmlWriter xml, XName name, string text)
    {
        xml.Start(name);
        xml.Characters(text);
        xml.WriteEndElement();
    }

    public static void Characters(this XmlWriter xml, string text)
    {
        var bad = false;
        for (var i = 0; i < text.Length && !bad; i++)
        {
            if (XmlConvert.IsXmlChar(text[i])) continue;
            if (i + 1 < text.Length && XmlConvert.IsXmlSurrogatePair(text[i + 1], text[i])) i++;
            else bad = true;
        }

        xml.WriteString(bad ? string.Concat(text.Where(XmlConvert.IsXmlChar)) : text);
    }
}
