using System.Net;
using CompatBot.Protocols.Smtp.Relay.Security;

namespace CompatBot.Protocols.Smtp.Relay;

/// <summary>Opens a connection to the first server of a destination that takes mail, as safe as the destination asks for.</summary>
internal sealed class RelayDialer(RelayRoutes routes, TlsRules rules, string ownName, RelayOptions options, TimeProvider time)
{
    /// <param name="isTlsOptional">What the domain demands of TLS does not count for this message.</param>
    /// <exception cref="RelayException">None does: the reply is the last one's.</exception>
    public async ValueTask<RelayConnection> DialAsync(string domain, bool isTlsOptional, CancellationToken cancellation)
    {
        var route = await routes.HostsAsync(domain, cancellation);
        var last = route.Failure;
        var policy = route.Hosts.Count > 0 && !isTlsOptional ? await rules.PolicyAsync(domain, cancellation) : null;
        foreach (var host in route.Hosts)
        {
            var (ends, none, isSecure) = await routes.EndsAsync(host, cancellation);
            last = Worse(last, none);
            if (ends.Count == 0) continue;
            var asksDns = route.IsSecure && isSecure && !isTlsOptional;
            var want = await rules.FindAsync(domain, host, policy, asksDns, ends[0].Port, cancellation);
            last = Worse(last, want.Failure);
            while (want.Failure is null && ends.Count > 0)
            {
                try
                {
                    return await OpenAsync(ends, host, want, cancellation);
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

    /// <summary>A server whose TLS does not work gets mail in clear, as one without TLS (RFC 7435), where nothing forbids it.</summary>
    private async ValueTask<RelayConnection> OpenAsync(List<IPEndPoint> ends, string host, TlsWant want, CancellationToken cancellation)
    {
        List<IPEndPoint> again = [.. ends];
        try
        {
            var connection = await RelayConnection.OpenAsync(ends, host, ownName, want.Rule, options, time, cancellation);
            want.Tell(null, connection.End);
            return connection;
        }
        catch (RelayException error) when (error.Failure is { } failure)
        {
            want.Tell(failure, again.Except(ends).FirstOrDefault());
            if (want.Weaker() is not { } weaker) throw;
            return await OpenAsync(again, host, weaker, cancellation);
        }
    }
}
