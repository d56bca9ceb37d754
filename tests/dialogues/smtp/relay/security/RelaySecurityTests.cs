using CompatBot.Core.Queue;
using CompatBot.Protocols.Net.Dns;
using CompatBot.Protocols.Smtp.Relay.Security;
using Xunit;

namespace CompatBot.DialogueTests.Smtp.Relay.Security;

/// <summary>Mail goes as safely as the recipient's domain demands, and waits where that is not to be had.</summary>
public sealed class RelaySecurityTests : IDisposable
{
    private const string Host = "mx.remote.example";
    private const string Domain = "remote.example";

    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task A_certificate_that_the_DNS_names_gets_the_mail()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = Secure(relay);
        SetTlsa(relay, TlsaTests.Record(3, 1, 1, remote.Certificate!), remote.Port);
        await relay.SendAsync([$"<carla@{Domain}>"]);
        await relay.UntilEmptyAsync();
        Assert.True(Assert.Single(remote.Taken).WasSecure);
        var outcome = Assert.Single(relay.Outcomes);
        Assert.Equal((Domain, TlsPolicyType.Tlsa, null, Host), (outcome.Domain, outcome.Type, outcome.Failure, outcome.Host));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_certificate_that_the_DNS_does_not_name_gets_nothing_and_neither_does_a_server_without_TLS(bool hasTls)
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = Secure(relay);
        SetTlsa(relay, TlsaTests.Record(3, 1, 1, _authority.Issue(Host)), remote.Port);
        if (!hasTls) remote.Certificate = null;
        await relay.SendAsync([$"<carla@{Domain}>"]);
        await relay.UntilTriedAsync();
        Assert.Empty(remote.Taken);
        Assert.Equal(hasTls ? TlsFailure.Validation : TlsFailure.NotSupported, Assert.Single(relay.Outcomes).Failure);
        Assert.Contains(hasTls ? "validation-failure" : "offers no TLS", Only(relay), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_answer_for_the_TLSA_records_mail_waits()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = Secure(relay);
        relay.Fail($"_{remote.Port}._tcp.{Host}", DnsStatus.Failed, DnsType.Tlsa);
        await relay.SendAsync([$"<carla@{Domain}>"]);
        await relay.UntilTriedAsync();
        Assert.Empty(remote.Heard);
        Assert.Contains("TLSA", Only(relay), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TLSA_records_that_DNSSEC_does_not_vouch_for_say_nothing()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = Secure(relay);
        relay.IsSecure = false;
        SetTlsa(relay, TlsaTests.Record(3, 1, 1, _authority.Issue(Host)), remote.Port);
        await relay.SendAsync([$"<carla@{Domain}>"]);
        await relay.UntilEmptyAsync();
        Assert.Single(remote.Taken);
        Assert.Empty(relay.Outcomes);
    }

    [Fact]
    public async Task TLSA_records_that_nobody_understands_demand_TLS()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = Secure(relay);
        SetTlsa(relay, new Tlsa(1, 1, 1, new byte[32]), remote.Port);
        await relay.SendAsync([$"<carla@{Domain}>"]);
        await relay.UntilEmptyAsync();
        Assert.True(Assert.Single(remote.Taken).WasSecure);
        remote.Certificate = null;
        await relay.SendAsync([$"<carla@{Domain}>"]);
        await relay.UntilTriedAsync();
        Assert.Single(remote.Taken);
    }

    [Fact]
    public async Task An_enforced_policy_wants_a_certificate_of_a_known_authority()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = WithPolicy(relay, "enforce", Host);
        await relay.SendAsync([$"<carla@{Domain}>"]);
        await relay.UntilTriedAsync();
        Assert.Empty(remote.Taken);
        var outcome = Assert.Single(relay.Outcomes);
        Assert.Equal((TlsPolicyType.Sts, TlsFailure.NotTrusted), (outcome.Type, outcome.Failure));
        Assert.Equal([Host], outcome.Exchanges);
    }

    [Fact]
    public async Task A_server_that_an_enforced_policy_does_not_name_hears_nothing()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = WithPolicy(relay, "enforce", "*.elsewhere.example");
        await relay.SendAsync([$"<carla@{Domain}>"]);
        await relay.UntilTriedAsync();
        Assert.Empty(remote.Heard);
        Assert.Equal(TlsFailure.Validation, Assert.Single(relay.Outcomes).Failure);
    }

    [Theory]
    [InlineData(Host, TlsFailure.NotTrusted)]
    [InlineData("*.elsewhere.example", TlsFailure.Validation)]
    public async Task A_policy_that_tests_is_told_and_the_mail_goes(string exchanges, string failure)
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = WithPolicy(relay, "testing", exchanges);
        await relay.SendAsync([$"<carla@{Domain}>"]);
        await relay.UntilEmptyAsync();
        Assert.True(Assert.Single(remote.Taken).WasSecure);
        Assert.Equal(failure, Assert.Single(relay.Outcomes).Failure);
    }

    [Fact]
    public async Task A_policy_holds_while_its_record_and_its_file_are_gone_and_no_longer_than_it_says()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = WithPolicy(relay, "enforce", Host);
        await relay.SendAsync([$"<carla@{Domain}>"]);
        await relay.UntilTriedAsync();
        relay.Policies.Clear();
        relay.Fail($"_mta-sts.{Domain}", DnsStatus.NoName, DnsType.Txt);
        relay.Time.Advance(TimeSpan.FromHours(3));
        await relay.UntilTriedAsync(2);
        Assert.Empty(remote.Taken);
        relay.Time.Advance(TimeSpan.FromHours(22));
        await relay.UntilEmptyAsync();
        Assert.Single(remote.Taken);
    }

    [Fact]
    public async Task A_policy_that_cannot_be_fetched_is_told_and_demands_nothing()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = WithPolicy(relay, "enforce", Host);
        relay.Policies.Clear();
        await relay.SendAsync([$"<carla@{Domain}>"]);
        await relay.UntilEmptyAsync();
        Assert.Single(remote.Taken);
        Assert.Equal(TlsFailure.StsFetch, Assert.Single(relay.Outcomes).Failure);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Mail_that_must_stay_safe_goes_where_it_does_and_else_comes_back(bool isProven, bool speaks)
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = Secure(relay);
        if (isProven) SetTlsa(relay, TlsaTests.Record(3, 1, 1, remote.Certificate!), remote.Port);
        if (speaks) remote.Extensions = [.. remote.Extensions, "REQUIRETLS"];
        await using var draft = relay.Queue.Draft();
        await draft.WriteAsync("Subject: x\r\n\r\nsecret\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        await draft.CommitAsync(
            new QueueEnvelope("anna@mail.test", relay.House.Anna.Id, RequiresTls: true),
            [new QueuedRecipient($"carla@{Domain}", Domain)],
            ReadOnlyMemory<byte>.Empty,
            TestContext.Current.CancellationToken);
        await relay.UntilEmptyAsync();
        if (isProven && speaks)
        {
            Assert.EndsWith(" REQUIRETLS", Assert.Single(remote.Taken).From, StringComparison.Ordinal);
            return;
        }

        Assert.Empty(remote.Taken);
        Assert.Contains("Status: 5.7.30\r\n", Assert.Single(await relay.House.InboxAsync()), StringComparison.Ordinal);
    }

    /// <summary>A server with TLS in a domain that DNSSEC vouches for.</summary>
    private RemoteServer Secure(RelayHouse relay)
    {
        relay.IsSecure = true;
        var remote = relay.Add(Domain);
        remote.Certificate = _authority.Issue(Host);
        return remote;
    }

    private RemoteServer WithPolicy(RelayHouse relay, string mode, string exchanges)
    {
        var remote = Secure(relay);
        relay.IsSecure = false;
        relay.Say($"_mta-sts.{Domain}", "v=STSv1; id=1");
        relay.Policies[Domain] = $"version: STSv1\nmode: {mode}\nmx: {exchanges}\nmax_age: 86400\n";
        return remote;
    }

    private static void SetTlsa(RelayHouse relay, Tlsa record, int port) =>
        relay.Set($"_{port}._tcp.{Host}", DnsType.Tlsa, [[record.Usage, record.Selector, record.Matching, .. record.Data]]);

    private static string Only(RelayHouse relay) => Assert.Single(Assert.Single(relay.Queue.All).Recipients).Reply;
}
