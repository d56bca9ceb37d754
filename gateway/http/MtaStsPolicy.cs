using CompatBot.Core.Identity;

namespace CompatBot.Gateway.Http;

/// <summary>
/// What senders are told to demand of this server's TLS, for every domain whose mail is taken here:
/// https://mta-sts.DOMAIN/.well-known/mta-sts.txt (RFC 8461 section 3.2). It counts once the domain publishes _mta-sts and the
/// certificate names mta-sts.DOMAIN.
/// </summary>
/// <param name="mode">enforce or testing.</param>
/// <param name="hostName">The only server that takes the mail.</param>
internal sealed class MtaStsPolicy(Accounts accounts, string mode, string hostName)
{
    public const string Path = "/.well-known/mta-sts.txt";

    private const string HostPrefix = "mta-sts.";

    /// <summary>How long senders keep it: a week.</summary>
    private const int AgeSeconds = 604_800;

    /// <returns>False: it was not asked for.</returns>
    public async ValueTask<bool> TryAnswerAsync(HttpContext context)
    {
        var host = context.Request.Host.Host;
        if (context.Request.Path != Path || !HttpMethods.IsGet(context.Request.Method)) return false;
        if (!host.StartsWith(HostPrefix, StringComparison.OrdinalIgnoreCase)) return false;
        var domain = Address.DomainName(host[HostPrefix.Length..]);
        if (domain is null || !await accounts.IsLocalAsync(domain, context.RequestAborted)) return false;
        context.Response.ContentType = "text/plain";
        await context.Response.WriteAsync(
            $"version: STSv1\r\nmode: {mode}\r\nmx: {hostName}\r\nmax_age: {AgeSeconds}\r\n", context.RequestAborted);
        return true;
    }
}
