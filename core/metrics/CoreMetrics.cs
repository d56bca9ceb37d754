using System.Diagnostics.Metrics;

namespace CompatBot.Core.Metrics;

/// <summary>What core counts, for the whole process. Labels say which cache, never whose: gateway/watch/METRICS.md has the list.</summary>
public static class CoreMetrics
{
    public const string MeterName = "CompatBot.Core";

    private static readonly Meter Meter = new(MeterName);

    static CoreMetrics()
    {
        Meter.CreateObservableCounter(
            "compatbot_journal_entries_total", () => JournalEntries.Value, null, "Journal entries made durable since the start.");
        Meter.CreateObservableCounter(
            "compatbot_vaults_opened_total", () => VaultsOpened.Value, null, "Accounts whose keys were opened since the start.");
        Meter.CreateObservableCounter(
            "compatbot_vaults_evicted_total", () => VaultsEvicted.Value, null, "Unused accounts closed early for want of memory.");
        Meter.CreateObservableCounter(
            "compatbot_quota_refusals_total", () => QuotaRefusals.Value, null, "Changes refused because an account has a hard quota.");
        Meter.CreateObservableCounter(
            "compatbot_quota_warnings_total", () => QuotaWarnings.Value, null, "Changes taken although they went beyond a soft quota.");
        Meter.CreateObservableCounter(
            "compatbot_push_messages_total", Pushes, null, "Messages to push services: did the service take it?");
        Meter.CreateObservableUpDownCounter(
            "compatbot_push_subscriptions", () => PushSubscriptions.Value, null, "Subscriptions to changes of accounts that are open.");
        Meter.CreateObservableCounter(
            "compatbot_blobs_resealed_total", () => BlobsResealed.Value, null, "Blobs sealed again after rotations since the start.");
        Meter.CreateObservableCounter(
            "compatbot_blobs_resealed_bytes_total", () => BytesResealed.Value, null, "Their bytes.");
        Meter.CreateObservableCounter(
            "compatbot_cache_lookups_total", Lookups, null, "Lookups in caches of opened accounts: was it in memory?");
    }

    /// <summary>Entries of any account that became durable.</summary>
    public static Tally JournalEntries { get; } = new();

    /// <summary>Times that an account went from closed to open.</summary>
    public static Tally VaultsOpened { get; } = new();

    /// <summary>Accounts that nobody used, closed before their grace was over.</summary>
    public static Tally VaultsEvicted { get; } = new();

    /// <summary>Changes beyond a hard quota.</summary>
    public static Tally QuotaRefusals { get; } = new();

    /// <summary>Changes beyond a soft quota.</summary>
    public static Tally QuotaWarnings { get; } = new();

    /// <summary>Messages that a push service took.</summary>
    public static Tally PushesSent { get; } = new();

    /// <summary>Messages that a push service did not take, each try of them.</summary>
    public static Tally PushesFailed { get; } = new();

    /// <summary>Subscriptions in realms that are open: what comes is added, what goes is taken off.</summary>
    public static Tally PushSubscriptions { get; } = new();

    /// <summary>Blobs of older epochs that were put into envelopes of newer ones.</summary>
    public static Tally BlobsResealed { get; } = new();

    /// <summary>Their bytes.</summary>
    public static Tally BytesResealed { get; } = new();

    /// <summary>Envelopes and structures of messages.</summary>
    public static CacheTally SummaryCache { get; } = new("summary");

    /// <summary>Message tables of mailboxes.</summary>
    public static CacheTally MailboxCache { get; } = new("mailbox");

    /// <summary>Makes the instruments known to whoever listens, before anything was counted.</summary>
    public static void Touch() => _ = JournalEntries;

    private static IEnumerable<Measurement<long>> Pushes() =>
    [
        new(PushesSent.Value, new KeyValuePair<string, object?>("result", "ok")),
        new(PushesFailed.Value, new KeyValuePair<string, object?>("result", "failed")),
    ];

    private static IEnumerable<Measurement<long>> Lookups()
    {
        foreach (var cache in (CacheTally[])[SummaryCache, MailboxCache])
        {
            yield return cache.Hits;
            yield return cache.Misses;
        }
    }
}

/// <summary>Lookups in one cache, by what came of them.</summary>
public sealed class CacheTally(string cache)
{
    private readonly Tally _hits = new(), _misses = new();
    private readonly KeyValuePair<string, object?>[] _hit = [new("cache", cache), new("result", "hit")];
    private readonly KeyValuePair<string, object?>[] _miss = [new("cache", cache), new("result", "miss")];

    internal Measurement<long> Hits => new(_hits.Value, _hit);

    internal Measurement<long> Misses => new(_misses.Value, _miss);

    public void Count(bool hit) => (hit ? _hits : _misses).Add();
}
