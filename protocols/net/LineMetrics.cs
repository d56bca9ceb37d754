using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using CompatBot.Core.Metrics;

namespace CompatBot.Protocols.Net;

/// <summary>
/// What the line protocols count, for the whole process, one object for each protocol (gateway/watch/METRICS.md has the list).
/// Labels are the protocol and words of a fixed list; never an address, a name or a peer.
/// </summary>
public sealed class LineMetrics
{
    public const string MeterName = "CompatBot.Protocols";

    private static readonly Meter Meter = new(MeterName);
    private static readonly ConcurrentDictionary<string, LineMetrics> Protocols = new();

    private readonly string _protocol;
    private readonly ConcurrentDictionary<string, Tally> _replies = new();

    static LineMetrics()
    {
        Gauge("compatbot_sessions_open", "Connections that are open.", one => one.SessionsOpen);
        Counter("compatbot_sessions_total", "Connections taken.", one => one.Sessions);
        Counter("compatbot_sessions_refused_total", "Connections refused: one too many, or the server stops.", one => one.Refused);
        Counter("compatbot_received_bytes_total", "Bytes received, inside of TLS.", one => one.BytesIn, "By");
        Counter("compatbot_sent_bytes_total", "Bytes sent, inside of TLS.", one => one.BytesOut, "By");
        Counter("compatbot_tls_handshakes_failed_total", "TLS handshakes that failed.", one => one.HandshakesFailed);
        Meter.CreateObservableCounter("compatbot_replies_total", Replies, null, "Replies to commands, by kind or class.");
        Meter.CreateObservableCounter("compatbot_logins_total", Logins, null, "Logins tried, by result.");
    }

    private LineMetrics(string protocol) => _protocol = protocol;

    public Tally SessionsOpen { get; } = new();

    public Tally Sessions { get; } = new();

    public Tally Refused { get; } = new();

    public Tally BytesIn { get; } = new();

    public Tally BytesOut { get; } = new();

    public Tally HandshakesFailed { get; } = new();

    public Tally LoginsOk { get; } = new();

    /// <summary>Wrong, or declined for another reason.</summary>
    public Tally LoginsFailed { get; } = new();

    /// <summary>Refused unseen: too many failures before.</summary>
    public Tally LoginsLockedOut { get; } = new();

    /// <param name="protocol">"imap", "smtp": a name in the source, never one that came over the wire.</param>
    public static LineMetrics Of(string protocol) => Protocols.GetOrAdd(protocol, static name => new LineMetrics(name));

    /// <summary>Replies of a kind; keep it, so that counting one is only an addition.</summary>
    /// <param name="kind">"ok", "no"; "2xx".</param>
    public Tally Reply(string kind) => _replies.GetOrAdd(kind, static _ => new Tally());

    /// <summary>Makes the instruments known to whoever listens, before anything was counted.</summary>
    public static void Touch() => _ = Protocols.Count;

    private static void Counter(string name, string help, Func<LineMetrics, Tally> of, string? unit = null) =>
        Meter.CreateObservableCounter(name, () => Protocols.Values.Select(one => one.Measure(of(one))), unit, help);

    private static void Gauge(string name, string help, Func<LineMetrics, Tally> of) =>
        Meter.CreateObservableGauge(name, () => Protocols.Values.Select(one => one.Measure(of(one))), null, help);

    private static IEnumerable<Measurement<long>> Replies() =>
        from one in Protocols.Values
        from reply in one._replies
        select one.Measure(reply.Value, "kind", reply.Key);

    private static IEnumerable<Measurement<long>> Logins() =>
        from one in Protocols.Values
        from result in (IEnumerable<(string Name, Tally Count)>)
            [("ok", one.LoginsOk), ("failed", one.LoginsFailed), ("locked_out", one.LoginsLockedOut)]
        select one.Measure(result.Count, "result", result.Name);

    private Measurement<long> Measure(Tally tally) => new(tally.Value, new KeyValuePair<string, object?>("protocol", _protocol));

    private Measurement<long> Measure(Tally tally, string label, string value) => new(
        tally.Value, new KeyValuePair<string, object?>("protocol", _protocol), new KeyValuePair<string, object?>(label, value));
}
