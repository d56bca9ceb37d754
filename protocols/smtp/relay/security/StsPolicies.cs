using System.Collections.Concurrent;
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
    private readonly ConcurrentDictionary<string, Task> _asking = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _gate = new(1);
    private bool _isLoaded;

    /// <returns>The policy that holds, null when there is none; and how a newer one could not be had.</returns>
    public async ValueTask<(StsPolicy? Policy, string? Failure)> FindAsync(string domain, CancellationToken cancellation)
    {
        await LoadAsync(cancellation);
        if (!_checked.TryGetValue(domain, out var last) || last.Until <= time.GetUtcNow())
        {
            // Many connections to one domain begin at once: one of them asks. A stop cuts the waiting, not the asking.
            await _asking.GetOrAdd(domain, AskAsync).WaitAsync(cancellation);
        }

        return (Held(domain, time.GetUtcNow()), _checked.TryGetValue(domain, out last) ? last.Failure : null);
    }

    private async Task AskAsync(string domain)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // It is in the table before it leaves it.
        try
        {
            var now = time.GetUtcNow();
            var texts = await resolver.QueryAsync($"_mta-sts.{domain}", DnsType.Txt, CancellationToken.None);
            var id = StsPolicy.IdOf(texts.Texts);

            // Without a record, or with an unreadable one, what is known holds on (section 3.1); a policy is withdrawn by mode none.
            var failure = id is null || Held(domain, now)?.Id == id ? null : await FetchAsync(domain, id, now);
            if (_checked.Count > PoliciesMax) _checked.Clear();
            _checked[domain] = (now + CheckAgain, failure);
        }
        finally
        {
            _asking.TryRemove(domain, out _);
        }
    }

    private StsPolicy? Held(string domain, DateTimeOffset now) =>
        _policies.TryGetValue(domain, out var policy) && policy.Until > now ? policy : null;

    private async ValueTask<string?> FetchAsync(string domain, string id, DateTimeOffset now)
    {
        try
        {
            if (await fetcher.FetchAsync(domain, CancellationToken.None) is not { } text) return TlsFailure.StsFetch;
            if (StsPolicy.Parse(text, id, now) is not { } policy) return TlsFailure.StsInvalid;
            _policies[domain] = policy;
        }
        catch (HttpRequestException error)
        {
            return error.HttpRequestError == HttpRequestError.SecureConnectionError ? TlsFailure.StsCertificate : TlsFailure.StsFetch;
        }
        catch (OperationCanceledException)
        {
            return TlsFailure.StsFetch; // It took too long.
        }

        await KeepAsync(now);
        return null;
    }

    private async ValueTask LoadAsync(CancellationToken cancellation)
    {
        if (_isLoaded || notes is null) return;
        await _gate.WaitAsync(cancellation);
        try
        {
            if (_isLoaded) return;
            var kept = await notes.ReadAsync(HostNote.StsPolicies, StsJson.Default.DictionaryStringStsPolicy, cancellation);
            foreach (var (domain, policy) in kept ?? []) _policies.TryAdd(domain, policy);
            _isLoaded = true;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask KeepAsync(DateTimeOffset now)
    {
        if (notes is null) return;
        await _gate.WaitAsync();
        try
        {
            foreach (var (domain, _) in _policies.Where(one => one.Value.Until <= now)) _policies.TryRemove(domain, out _);
            foreach (var (domain, _) in _policies.OrderByDescending(one => one.Value.Until).Skip(PoliciesMax)) _policies.TryRemove(
                domain, out _);
            var kept = new Dictionary<string, StsPolicy>(_policies, StringComparer.Ordinal);
            await notes.WriteAsync(HostNote.StsPolicies, kept, StsJson.Default.DictionaryStringStsPolicy, CancellationToken.None);
        }
        finally
        {
            _gate.Release();
        }
    }
}

[JsonSerializable(typeof(Dictionary<string, StsPolicy>))]
internal sealed partial class StsJson : JsonSerializerContext;
