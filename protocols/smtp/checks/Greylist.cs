using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using CompatBot.Core.Notes;
using CompatBot.Core.Store;
using CompatBot.Protocols.Net;

namespace CompatBot.Protocols.Smtp.Checks;

/// <summary>
/// Asks who was never seen before to come again: a mail server does, much of what sends junk does not. What counts is the client's
/// network, the sender and the recipient together; a network that came back for several of them is asked no more.
/// </summary>
public sealed class Greylist(HostNotes? notes, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Before this a second try counts as the first.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromMinutes(5);

    /// <summary>Who comes back later than this is new again.</summary>
    public static readonly TimeSpan ReturnWithin = TimeSpan.FromDays(2);

    /// <summary>Who has come back, and then nothing more for so long, is new again.</summary>
    public static readonly TimeSpan RememberFor = TimeSpan.FromDays(36);

    /// <summary>What is remembered at most; of more, the ones that were seen the longest ago go.</summary>
    public const int EntriesMax = 50_000;

    /// <summary>A network that came back for so many is known.</summary>
    public const int KnownAfter = 5;

    private static readonly TimeSpan KeepEvery = TimeSpan.FromMinutes(10);
    private const int RowBytes = sizeof(ulong) + sizeof(uint) + sizeof(uint) + sizeof(uint);

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, Entry> _entries = [];
    private readonly CancellationTokenSource _stop = new();
    private Task _keeping = Task.CompletedTask;
    private bool _isChanged;

    /// <summary>Reads what earlier processes remembered, and begins to keep it.</summary>
    public async ValueTask StartAsync(CancellationToken cancellation)
    {
        if (notes is null) return;
        if (await notes.ReadAsync(HostNote.Greylist, cancellation) is { } kept)
        {
            for (var at = 0; at + RowBytes <= kept.Length && _entries.Count < EntriesMax; at += RowBytes)
            {
                var row = kept.AsSpan(at, RowBytes);
                _entries[BinaryPrimitives.ReadUInt64BigEndian(row)] = new Entry(
                    BinaryPrimitives.ReadUInt32BigEndian(row[8..]),
                    BinaryPrimitives.ReadUInt32BigEndian(row[12..]),
                    BinaryPrimitives.ReadUInt32BigEndian(row[16..]));
            }
        }

        _keeping = KeepAlwaysAsync();
    }

    /// <returns>True: mail is taken now. False: not yet.</returns>
    public bool Passes(IPAddress client, string sender, string recipient)
    {
        var now = (uint)(time.GetUtcNow().ToUnixTimeSeconds() / 60);
        var network = Key(client, "", "");
        var key = Key(client, sender, recipient);
        lock (_gate)
        {
            if (_entries.TryGetValue(network, out var known) && known.Passed >= KnownAfter && now - known.Last <= Minutes(RememberFor))
            {
                Note(network, known with { Last = now });
                return true;
            }

            if (_entries.TryGetValue(key, out var entry) && now - entry.Last <= Minutes(entry.Passed > 0 ? RememberFor : ReturnWithin))
            {
                if (entry.Passed == 0 && now - entry.First < Minutes(Wait)) return false;
                if (entry.Passed == 0) Note(network, known with { Last = now, Passed = known.Passed + 1 });
                Note(key, entry with { Last = now, Passed = 1 });
                return true;
            }

            Note(key, new Entry(now, now, 0));
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _keeping;
        if (notes is not null) await KeepAsync();
        _stop.Dispose();
    }

    private async Task KeepAlwaysAsync()
    {
        using var timer = new PeriodicTimer(KeepEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token)) await KeepAsync();
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    /// <summary>What could not be kept is kept with the next round; until then a crash makes some come once more.</summary>
    private async ValueTask KeepAsync()
    {
        byte[] kept;
        lock (_gate)
        {
            if (!_isChanged) return;
            _isChanged = false;
            kept = new byte[_entries.Count * RowBytes];
            var row = kept.AsSpan();
            foreach (var (key, entry) in _entries)
            {
                BinaryPrimitives.WriteUInt64BigEndian(row, key);
                BinaryPrimitives.WriteUInt32BigEndian(row[8..], entry.First);
                BinaryPrimitives.WriteUInt32BigEndian(row[12..], entry.Last);
                BinaryPrimitives.WriteUInt32BigEndian(row[16..], entry.Passed);
                row = row[RowBytes..];
            }
        }

        if (await notes!.WriteAsync(HostNote.Greylist, kept, CancellationToken.None) == Refusal.None) return;
        lock (_gate) _isChanged = true;
    }

    private void Note(ulong key, Entry entry)
    {
        _isChanged = true;
        if (_entries.Count >= EntriesMax && !_entries.ContainsKey(key)) Forget();
        _entries[key] = entry;
    }

    /// <summary>A tenth makes room for a while.</summary>
    private void Forget()
    {
        foreach (var (key, _) in _entries.OrderBy(entry => entry.Value.Last).Take(EntriesMax / 10).ToList()) _entries.Remove(key);
    }

    private static uint Minutes(TimeSpan time) => (uint)time.TotalMinutes;

    /// <summary>An IPv4 network is its first three octets: large senders come back from a neighbour.</summary>
    private static ulong Key(IPAddress client, string sender, string recipient)
    {
        var peer = PeerAddress.Of(client);
        var network = peer.Low == 1 ? peer.High >> 8 : peer.High;
        var text = $"{network:x}\n{sender.ToLowerInvariant()}\n{recipient.ToLowerInvariant()}";
        return BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <param name="First">When it came first, in minutes since 1970.</param>
    /// <param name="Last">When it came last.</param>
    /// <param name="Passed">How often it came back in time: of a network, for how many.</param>
    private readonly record struct Entry(uint First, uint Last, uint Passed);
}
