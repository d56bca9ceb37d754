using System.Net;
using CompatBot.Protocols.Net.Dns;

namespace CompatBot.Protocols.Smtp.Relay.Security;

/// <summary>What a connection to one server has to be, and whom its outcome is told.</summary>
/// <param name="Failure">Why no mail may go there now; null: it may.</param>
/// <param name="Tell">Takes how TLS failed, null: not at all; and where.</param>
/// <param name="IsTest">The policy only tests: when the rule fails, a weaker one follows.</param>
internal sealed record TlsWant(TlsRule Rule, RelayReply? Failure, Action<string?, IPEndPoint?> Tell, bool IsTest = false)
{
    /// <returns>What is tried where TLS failed; null: nothing.</returns>
    public TlsWant? Weaker() =>
        IsTest && Rule.IsRequired ? this with { Rule = TlsRule.Opportunistic, Tell = Silent }
        : Rule.Level == TlsLevel.Opportunistic ? this with { Rule = TlsRule.Clear, Tell = Silent }
        : null;

    public static void Silent(string? failure, IPEndPoint? end)
    {
        // Nobody asked.
    }
}

/// <summary>Finds out what a destination demands of TLS: DANE where DNSSEC holds (RFC 7672), else MTA-STS (RFC 8461).</summary>
internal sealed class TlsRules(RelayOptions options, IDnsResolver resolver, StsPolicies policies, ITlsReports? reports)
{
    /// <returns>The domain's MTA-STS policy that counts now; null: none.</returns>
    public async ValueTask<StsPolicy?> PolicyAsync(string domain, CancellationToken cancellation)
    {
        if (options.Smarthost is not null || domain.StartsWith('[')) return null;
        var (policy, failure) = await policies.FindAsync(domain, cancellation);
        if (failure is not null) reports?.Add(new TlsOutcome(domain, TlsPolicyType.Sts, policy?.Exchanges ?? [], failure));
        return policy is { Mode: not StsMode.None } ? policy : null;
    }

    /// <param name="isSecure">DNSSEC vouches for the host's name and addresses.</param>
    public async ValueTask<TlsWant> FindAsync(
        string domain, string host, StsPolicy? policy, bool isSecure, int port, CancellationToken cancellation)
    {
        if (options.Smarthost is { } smarthost)
        {
            return new TlsWant(smarthost.Login is null ? TlsRule.Opportunistic : TlsRule.Verified, null, TlsWant.Silent);
        }

        if (isSecure)
        {
            var answer = await resolver.QueryAsync($"_{port}._tcp.{host}", DnsType.Tlsa, cancellation);
            if (answer.Status == DnsStatus.Failed)
            {
                // Section 2.1.2: an attacker who makes the question fail must not win by it.
                reports?.Add(new TlsOutcome(domain, TlsPolicyType.Tlsa, [], TlsFailure.DnssecInvalid, host));
                return Refuse($"The DNS gives no answer for the TLSA records of {host}");
            }

            if (answer is { Status: DnsStatus.Found, IsSecure: true })
            {
                var usable = Tlsa.Usable(answer.Data);
                var rule = usable.Count > 0 ? new TlsRule(TlsLevel.Dane, usable) : TlsRule.Encrypted;
                return new TlsWant(rule, null, Report(TlsPolicyType.Tlsa, []));
            }
        }

        if (policy is null) return new TlsWant(TlsRule.Opportunistic, null, TlsWant.Silent);
        var isTest = policy.Mode == StsMode.Testing;
        if (policy.Names(host)) return new TlsWant(TlsRule.Verified, null, Report(TlsPolicyType.Sts, policy.Exchanges), isTest);
        reports?.Add(new TlsOutcome(domain, TlsPolicyType.Sts, policy.Exchanges, TlsFailure.Validation, host));
        return isTest
            ? new TlsWant(TlsRule.Opportunistic, null, TlsWant.Silent)
            : Refuse($"The MTA-STS policy of {domain} does not name {host}");

        Action<string?, IPEndPoint?> Report(TlsPolicyType type, IReadOnlyList<string> exchanges) => (failure, end) =>
            reports?.Add(new TlsOutcome(domain, type, exchanges, failure, host, end?.Address));

        static TlsWant Refuse(string why) => new(TlsRule.Encrypted, RelayReply.Later("4.7.5", why), TlsWant.Silent);
    }
}
