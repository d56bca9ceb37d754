using System.Globalization;
using System.Xml.Linq;
using CompatBot.Core.Identity;
using CompatBot.Gateway.Config;

namespace CompatBot.Gateway.Http;

/// <summary>
/// What Thunderbird, Evolution and others ask to set up an account from its address alone: autoconfig.DOMAIN/mail/config-v1.1.xml, or
/// DOMAIN/.well-known/autoconfig/mail/config-v1.1.xml (draft-ietf-mailmaint-autoconfig), for every domain whose mail is taken here.
/// </summary>
/// <param name="hostName">The server's name.</param>
/// <param name="portOffset">Added to the standard ports.</param>
internal sealed class Autoconfig(Accounts accounts, string hostName, int portOffset)
{
    private const string HostPrefix = "autoconfig.";

    private static readonly string[] Paths = ["/mail/config-v1.1.xml", "/.well-known/autoconfig/mail/config-v1.1.xml"];

    /// <returns>False: it was not asked for.</returns>
    public async ValueTask<bool> TryAnswerAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) || !Paths.Contains(context.Request.Path.Value)) return false;
        var host = context.Request.Host.Host;
        var address = Address.Parse(context.Request.Query["emailaddress"].ToString());
        var domain = address?.Domain
            ?? Address.DomainName(host.StartsWith(HostPrefix, StringComparison.OrdinalIgnoreCase) ? host[HostPrefix.Length..] : host);
        if (domain is null || !await accounts.IsLocalAsync(domain, context.RequestAborted)) return false;
        context.Response.ContentType = "text/xml; charset=utf-8";
        await context.Response.WriteAsync($"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{Write(domain)}\n", context.RequestAborted);
        return true;
    }

    private XElement Write(string domain) => new(
        "clientConfig",
        new XAttribute("version", "1.1"),
        new XElement(
            "emailProvider",
            new XAttribute("id", domain),
            new XElement("domain", domain),
            new XElement("displayName", domain),
            new XElement("displayShortName", domain),
            MailServer("incomingServer", "imap", Ports.Imaps),
            MailServer("incomingServer", "imap", Ports.Imap),
            MailServer("incomingServer", "pop3", Ports.Pop3s),
            MailServer("incomingServer", "pop3", Ports.Pop3),
            MailServer("outgoingServer", "smtp", Ports.Submissions),
            MailServer("outgoingServer", "smtp", Ports.Submission)),
        WebServer("addressBook", "carddav"),
        WebServer("calendar", "caldav"));

    private XElement MailServer(string element, string type, Port port) => new(
        element,
        new XAttribute("type", type),
        new XElement("hostname", hostName),
        new XElement("port", (port.StandardPort + portOffset).ToString(CultureInfo.InvariantCulture)),
        new XElement("socketType", port.Security == PortSecurity.Tls ? "SSL" : "STARTTLS"),
        new XElement("authentication", "password-cleartext"), // Under TLS; every client has it.
        new XElement("username", "%EMAILADDRESS%"));

    private XElement WebServer(string element, string type)
    {
        var port = Ports.Https.StandardPort + portOffset;
        var authority = port == Ports.Https.StandardPort ? hostName : string.Create(CultureInfo.InvariantCulture, $"{hostName}:{port}");
        return new XElement(
            element,
            new XAttribute("type", type),
            new XElement("username", "%EMAILADDRESS%"),
            new XElement("authentication", new XAttribute("system", "http"), "basic"),
            new XElement("serverURL", $"https://{authority}/.well-known/{type}"));
    }
}
