using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace CompatBot.Protocols.Net;

/// <summary>
/// Makes guessing passwords slow, then impossible for a while: one for all protocols, by address and by login. It knows
/// nothing about which logins exist, so it treats unknown ones alike; it keeps keyed hashes, never names; its memory is bounded.
/// </summary>
public sealed class LoginGuard(LoginGuardLimits limits, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly RecentTable<PeerAddress, Record> _addresses = new(limits.EntriesMax / 2);
    private readonly RecentTable<UInt128, Record> _logins = new(limits.EntriesMax / 2);
    private readonly RecentTable<(PeerAddress, UInt128), bool> _known = new(limits.EntriesMax / 2);
    private readonly long _started = time.GetTimestamp();

    private TimeSpan Now => time.GetElapsedTime(_started);

    /// <summary>Waits as long as earlier failures demand.</summary>
    /// <returns>False: locked out; refuse without looking at the password.</returns>
    public async ValueTask<bool> AdmitAsync(IPAddress address, string login, CancellationToken cancellation)
    {
        var (peer, name) = (PeerAddress.Of(address), NameOf(login));
        TimeSpan wait;
        lock (_gate)
        {
            wait = Trusted(address) ? TimeSpan.Zero : Reserve(_addresses, peer);
            if (!_known.TryGet((peer, name), out _)) wait = Max(wait, Reserve(_logins, name));
        }

        if (wait == Timeout.InfiniteTimeSpan) return false;
        if (wait > TimeSpan.Zero) await Task.Delay(wait, time, cancellation);
        return true;
    }

    /// <summary>The attempt was wrong.</summary>
    public void Failed(IPAddress address, string login)
    {
        var (peer, name) = (PeerAddress.Of(address), NameOf(login));
        lock (_gate)
        {
            if (!Trusted(address)) Count(_addresses, peer, limits.AddressFailuresMax);
            if (!_known.TryGet((peer, name), out _)) Count(_logins, name, limits.LoginFailuresMax);
        }
    }

    /// <summary>The attempt was right: this address may go on to use this login, even while others guess at it.</summary>
    public void Succeeded(IPAddress address, string login)
    {
        var (peer, name) = (PeerAddress.Of(address), NameOf(login));
        lock (_gate)
        {
            _known.Set((peer, name), true);

            // Only halved: one account of one's own must not buy endless guesses at others.
            if (_addresses.TryGet(peer, out var record)) _addresses.Set(peer, record with { Failures = record.Failures / 2 });
        }
    }

    private bool Trusted(IPAddress address) => limits.LoopbackIsTrusted && IPAddress.IsLoopback(address);

    private static TimeSpan Max(TimeSpan one, TimeSpan other) =>
        one == Timeout.InfiniteTimeSpan || other == Timeout.InfiniteTimeSpan ? Timeout.InfiniteTimeSpan : one > other ? one : other;

    /// <summary>The wait of the next attempt, which then holds its place: a thousand attempts at once wait one after the other.</summary>
    private TimeSpan Reserve<TKey>(RecentTable<TKey, Record> table, TKey key) where TKey : notnull
    {
        var now = Now;
        if (!table.TryGet(key, out var record)) return TimeSpan.Zero;
        if (record.LockedUntil > now) return Timeout.InfiniteTimeSpan;
        if (now - record.Last > limits.FailureWindow)
        {
            table.Remove(key);
            return TimeSpan.Zero;
        }

        var beyond = record.Failures - limits.FreeFailures;
        if (beyond < 0) return TimeSpan.Zero;
        var delay = limits.FirstDelay * Math.Pow(2, Math.Min(beyond, 30));
        if (delay > limits.LongestDelay) delay = limits.LongestDelay;
        var turn = (record.NextTurn > now ? record.NextTurn : now) + delay;
        if (turn - now > limits.LongestDelay) return Timeout.InfiniteTimeSpan;
        table.Set(key, record with { NextTurn = turn });
        return turn - now;
    }

    private void Count<TKey>(RecentTable<TKey, Record> table, TKey key, int failuresMax) where TKey : notnull
    {
        var now = Now;
        if (!table.TryGet(key, out var record) || now - record.Last > limits.FailureWindow) record = default;
        record = record with { Failures = record.Failures + 1, Last = now };

        // After a lock-out the count starts over from where waits begin.
        if (record.Failures >= failuresMax)
        {
            record = record with { LockedUntil = now + limits.LockTime, Failures = Math.Min(limits.FreeFailures, failuresMax - 1) };
        }

        table.Set(key, record);
    }

    private UInt128 NameOf(string login)
    {
        // A login may be as long as a line; the guard keeps 16 bytes of it.
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(login.Trim().ToLowerInvariant()), hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    private readonly record struct Record(int Failures, TimeSpan Last, TimeSpan LockedUntil, TimeSpan NextTurn);
}
