using System.Globalization;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Watch;

/// <param name="Name">One word.</param>
/// <param name="Text">What was found, for people; never private data.</param>
public sealed record HealthCheck(string Name, bool IsOk, string Text);

/// <param name="IsReady">Every check is ok: new connections are welcome.</param>
public sealed record HealthReport(bool IsReady, IReadOnlyList<HealthCheck> Checks)
{
    /// <summary>A line for each check.</summary>
    public override string ToString() =>
        string.Concat(Checks.Select(check => $"{(check.IsOk ? "ok" : "failed")} {check.Name}: {check.Text}\n"));
}

/// <summary>
/// Whether the server should be given work: the store takes writes, the disk has room, nobody asked it to stop. Looked at when
/// somebody asks, and not more often than once in <see cref="KeptFor"/>, however often that is.
/// </summary>
/// <param name="store">Asked for a write.</param>
/// <param name="freeBytes">Room on the store's disk.</param>
/// <param name="time">For the time limit of the probe.</param>
public sealed class Health(IStoreHealth store, Func<long> freeBytes, TimeProvider time) : IDisposable
{
    /// <summary>Bytes of room on the disk without which no new mail should come in: checkpoints and snapshots need some too.</summary>
    public const long FreeBytesMin = 64L << 20;

    /// <summary>A store that takes longer than this to answer counts as failed.</summary>
    public static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(2);

    /// <summary>An answer is given again for so long, without looking again.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private Task<Refusal>? _probe;
    private (HealthCheck Store, long At)? _kept;
    private volatile bool _draining;

    /// <summary>From now on nothing is ready: the server ends as soon as its sessions have.</summary>
    public void Drain() => _draining = true;

    public async ValueTask<HealthReport> ReadyAsync(CancellationToken cancellation)
    {
        HealthCheck[] checks = [await StoreAsync(cancellation), Disk(), Serving()];
        return new HealthReport(checks.All(check => check.IsOk), checks);
    }

    public void Dispose() => _gate.Dispose();

    private async ValueTask<HealthCheck> StoreAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            if (_kept is { } kept && time.GetElapsedTime(kept.At) < KeptFor) return kept.Store;

            var check = await LookAsync(cancellation);
            if (_probe is { IsCompleted: true }) _probe = null;
            _kept = (check, time.GetTimestamp());
            return check;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask<HealthCheck> LookAsync(CancellationToken cancellation)
    {
        try
        {
            // A probe that hangs is waited for again, not joined by a second one.
            _probe ??= store.ProbeAsync(CancellationToken.None).AsTask();
            return await _probe.WaitAsync(ProbeTimeout, time, cancellation) switch
            {
                Refusal.None => new("store", true, "takes writes"),
                Refusal.StoreFull => new("store", false, "the last write found no room, and so did another just now"),
                _ => new("store", false, "writing failed; the log says more, and it is tried again"),
            };
        }
        catch (TimeoutException)
        {
            return new("store", false, string.Create(
                CultureInfo.InvariantCulture, $"a write has not been answered for {ProbeTimeout.TotalSeconds} s"));
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            return new("store", false, $"writing failed ({error.GetType().Name}); the log says more, and it is tried again");
        }
    }

    private HealthCheck Disk()
    {
        try
        {
            var free = freeBytes();
            return new("disk", free >= FreeBytesMin, $"{free >> 20} MiB free, at least {FreeBytesMin >> 20} are needed");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new("disk", false, $"its room could not be read ({error.GetType().Name})");
        }
    }

    private HealthCheck Serving() => _draining ? new("server", false, "it is stopping") : new("server", true, "takes connections");
}
