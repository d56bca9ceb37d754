using System.Text;
using System.Xml;
using CompatBot.Core.Push;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Xml;
using CompatBot.Protocols.Net.Push;

namespace CompatBot.Protocols.Dav.Push;

/// <summary>Sends push-message elements (draft-bitfire-webdav-push section 4.1).</summary>
public sealed class PushMessages(PushService service) : IPushSender
{
    private static readonly XmlWriterSettings Settings = new() { Encoding = new UTF8Encoding(false) };

    public string PublicKey => service.PublicKey;

    public bool Reaches(Uri resource) => service.Reaches(resource);

    public ValueTask<PushOutcome> SendAsync(PushSubscription to, PushNews news, CancellationToken cancellation) =>
        service.SendAsync(to, Write(news), news.Slot, cancellation);

    private static byte[] Write(PushNews news)
    {
        using var octets = new MemoryStream();
        using (var xml = XmlWriter.Create(octets, Settings))
        {
            xml.Start(DavNames.Push + "push-message");
            xml.Text(PushProperties.Topic, news.Topic);
            if (news.Change is { } change)
            {
                xml.Start(PushProperties.ContentUpdate);
                xml.Text(DavNames.Dav + "sync-token", SyncToken.Of(change));
                xml.WriteEndElement();
            }

            if (news.Properties) xml.Empty(PushProperties.PropertyUpdate);
            xml.WriteEndElement();
        }

        return octets.ToArray();
    }
}
