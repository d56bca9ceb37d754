using System.Diagnostics;
using System.Diagnostics.Metrics;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Watch;

/// <summary>What only the host knows: the store's totals, open vaults, the certificate, the process itself.</summary>
public sealed class HostMetrics : IDisposable
{
    public const string MeterName = "CompatBot.Host";

    /// <summary>Totals are read from the store at most this often.</summary>
    public static readonly TimeSpan TotalsKeptFor = TimeSpan.FromSeconds(1);

    private readonly Meter _meter = new(MeterName);
    private readonly IStoreHealth _store;
    private readonly TimeProvider _time;
    private StoreTotals? _totals;
    private long? _readAt;

    /// <param name="store">Asked for totals.</param>
    /// <param name="openVaults">Accounts whose keys are in memory now.</param>
    /// <param name="openBytes">About how many bytes they take.</param>
    /// <param name="queuedMessages">Messages on their way to other servers.</param>
    /// <param name="certificateEnds">When the certificate in use runs out.</param>
    /// <param name="freeBytes">Room on the store's disk.</param>
    /// <param name="time">The clock.</param>
    public HostMetrics(
        IStoreHealth store,
        Func<int> openVaults,
        Func<long> openBytes,
        Func<int> queuedMessages,
        Func<DateTimeOffset> certificateEnds,
        Func<long> freeBytes,
        TimeProvider time)
    {
        (_store, _time) = (store, time);
        var version = new KeyValuePair<string, object?>("version", Version);
        Gauge("compatbot_build_info", "The program's version; always 1.", () => new Measurement<double>(1, version));
        Gauge("compatbot_vaults_open", "Accounts whose keys are in memory.", () => openVaults());
        Gauge("compatbot_vaults_open_bytes", "About how much memory open accounts take.", () => openBytes());
        Gauge("compatbot_accounts", "Accounts in the store.", () => _totals?.Accounts ?? double.NaN);
        Gauge("compatbot_dropbox_items", "Items that wait for their owner's keys.", () => _totals?.DroppedItems ?? double.NaN);
        Gauge("compatbot_dropbox_bytes", "Bytes that wait for their owner's keys.", () => _totals?.DroppedBytes ?? double.NaN);
        Gauge("compatbot_queue_messages", "Messages on their way to other servers.", () => queuedMessages());
        Gauge("compatbot_disk_free_bytes", "Room on the disk of the store.", () => Room(freeBytes));
        Gauge(
            "compatbot_certificate_expiry_timestamp_seconds",
            "When the certificate in use runs out, in seconds since 1970.",
            () => certificateEnds().ToUnixTimeSeconds());
        Gauge("process_resident_memory_bytes", "Resident memory.", () => Environment.WorkingSet);
        Gauge("process_open_fds", "Open file descriptors.", () => Directory.GetFiles("/proc/self/fd").Length);
        Gauge("process_start_time_seconds", "Start of the process, in seconds since 1970.", StartedAt());
        _meter.CreateObservableCounter(
            "process_cpu_seconds_total", () => Environment.CpuUsage.TotalTime.TotalSeconds, null, "Processor time, user and system.");
        _meter.CreateObservableCounter(
            "process_allocated_bytes_total", () => GC.GetTotalAllocatedBytes(precise: true), null, "Memory asked of the runtime.");
    }

    /// <summary>The program's version.</summary>
    public static string Version => typeof(HostMetrics).Assembly.GetName().Version?.ToString(3) ?? "";

    /// <summary>
    /// Reads anew what cannot be read while instruments are asked. A store that does not read has totals that nobody knows.
    /// </summary>
    public async ValueTask RefreshAsync(CancellationToken cancellation)
    {
        if (_readAt is { } at && _time.GetElapsedTime(at) < TotalsKeptFor) return;
        _readAt = _time.GetTimestamp();
        try
        {
            _totals = await _store.TotalsAsync(cancellation);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            _totals = null;
        }
    }

    public void Dispose() => _meter.Dispose();

    private static double Room(Func<long> freeBytes)
    {
        try
        {
            return freeBytes();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return double.NaN; // Prometheus has no other word for "not known".
        }
    }

    private static Func<double> StartedAt()
    {
        using var process = Process.GetCurrentProcess();
        var started = (process.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds;
        return () => started;
    }

    private void Gauge(string name, string help, Func<double> value) => _meter.CreateObservableGauge(name, value, null, help);

    private void Gauge(string name, string help, Func<Measurement<double>> value) =>
        _meter.CreateObservableGauge(name, value, null, help);
}
