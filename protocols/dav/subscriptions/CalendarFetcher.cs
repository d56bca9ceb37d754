using System.Net;
using System.Net.Http.Headers;
using CompatBot.Core.Calendar.Subscriptions;
using CompatBot.Protocols.Net.Http;

namespace CompatBot.Protocols.Dav.Subscriptions;

/// <summary>Fetches subscribed calendars over HTTP: only what changed, within bounds of octets, time and redirects.</summary>
public sealed class CalendarFetcher(PublicHttp http, long bytesMax = CalendarFetcher.BytesMax) : ICalendarSource
{
    /// <summary>Longest calendar that is taken, in octets, unpacked.</summary>
    public const long BytesMax = 16 << 20;

    /// <summary>For all of a fetch.</summary>
    public static readonly TimeSpan Time = TimeSpan.FromSeconds(30);

    /// <summary>Redirects that are followed.</summary>
    public const int RedirectsMax = 5;

    public async ValueTask<FetchedCalendar> FetchAsync(Uri source, string etag, string modified, CancellationToken cancellation)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(http.Timeout);
        try
        {
            return await FollowAsync(source, etag, modified, bound.Token);
        }
        catch (HttpRequestException error)
        {
            return FetchedCalendar.Failed(PublicHttp.IsNotPublic(error) ? "Its address is not a public one" : "It can not be reached");
        }
        catch (IOException)
        {
            return FetchedCalendar.Failed("It broke off");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return FetchedCalendar.Failed("It takes too long");
        }
    }

    private async ValueTask<FetchedCalendar> FollowAsync(Uri source, string etag, string modified, CancellationToken cancellation)
    {
        for (var redirects = 0; redirects <= RedirectsMax; redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, source);
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/calendar"));
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("*/*", 0.1));
            if (etag.Length > 0) request.Headers.TryAddWithoutValidation("If-None-Match", etag);
            if (modified.Length > 0) request.Headers.TryAddWithoutValidation("If-Modified-Since", modified);
            using var answer = await http.SendAsync(request, cancellation);
            if (answer.StatusCode == HttpStatusCode.NotModified && etag.Length + modified.Length > 0) return FetchedCalendar.Same;
            if ((int)answer.StatusCode is 301 or 302 or 303 or 307 or 308 && answer.Headers.Location is { } location)
            {
                var next = new Uri(source, location);
                var isDown = source.Scheme == Uri.UriSchemeHttps && next.Scheme != Uri.UriSchemeHttps;
                if (isDown || Subscription.Parse(next.AbsoluteUri) is not { } target) return FetchedCalendar.Failed("It leads nowhere");
                source = target;
                continue;
            }

            return answer.StatusCode == HttpStatusCode.OK
                ? await ReadAsync(answer, cancellation)
                : FetchedCalendar.Failed($"Its server answers {(int)answer.StatusCode}");
        }

        return FetchedCalendar.Failed("It leads nowhere");
    }

    private async ValueTask<FetchedCalendar> ReadAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        await using var body = await answer.Content.ReadAsStreamAsync(cancellation);
        using var all = new MemoryStream();
        var buffer = new byte[64 << 10];
        int count;
        while ((count = await body.ReadAsync(buffer, cancellation)) > 0)
        {
            if (all.Length + count > bytesMax) return FetchedCalendar.Failed("It is too long");
            all.Write(buffer, 0, count);
        }

        var tag = answer.Headers.TryGetValues("ETag", out var tags) ? tags.First() : "";
        var date = answer.Content.Headers.TryGetValues("Last-Modified", out var dates) ? dates.First() : "";
        return new FetchedCalendar(all.GetBuffer().AsMemory(0, (int)all.Length), tag, date, "");
    }
}
