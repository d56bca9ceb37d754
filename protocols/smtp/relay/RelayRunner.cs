using System.Collections.Concurrent;
using System.Diagnostics;
using CompatBot.Core.Queue;
using CompatBot.Protocols.Smtp.Relay.Security;
using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.Smtp.Relay;

/// <summary>
/// Empties the queue: when a message is due for a destination, a worker of that destination sends it, over a connection that the
/// next message uses too. What does not get through waits longer and longer; what never will goes back to its sender.
/// </summary>
public sealed class RelayRunner : IAsyncDisposable
{
    /// <summary>Messages that wait again at once: they share flushes of the disk.</summary>
    private const int SettledTogether = 32;

    private static readonly RelayReply TooLate = RelayReply.Never("5.4.7", "The time until which it was to be there is over");

    private readonly MailQueue _queue;
    private readonly RelayDialer _dialer;
    private readonly StsFetcher? _fetcher;
    private readonly RelaySettler _settler;
    private readonly RelayHome _home;
    private readonly RelayOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _cut = new();
    private readonly Lock _gate = new();
    private readonly PriorityQueue<Leg, DateTimeOffset> _due = new();
    private readonly HashSet<Leg> _underWay = [];
    private readonly Dictionary<string, Destination> _destinations = new(StringComparer.Ordinal);
    private readonly Queue<Destination> _starved = new();
    private readonly ConcurrentDictionary<Task, bool> _workers = new();
    private int _connections;
    private bool _isStopping;

    public RelayRunner(RelayServices services)
    {
        (_queue, _options, _time, _log) = (services.Queue, services.Options, services.Time, services.Log);
        _fetcher = services.Fetcher is null ? new StsFetcher(services.Resolver, _options.PolicyPort) : null;
        var policies = new StsPolicies(services.Resolver, services.Fetcher ?? _fetcher!, services.Notes, _time);
        var rules = new TlsRules(_options, services.Resolver, policies, services.Reports);
        _dialer = new RelayDialer(new RelayRoutes(_options, services.Resolver), rules, services.HostName, _options, _time);
        _settler = new RelaySettler(services);
        _home = new RelayHome(services);
        _timer = _time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Connections that are open or being opened.</summary>
    public int Connections
    {
        get
        {
            lock (_gate) return _connections;
        }
    }

    /// <summary>Takes up what waits, and from then on what comes.</summary>
    public void Start()
    {
        _queue.Changed += Plan;
        foreach (var mail in _queue.All) Add(mail);
        Wake();
    }

    /// <summary>Lets what is just being sent come to its end, as long as that is soon.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Changed -= Plan;
        lock (_gate)
        {
            if (_isStopping) return;
            _isStopping = true;
        }

        await _timer.DisposeAsync();
        _cut.CancelAfter(_options.DrainTimeout);
        await Task.WhenAll(_workers.Keys);
        _cut.Dispose();
        _fetcher?.Dispose();
    }

    private void Plan(QueuedMail mail)
    {
        Add(mail);
        Wake();
    }

    private void Add(QueuedMail mail)
    {
        if (mail.IsHeld) return;
        lock (_gate)
        {
            foreach (var domain in mail.Domains)
            {
                var leg = new Leg(mail.Id, domain);
                if (!_underWay.Contains(leg)) _due.Enqueue(leg, NextOf(mail, domain));
            }
        }
    }

    /// <summary>Gives what is due to its destinations, and sets the clock for the rest.</summary>
    private void Wake()
    {
        lock (_gate)
        {
            var now = _time.GetUtcNow();
            while (!_isStopping && _due.TryPeek(out var leg, out var when))
            {
                if (when > now)
                {
                    _timer.Change(when - now, Timeout.InfiniteTimeSpan);
                    return;
                }

                _due.Dequeue();

                // What was planned may have changed since: every change plans again, so what does not hold any more is let go.
                if (_queue.Find(leg.Mail) is { IsHeld: false } mail && NextOf(mail, leg.Domain) <= now && _underWay.Add(leg)) Hand(leg);
            }
        }
    }

    private void Hand(Leg leg)
    {
        var key = _options.Smarthost is null ? leg.Domain : "";
        if (!_destinations.TryGetValue(key, out var destination)) _destinations[key] = destination = new Destination(key);
        destination.Enqueue(leg, _queue.Find(leg.Mail)?.Envelope.Priority ?? 0);
        if (destination.Workers >= _options.ConnectionsPerDestinationMax) return; // One too many finds nothing, and dials nobody.
        if (_connections >= _options.ConnectionsMax)
        {
            _starved.Enqueue(destination);
            return;
        }

        StartWorker(destination);
    }

    private void StartWorker(Destination destination)
    {
        destination.Workers++;
        _connections++;
        var worker = Task.Run(() => WorkAsync(destination));
        _workers[worker] = true;
        _ = worker.ContinueWith(done => _workers.TryRemove(done, out _), TaskScheduler.Default);
    }

    /// <returns>Null when there is nothing more: then the worker's place is free.</returns>
    private Leg? Next(Destination destination)
    {
        lock (_gate)
        {
            if (!_isStopping && destination.Ready.TryDequeue(out var leg, out _)) return leg;
            destination.Workers--;
            _connections--;
            if (destination is { Workers: 0, Ready.Count: 0 }) _destinations.Remove(destination.Key);
            while (!_isStopping && _starved.TryDequeue(out var waiting))
            {
                if (waiting.Ready.Count == 0) continue;
                StartWorker(waiting);
                break;
            }

            return null;
        }
    }

    private async Task WorkAsync(Destination destination)
    {
        RelayConnection? connection = null;
        while (Next(destination) is { } leg)
        {
            try
            {
                connection = await SendAsync(destination, leg, connection);
            }
            catch (Exception error)
            {
                if (connection is not null) await connection.DisposeAsync();
                connection = null;

                // Cut by a stop it waits for the next start as it was; what we could not handle must not keep a worker busy.
                if (error is not OperationCanceledException) await PostponeAsync(leg, error);
            }

            Landed(leg);
        }

        if (connection is not null) await connection.DisposeAsync();
    }

    private async ValueTask PostponeAsync(Leg leg, Exception error)
    {
        _log.RelayFailed(error, leg.Mail.ToString());
        var later = _time.GetUtcNow() + _options.RetryMax;
        await _queue.UpdateAsync(
            leg.Mail, mail => mail.With(one => one.Domain == leg.Domain, one => one with { Next = later }), CancellationToken.None);
    }

    /// <summary>The leg is free again, and planned where somebody still waits: changes of the meantime did not plan it.</summary>
    private void Landed(Leg leg)
    {
        lock (_gate) _underWay.Remove(leg);
        if (_queue.Find(leg.Mail) is { } mail) Plan(mail);
    }

    /// <returns>The connection for the next message; null when a fresh one is needed.</returns>
    private async ValueTask<RelayConnection?> SendAsync(Destination destination, Leg leg, RelayConnection? connection)
    {
        if (_queue.Find(leg.Mail) is not { IsHeld: false } mail) return connection;
        var now = _time.GetUtcNow();
        var all = mail.Recipients.Where(one => one.State == QueueState.Waiting && one.Domain == leg.Domain && one.Next <= now);
        if (mail.Envelope.Deadline is { Returns: true } deadline && deadline.At <= now)
        {
            var late = all.ToList();
            await _settler.SettleAsync(mail, late, [.. late.Select(_ => TooLate)], null);
            return connection;
        }

        if (await _home.TakesAsync(leg.Domain, _cut.Token))
        {
            var here = all.ToList();
            await _settler.SettleAsync(mail, here, await _home.DeliverAsync(mail, here, _cut.Token), DsnAction.Delivered);
            return connection;
        }

        foreach (var recipients in all.Chunk(_options.RecipientsPerTransactionMax))
        {
            var started = Stopwatch.GetTimestamp();
            var isReused = connection is not null;
            try
            {
                connection ??= await _dialer.DialAsync(leg.Domain, mail.Envelope.IsTlsOptional, _cut.Token);
            }
            catch (RelayException error)
            {
                await TurnBackAsync(destination, leg, error.Reply);
                return null;
            }

            RelayReply[] replies;
            try
            {
                replies = await connection.SendAsync(mail, recipients, _queue.ReadAsync(mail, _cut.Token), _cut.Token);
            }
            catch (RelayException error)
            {
                await connection.DisposeAsync();
                connection = null;

                // Servers end connections that were quiet for a while: that says nothing of the message.
                if (isReused && error.Reply.Status == "4.4.2") return await SendAsync(destination, leg, null);

                replies = [.. recipients.Select(_ => error.Reply)];
            }

            await _settler.SettleAsync(mail, recipients, replies, connection is { SpeaksDsn: true } ? null : DsnAction.Relayed,
                connection is { SpeaksDeliverBy: true });
            _log.Relayed(
                mail.Id.ToString(), mail.Size, recipients.Length, replies[0].Code, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            if (connection?.Messages < _options.MessagesPerConnectionMax && !(mail.Envelope.IsTlsOptional && !isReused)) continue;
            if (connection is not null) await connection.DisposeAsync();
            connection = null;
        }

        return connection;
    }

    /// <summary>Nobody can be reached there: everything that is ready for it waits, and not only the message that found out.</summary>
    private async ValueTask TurnBackAsync(Destination destination, Leg first, RelayReply reply)
    {
        List<Leg> legs = [first];
        lock (_gate)
        {
            if (_options.Smarthost is not null || !reply.IsPermanent)
            {
                while (destination.Ready.TryDequeue(out var leg, out _)) legs.Add(leg);
            }
        }

        _log.Unreachable(legs.Count, reply.Code, reply.Status);
        await Parallel.ForEachAsync(legs, new ParallelOptions { MaxDegreeOfParallelism = SettledTogether }, async (leg, _) =>
        {
            await SettleAsync(leg, reply);
            if (leg != first) Landed(leg);
        });
    }

    private async ValueTask SettleAsync(Leg leg, RelayReply reply)
    {
        if (_queue.Find(leg.Mail) is not { } mail) return;
        var waiting = mail.Recipients.Where(one => one.State == QueueState.Waiting && one.Domain == leg.Domain).ToList();
        await _settler.SettleAsync(mail, waiting, [.. waiting.Select(_ => reply)], DsnAction.Relayed);
    }

    private static DateTimeOffset NextOf(QueuedMail mail, string domain)
    {
        var next = DateTimeOffset.MaxValue;
        foreach (var one in mail.Recipients)
        {
            if (one.State == QueueState.Waiting && one.Domain == domain && one.Next < next) next = one.Next;
        }

        return next;
    }

    /// <summary>One message for one domain.</summary>
    private readonly record struct Leg(QueueId Mail, string Domain);

    /// <summary>Where one or more legs go, with those that are due; guarded by the gate.</summary>
    private sealed class Destination(string key)
    {
        public string Key { get; } = key;

        /// <summary>The most urgent first (RFC 6710), and of the same urgency the one that was ready first.</summary>
        public PriorityQueue<Leg, (int, long)> Ready { get; } = new();

        public int Workers { get; set; }

        private long _count;

        public void Enqueue(Leg leg, int priority) => Ready.Enqueue(leg, (-priority, _count++));
    }
}
