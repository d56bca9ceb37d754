using System.Net;
using System.Runtime.InteropServices;
using CompatBot.Protocols.Net.Tls;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.Net;

/// <summary>What all line connections of a process share: how many there may be, one timer for all timeouts, TLS, and the drain.</summary>
public sealed class LineServer : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<PeerAddress, int> _peers = [];
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _timer;
    private readonly long _started;
    private LineConnection? _first;
    private int _count;
    private long _tick;
    private volatile bool _draining;

    /// <param name="limits">Bounds for every protocol alike.</param>
    /// <param name="tls">Null: no STARTTLS and no implicit TLS.</param>
    /// <param name="time">Its timer and its monotonic timestamps.</param>
    /// <param name="log">Refusals and handshakes, without names.</param>
    public LineServer(LineLimits limits, TlsSettings? tls, TimeProvider time, ILogger<LineServer> log)
    {
        (Limits, Tls, Time, Log) = (limits, tls, time, log);
        _started = time.GetTimestamp();
        _timer = time.CreateTimer(static server => ((LineServer)server!).Tick(), this, limits.TickInterval, Timeout.InfiniteTimeSpan);
    }

    public LineLimits Limits { get; }

    public TlsSettings? Tls { get; }

    public TimeProvider Time { get; }

    internal ILogger Log { get; }

    /// <summary>Open connections.</summary>
    public int Count
    {
        get { lock (_gate) return _count; }
    }

    /// <summary>Ticks since the start, as of the last tick: a clock that costs nothing to read.</summary>
    internal long Now => Volatile.Read(ref _tick);

    internal bool IsDraining => _draining;

    /// <summary>Takes a new connection in, with TLS on accept where asked.</summary>
    /// <param name="context">From Kestrel; the caller's handler returns when it is done with the connection.</param>
    /// <param name="protocol">For the log: "imap", "smtp".</param>
    /// <param name="implicitTls">The port speaks TLS from the first byte.</param>
    /// <param name="tooMany">The protocol's refusal for one connection too many, CRLF included; sent on plain ports only.</param>
    /// <returns>Null when the connection was refused or its handshake failed: just return.</returns>
    public async ValueTask<LineConnection?> AcceptAsync(
        ConnectionContext context, string protocol, bool implicitTls, ReadOnlyMemory<byte> tooMany)
    {
        var address = (context.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        var connection = new LineConnection(this, context, protocol, address);
        if (!TryAdd(connection))
        {
            connection.Metrics.Refused.Add();
            Log.Refused(protocol, _draining ? "stopping" : "too many connections");
            if (!implicitTls) await context.Transport.Output.WriteAsync(tooMany, context.ConnectionClosed);
            return null;
        }

        if (!implicitTls || await connection.StartTlsAsync()) return connection;
        await connection.DisposeAsync();
        return null;
    }

    /// <summary>
    /// Stops taking connections, lets idle ones say goodbye and running commands finish, and cuts the rest after the deadline.
    /// </summary>
    public async Task DrainAsync(CancellationToken cancellation)
    {
        var waiting = Snapshot(_ => true, drain: true);
        Log.Draining(waiting.Count);
        foreach (var connection in waiting) connection.Interrupt(Interrupts.Drain);
        try
        {
            await _drained.Task.WaitAsync(Limits.DrainTimeout, Time, cancellation);
        }
        catch (TimeoutException)
        {
            var late = Snapshot(_ => true, drain: true);
            Log.DrainCut(late.Count);
            foreach (var connection in late) connection.Abort();
        }
    }

    public void Dispose() => _timer.Dispose();

    internal void Remove(LineConnection connection)
    {
        lock (_gate)
        {
            if (connection.Previous is null) _first = connection.Next;
            else connection.Previous.Next = connection.Next;
            if (connection.Next is not null) connection.Next.Previous = connection.Previous;
            (connection.Previous, connection.Next) = (null, null);
            var peer = PeerAddress.Of(connection.RemoteAddress);
            ref var peers = ref CollectionsMarshal.GetValueRefOrAddDefault(_peers, peer, out _);
            if (--peers <= 0) _peers.Remove(peer);
            _count--;
            connection.Metrics.SessionsOpen.Add(-1);
            if (_draining && _count == 0) _drained.TrySetResult();
        }
    }

    /// <summary>Ticks in a span of time, one more than whole ones: a timeout is never early.</summary>
    internal long TicksIn(TimeSpan span) => (span.Ticks / Limits.TickInterval.Ticks) + 1;

    private bool TryAdd(LineConnection connection)
    {
        lock (_gate)
        {
            if (_draining || _count >= Limits.ConnectionsMax) return false;
            ref var peers = ref CollectionsMarshal.GetValueRefOrAddDefault(_peers, PeerAddress.Of(connection.RemoteAddress), out _);
            if (peers >= Limits.ConnectionsPerAddressMax && !connection.IsLoopback) return false;
            peers++;
            _count++;
            connection.Metrics.Sessions.Add();
            connection.Metrics.SessionsOpen.Add();
            connection.Next = _first;
            if (_first is not null) _first.Previous = connection;
            _first = connection;
            return true;
        }
    }

    private void Tick()
    {
        Volatile.Write(ref _tick, Time.GetElapsedTime(_started).Ticks / Limits.TickInterval.Ticks);

        // Acting on a connection may run its handler, so it happens outside of the lock.
        foreach (var late in Snapshot(connection => connection.IsLate, drain: false)) late.Expire();
        _timer.Change(Limits.TickInterval, Timeout.InfiniteTimeSpan);
    }

    private List<LineConnection> Snapshot(Func<LineConnection, bool> where, bool drain)
    {
        var found = new List<LineConnection>();
        lock (_gate)
        {
            if (drain)
            {
                _draining = true;
                if (_count == 0) _drained.TrySetResult();
            }

            for (var connection = _first; connection is not null; connection = connection.Next)
            {
                if (where(connection)) found.Add(connection);
            }
        }

        return found;
    }
}
