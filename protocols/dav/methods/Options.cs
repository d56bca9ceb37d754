using CompatBot.Protocols.Dav.Paths;
using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>OPTIONS: what may be done here (RFC 4918 section 10.1).</summary>
internal static class Options
{
    public const string Allowed =
        "OPTIONS, GET, HEAD, PUT, PATCH, POST, DELETE, MKCOL, MKCALENDAR, COPY, MOVE, PROPFIND, PROPPATCH, LOCK, UNLOCK, REPORT, SEARCH";

    private const string Everywhere = "1, 2, 3, access-control, extended-mkcol";

    private const string ForCalendars = "calendar-access, calendar-auto-schedule, calendar-availability, calendar-no-timezone, "
        + "calendar-managed-attachments, calendarserver-sharing, resource-sharing, calendar-proxy";

    public static ValueTask RunAsync(DavRequest request)
    {
        Write(request.Response, request.Path.Area, request.Services.Push is not null);
        return ValueTask.CompletedTask;
    }

    /// <param name="hasPush">Clients can subscribe to changes.</param>
    public static void Write(HttpResponse response, DavArea area, bool hasPush)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.Headers["DAV"] = area switch
        {
            DavArea.Files => Everywhere + ", sabredav-partialupdate",
            DavArea.Uploads => Everywhere,
            DavArea.Calendars => $"{Everywhere}, {ForCalendars}",
            DavArea.AddressBooks or DavArea.Directory => Everywhere + ", addressbook",
            _ => $"{Everywhere}, {ForCalendars}, addressbook",
        };
        if (hasPush && area is not (DavArea.Uploads or DavArea.Directory)) response.Headers["DAV"] += ", webdav-push";
        if (area is DavArea.Files or DavArea.Above) response.Headers["DASL"] = Search.Grammars;
        if (area == DavArea.Files) response.Headers["Accept-Patch"] = PartialWrites.MediaType;
        if (area == DavArea.Uploads) response.Headers["Accept-Patch"] = ResumableUploads.MediaType;
        if (area is DavArea.Files or DavArea.Uploads) response.Headers["Upload-Limit"] = ResumableUploads.Limits;
        response.Headers["MS-Author-Via"] = "DAV";
        response.Headers.Allow = Allowed;
        response.Headers.AcceptRanges = "bytes";
        response.ContentLength = 0;
    }
}
