using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;
using CompatBot.Protocols.Net.Sasl;

namespace CompatBot.Protocols.Dav;

/// <summary>
/// Keeps the sessions of HTTP Basic logins for a while: a client sends its password with every request, and only the first of them pays
/// for opening the account. What is kept of a password is a keyed hash; the key is of this process.
/// </summary>
public sealed class DavLogins : IAsyncDisposable
{
    private readonly DavServices _services;
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, Kept> _kept = new(StringComparer.Ordinal);
    private readonly ITimer _sweep;

    public DavLogins(DavServices services)
    {
        _services = services;
        _sweep = services.Time.CreateTimer(
            static state => _ = ((DavLogins)state!).SweepAsync(), this, services.Limits.LoginIdle, services.Limits.LoginIdle / 2);
    }

    /// <summary>Sessions that are kept now.</summary>
    internal int Count => _kept.Count;

    /// <summary>Logs in, or joins the session of an earlier request.</summary>
    internal async ValueTask<(DavLogin? Login, LoginOutcome Outcome)> OpenAsync(
        LoginPeer peer, string address, Password password, CancellationToken cancellation)
    {
        var hash = HashOf("dav", address, password);
        if (_kept.TryGetValue(hash, out var known) && known.TryEnter()) return (new DavLogin(known), default);
        var outcome = await _services.Logins.LoginOrDropAsync(peer, "Basic", address, password, cancellation);
        return outcome.Session is { } session ? (await KeepAsync(hash, session, cancellation), outcome) : (null, outcome);
    }

    /// <summary>Opens an account by a device that it made for a share, which no client knows: so no guard counts what fails.</summary>
    /// <returns>Null: the device is revoked, or the account does not open.</returns>
    internal async ValueTask<DavLogin?> JoinAsync(string address, Password password, CancellationToken cancellation)
    {
        var hash = HashOf("share", address, password);
        if (_kept.TryGetValue(hash, out var known) && known.TryEnter()) return new DavLogin(known);
        var session = await _services.Logins.Sessions.LoginAsync(address, password, "share", cancellation);
        return session.Declined ? null : await KeepAsync(hash, session.Value, cancellation);
    }

    private async ValueTask<DavLogin> KeepAsync(string hash, Session session, CancellationToken cancellation)
    {
        var fresh = new Kept(session, await _services.Accounts.AddressesAsync(session.Account, cancellation), _services.Time);
        fresh.TryEnter();
        if (_kept.Count >= _services.Limits.LoginsMax || !TryKeep(hash, fresh)) fresh.Forget();
        return new DavLogin(fresh);
    }

    public async ValueTask DisposeAsync()
    {
        await _sweep.DisposeAsync();
        foreach (var (hash, kept) in _kept)
        {
            _kept.TryRemove(hash, out _);
            await kept.EndAsync();
        }
    }

    /// <summary>A dead one is replaced; of two that log in at once, the second's session ends with its request.</summary>
    private bool TryKeep(string hash, Kept fresh)
    {
        if (_kept.TryGetValue(hash, out var known) && known.IsOver && _kept.TryUpdate(hash, fresh, known)) return true;
        return _kept.TryAdd(hash, fresh);
    }

    private async Task SweepAsync()
    {
        foreach (var (hash, kept) in _kept)
        {
            if (!kept.TryClose(_services.Limits.LoginIdle)) continue;
            _kept.TryRemove(new KeyValuePair<string, Kept>(hash, kept));
            await kept.EndAsync();
        }
    }

    private string HashOf(string protocol, string address, Password password)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{protocol}\0{address.Trim().ToLowerInvariant()}\0{password.Value}"), hash);
        return Convert.ToBase64String(hash);
    }

    /// <summary>A session and who uses it at this moment.</summary>
    internal sealed class Kept(Session session, IReadOnlyList<string> addresses, TimeProvider time)
    {
        private readonly Lock _lock = new();
        private int _users;
        private long _last = time.GetTimestamp();
        private bool _closed;

        public Session Session => session;

        public IReadOnlyList<string> Addresses => addresses;

        public bool IsOver
        {
            get { lock (_lock) return _closed || session.Revoked.IsCancellationRequested; }
        }

        public bool TryEnter()
        {
            lock (_lock)
            {
                if (_closed || session.Revoked.IsCancellationRequested) return false;
                _users++;
                return true;
            }
        }

        public async ValueTask LeaveAsync()
        {
            bool last;
            lock (_lock)
            {
                _last = time.GetTimestamp();
                last = --_users == 0 && _closed;
            }

            if (last) await session.DisposeAsync();
        }

        /// <summary>Ends with its last user.</summary>
        public void Forget()
        {
            lock (_lock) _closed = true;
        }

        /// <summary>Closes it if nobody uses it any more, or may.</summary>
        public bool TryClose(TimeSpan idle)
        {
            lock (_lock)
            {
                if (_users > 0 || (time.GetElapsedTime(_last) < idle && !session.Revoked.IsCancellationRequested)) return false;
                return _closed = true;
            }
        }

        public async ValueTask EndAsync()
        {
            bool free;
            lock (_lock)
            {
                _closed = true;
                free = _users == 0;
            }

            if (free) await session.DisposeAsync();
        }
    }
}

/// <summary>One request's part in a session.</summary>
internal sealed class DavLogin(DavLogins.Kept kept) : IAsyncDisposable
{
    public Session Session => kept.Session;

    /// <summary>The account's addresses, the primary one first.</summary>
    public IReadOnlyList<string> Addresses => kept.Addresses;

    /// <summary>One of the account's realms.</summary>
    /// <exception cref="DavException">As core refused it.</exception>
    public async ValueTask<Core.Items.ItemStore> ItemsAsync(Realm realm, CancellationToken cancellation) =>
        DavException.Unless(await Session.ItemsAsync(realm, cancellation));

    public ValueTask DisposeAsync() => kept.LeaveAsync();
}
