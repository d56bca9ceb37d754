using System.Net;

namespace CompatBot.Protocols.Smtp.Relay;

/// <summary>Opens a connection to the first server of a destination that takes mail.</summary>
internal sealed class RelayDialer(RelayRoutes routes, string ownName, RelayOptions options, TimeProvider time)
{
    /// <exception cref="RelayException">None does: the reply is the last one's.</exception>
    public async ValueTask<RelayConnection> DialAsync(string domain, CancellationToken cancellation)
    {
        var (hosts, failure) = await routes.HostsAsync(domain, cancellation);
        var last = failure;
        foreach (var host in hosts)
        {
            var (ends, none) = await routes.EndsAsync(host, cancellation);
            last = Worse(last, none);
            foreach (var end in ends)
            {
                try
                {
                    return await OpenAsync(end, host, cancellation);
                }
                catch (RelayException error)
                {
                    last = Worse(last, error.Reply);
                }
            }
        }

        throw new RelayException(last ?? RelayReply.Later("4.4.4", $"Nobody takes mail for {domain}"));
    }

    /// <summary>What is only so for now outweighs what is so for ever: another server of the domain may take it tomorrow.</summary>
    private static RelayReply? Worse(RelayReply? before, RelayReply? now) =>
        now is null || (before is { IsPermanent: false } && now.IsPermanent) ? before : now;

    /// <summary>A server whose TLS does not work gets the mail in clear, as one without TLS does (RFC 7435) - but no password.</summary>
    private async ValueTask<RelayConnection> OpenAsync(IPEndPoint end, string host, CancellationToken cancellation)
    {
        try
        {
            return await RelayConnection.OpenAsync(end, host, ownName, withTls: true, options, time, cancellation);
        }
        catch (RelayException error) when (error.Reply.Status == "4.7.5" && options.Smarthost?.Login is null)
        {
            return await RelayConnection.OpenAsync(end, host, ownName, withTls: false, options, time, cancellation);
        }
    }
}
