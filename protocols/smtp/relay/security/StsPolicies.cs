using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using CompatBot.Core.Notes;
using CompatBot.Protocols.Net.Dns;

namespace CompatBot.Protocols.Smtp.Relay.Security;

/// <summary>The MTA-STS policies of other domains: fetched when first asked for, kept as long as they say, also over a restart.</summary>
internal sealed class StsPolicies(IDnsResolver resolver, IStsFetcher fetcher, HostNotes? notes, TimeProvider time)
{
    /// <summary>Policies that are kept; beyond that the ones that end first go.</summary>
    public const int PoliciesMax = 5_000;

    /// <summary>How long an answer of the DNS, or the failure to fetch, counts.</summary>
    public static readonly TimeSpan CheckAgain = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, StsPolicy> _policies = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (DateTimeOffset Until, string? Failure)> _checked = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _gate = new(1);
    private bool _isLoaded;

    /// <returns>The policy that holds, null when there is none; and how a newer one could not be had.</returns>
    public async ValueTask<(StsPolicy? Policy, string? Failure)> FindAsync(string domain, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        await LoadAsync(cancellation);
        if (_checked.TryGetValue(domain, out var last) && last.Until > now) return (Held(domain, now), last.Failure);
        var texts = await resolver.QueryAsync($"_mta-sts.{domain}", DnsType.Txt, cancellation);
        var id = StsPolicy.IdOf(texts.Texts);
        string? failure = null;

        // Without a record, or with an unreadable one, what is known holds on (section 3.1); a policy is withdrawn by mode none.
        if (id is not null && Held(domain, now)?.Id != id) failure = await FetchAsync(domain, id, now, cancellation);
        if (_checked.Count > PoliciesMax) _checked.Clear();
        _checked[domain] = (now + CheckAgain, failure);
        return (Held(domain, now), failure);
    }

    private StsPolicy? Held(string domain, DateTimeOffset now) =>
        _policies.TryGetValue(domain, out var policy) && policy.Until > now ? policy : null;

    private async ValueTask<string?> FetchAsync(string domain, string id, DateTimeOffset now, CancellationToken cancellation)
    {
        try
        {
            if (await fetcher.FetchAsync(domain, cancellation) is not { } text) return TlsFailure.StsFetch;
            if (StsPolicy.Parse(text, id, now) is not { } policy) return TlsFailure.StsInvalid;
            _policies[domain] = policy;
        }
        catch (HttpRequestException error)
        {
            return error.HttpRequestError == HttpRequestError.SecureConnectionError ? TlsFailure.StsCertificate : TlsFailure.StsFetch;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return TlsFailure.StsFetch;
        }

        await KeepAsync(now, cancellation);
        return null;
    }

    private async ValueTask LoadAsync(CancellationToken cancellation)
    {
        if (_isLoaded || notes is null) return;
        await _gate.WaitAsync(cancellation);
        try
        {
            if (_isLoaded) return;
            if (await notes.ReadAsync(HostNote.StsPolicies, cancellation) is { } kept)
            {
                foreach (var (domain, policy) in JsonSerializer.Deserialize(kept, StsJson.Default.DictionaryStringStsPolicy) ?? [])
                {
                    _policies.TryAdd(domain, policy);
                }
            }

            _isLoaded = true;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask KeepAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        if (notes is null) return;
        await _gate.WaitAsync(cancellation);
        try
        {
            foreach (var (domain, _) in _policies.Where(one => one.Value.Until <= now)) _policies.TryRemove(domain, out _);
            foreach (var (domain, _) in _policies.OrderByDescending(one => one.Value.Until).Skip(PoliciesMax)) _policies.TryRemove(
                domain, out _);
            var kept = new Dictionary<string, StsPolicy>(_policies, StringComparer.Ordinal);
            await notes.WriteAsync(
                HostNote.StsPolicies, JsonSerializer.SerializeToUtf8Bytes(kept, StsJson.Default.DictionaryStringStsPolicy), cancellation);
        }
        finally
        {
            _gate.Release();
        }
    }
}

[JsonSerializable(typeof(Dictionary<string, StsPolicy>))]
internal sealed partial class StsJson : JsonSerializerContext;
