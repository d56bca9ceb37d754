using System.Buffers;
using CompatBot.Core.Drops;
using CompatBot.Core.Identity;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Xml;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>
/// What a device may do that may only upload, such as a scanner: PUT new files into one folder, which it sees as an empty root. What is
/// there of the same name stays, and what comes gets a free one.
/// </summary>
internal static class Dropping
{
    private const int ReadBytes = 64 << 10;

    public static async ValueTask RunAsync(HttpContext http, DavServices services, DropLogin login, DavPath path)
    {
        var addresses = await services.Accounts.AddressesAsync(login.Account, http.RequestAborted);
        if (path.Address.Length > 0 && !addresses.Contains(path.Address)) throw new DavException(403, DavNames.NeedPrivileges);
        using var watch = await RevocationWatch.OpenAsync(services.Accounts, login.Account, login.Device, http.RequestAborted)
            ?? throw new DavException(401);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, watch.Revoked);
        switch (http.Request.Method)
        {
            case "OPTIONS":
                Options.Write(http.Response, path.Area, hasPush: false);
                break;
            case "PROPFIND" when path is { Area: DavArea.Files, Names.Count: 0 }:
                await ShowAsync(http.Response, path, both.Token);
                break;
            case "PUT" when path is { Area: DavArea.Files, Names.Count: 1, EndsWithSlash: false }:
                await PutAsync(http, services, login, path.Names[0], both.Token);
                break;
            default:
                throw new DavException(403, DavNames.NeedPrivileges);
        }
    }

    private static async ValueTask PutAsync(
        HttpContext http, DavServices services, DropLogin login, string name, CancellationToken cancellation)
    {
        if (http.Request.Headers.ContentRange.Count > 0) throw new DavException(403, null, "This device may only upload whole files");
        if (http.Request.Headers.IfMatch.Count > 0) throw new DavException(412); // There is nothing that it may know.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = FileDrops.FileBytesMax;
        }

        await using var drop = DavException.Unless(await services.Drops!.OpenAsync(
            login.Account, login.Device, login.Folder, name, http.Request.ContentType, http.Request.ContentLength ?? 0, cancellation));
        using var digests = Digests.Digests.OfBody(http.Request, isWhole: true);
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            for (int count; (count = await http.Request.Body.ReadAsync(buffer, cancellation)) > 0;)
            {
                digests.Append(buffer.AsSpan(0, count));
                Bodies.Demand(await drop.WriteAsync(buffer.AsMemory(0, count), cancellation));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }

        digests.Check();
        Bodies.Demand(await drop.CommitAsync(cancellation));
        http.Response.StatusCode = StatusCodes.Status201Created;
    }

    /// <summary>Programs look whether there is a folder before they put something into it.</summary>
    private static async ValueTask ShowAsync(HttpResponse response, DavPath path, CancellationToken cancellation)
    {
        using var answer = XmlAnswer.Begin(response, StatusCodes.Status207MultiStatus, DavNames.Dav + "multistatus");
        var writer = answer.Writer;
        writer.Start(DavNames.Dav + "response");
        writer.Text(DavNames.Dav + "href", DavHref.Root(path.Area, path.Address));
        writer.Start(DavNames.Dav + "propstat");
        writer.Start(DavNames.Dav + "prop");
        writer.Start(DavNames.ResourceType);
        writer.Start(DavNames.Dav + "collection");
        for (var open = 0; open < 3; open++) writer.WriteEndElement();
        writer.Text(DavNames.Dav + "status", "HTTP/1.1 200 OK");
        writer.WriteEndElement();
        writer.WriteEndElement();
        await answer.EndAsync(cancellation);
    }
}
