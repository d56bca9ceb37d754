using System.Collections.Concurrent;
using CompatBot.Core.Calendar;
using CompatBot.Core.Journal;
using CompatBot.Core.Mail;
using CompatBot.Core.Mail.Filters;
using CompatBot.Core.Metrics;
using CompatBot.Core.Proof;
using CompatBot.Core.Push;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Identity;

/// <summary>
/// The accounts whose keys are in memory: counted by their users, closed a grace time after the last one left; or earlier, those first that
/// were left first, when states take more memory than they may.
/// </summary>
/// <param name="store">Where they lie.</param>
/// <param name="time">For the grace.</param>
/// <param name="grace">How long an account stays open after its last user.</param>
/// <param name="log">Told what goes wrong behind everybody's back.</param>
/// <param name="heads">Knows how far each journal had come; null: nobody asks.</param>
/// <param name="quota">Of accounts that have none of their own.</param>
/// <param name="memoryBytesMax">Bytes that open accounts may take, about: those in use stay, whatever they take.</param>
public sealed class OpenAccounts(
    IStore store,
    TimeProvider time,
    TimeSpan grace,
    IVaultLog log,
    HeadKeeper? heads = null,
    Quota quota = default,
    long memoryBytesMax = long.MaxValue) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<AccountId, OpenAccount> _accounts = new();

    /// <summary>Those on their way out: they still write, although a login opens the account anew.</summary>
    private readonly ConcurrentDictionary<OpenAccount, bool> _closing = new();
    private readonly Intakes _intakes = new(time, log);
    private readonly Lock _evicting = new();
    private long _memoryBytes;

    /// <summary>What accounts may have that have no quota of their own.</summary>
    public Quota Quota => quota;

    /// <summary>Asked about what arrives for accounts that are opened from now on. Set once, while wiring; null: nobody is.</summary>
    public IMailFilter? Filter
    {
        get => _intakes.Filter;
        set => _intakes.Filter = value;
    }

    /// <summary>Told of mail that arrives for accounts that are opened from now on. Set once, while wiring; null: nobody is.</summary>
    public IMailArrivals? Arrivals
    {
        get => _intakes.Arrivals;
        set => _intakes.Arrivals = value;
    }

    /// <summary>Told of answers that accounts which are opened from now on take in. Set once, while wiring; null: nobody is.</summary>
    public AnswerNews? Answers
    {
        set => _intakes.Answers = value;
    }

    /// <summary>Tells clients of changes in accounts that are opened from now on. Set once, while wiring; null: nobody does.</summary>
    public PushRounds? Pushes
    {
        set => _intakes.Pushes = value;
    }

    /// <summary>Sends scheduling messages that were kept and not sent, once an account is unlocked. Set once; null: nobody does.</summary>
    public UnsentSchedules? Unsent
    {
        set => _intakes.Unsent = value;
    }

    /// <summary>How many accounts have their keys in memory.</summary>
    public int Count => _accounts.Count;

    /// <summary>About how many bytes open accounts take, each as it was when it was opened or last left.</summary>
    public long MemoryBytes => Interlocked.Read(ref _memoryBytes);

    /// <summary>Which accounts have their keys in memory, or are about to.</summary>
    internal IEnumerable<AccountId> Ids => _accounts.Keys;

    /// <summary>Opens the account, or joins it. Owns the keyring from here on.</summary>
    /// <exception cref="JournalException">The journal is damaged or of a newer version.</exception>
    /// <exception cref="WentBackException">The journal does not hold what was signed.</exception>
    /// <exception cref="StaleKeysException">The account was rotated since the keyring was opened.</exception>
    internal async ValueTask<AccountLease> OpenAsync(Keyring keyring, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                var open = _accounts.GetOrAdd(keyring.Account, id => new OpenAccount(this, id));
                if (await open.JoinAsync(keyring, cancellation) is { } lease) return lease;
            }
        }
        catch
        {
            keyring.Dispose();
            throw;
        }
    }

    /// <summary>Joins an account that is open; null when it is not.</summary>
    internal async ValueTask<AccountLease?> TryJoinAsync(AccountId account, CancellationToken cancellation) =>
        _accounts.TryGetValue(account, out var open) ? await open.JoinAsync(null, cancellation) : null;

    /// <summary>Lends an open account to work in the background, which does not keep it open; null: it is closed, or lent.</summary>
    internal async ValueTask<AccountLoan?> TryBorrowAsync(AccountId account, CancellationToken cancellation) =>
        _accounts.TryGetValue(account, out var open) ? await open.TryLendAsync(cancellation) : null;

    /// <summary>Signs the heads of all open accounts that changed: what a crash may leave unsigned is what came since.</summary>
    public ValueTask SignHeadsAsync(CancellationToken cancellation) => heads is null
        ? ValueTask.CompletedTask
        : heads.SignAsync([.. _accounts.Values.Select(open => open.Account).OfType<Account>()], cancellation);

    /// <summary>Changes what an account may have, from its next commit on, if it is open.</summary>
    internal ValueTask SetQuotaAsync(AccountId account, Quota changed, CancellationToken cancellation) =>
        _accounts.TryGetValue(account, out var open) ? open.SetQuotaAsync(changed, cancellation) : ValueTask.CompletedTask;

    /// <summary>Cuts the sessions of a device.</summary>
    internal void Revoke(AccountId account, DeviceId device)
    {
        if (_accounts.TryGetValue(account, out var open)) open.Revoke(device);
    }

    /// <summary>Lets an open account go on with a new epoch's keys; the keyring stays the caller's.</summary>
    internal async ValueTask RotateAsync(Keyring newer)
    {
        if (_accounts.TryGetValue(newer.Account, out var open)) await open.RotateAsync(newer);
        _intakes.Unsent?.Rotated(newer.Account);
    }

    /// <summary>Closes every account now, whoever still uses it.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var open in _accounts.Values) await open.CloseAsync(ifUnused: false);
        foreach (var open in _closing.Keys) await open.CloseAsync(ifUnused: false); // Waits for its end.
    }

    /// <summary>One account with the count of its users.</summary>
    internal sealed class OpenAccount(OpenAccounts owner, AccountId id)
    {
        private readonly SemaphoreSlim _gate = new(1, 1);
        private readonly List<Session> _sessions = [];
        private readonly CancellationTokenSource _ending = new();
        private readonly SemaphoreSlim _loan = new(1, 1);
        private Account? _account;
        private ITimer? _timer;
        private long _memoryBytes;
        private long _leftAt;
        private int _users;
        private bool _closed;

        /// <summary>Null until it is open.</summary>
        public Account? Account => Volatile.Read(ref _account);

        /// <summary>When the last user left (a timestamp); 0 while somebody uses it, or it is on its way out.</summary>
        public long LeftAt => Volatile.Read(ref _leftAt);

        /// <summary>About how many bytes it takes.</summary>
        public long MemoryBytes => Interlocked.Read(ref _memoryBytes);

        /// <summary>Null when the account closed, or was never open and there is no keyring.</summary>
        public async ValueTask<AccountLease?> JoinAsync(Keyring? keyring, CancellationToken cancellation)
        {
            await _gate.WaitAsync(cancellation);
            try
            {
                if (_closed || (_account is null && keyring is null)) return null;
                if (_account is null) await OpenAsync(keyring!, cancellation);
                else if (keyring is not null) await _account.AdoptAsync(keyring, cancellation);
                if (_users++ == 0) Measure(_account!.MemoryBytes);
                Volatile.Write(ref _leftAt, 0);
                _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                if (keyring is not null) owner._intakes.Unsent?.Unlocked(id);
                return new AccountLease(this, _account!);
            }
            finally
            {
                _gate.Release();
                owner.Evict();
            }
        }

        /// <summary>Null when the account closed, was never open, or is lent already.</summary>
        public async ValueTask<AccountLoan?> TryLendAsync(CancellationToken cancellation)
        {
            await _gate.WaitAsync(cancellation);
            try
            {
                var isThere = !_closed && _account is not null && await _loan.WaitAsync(0, cancellation);
                return isThere ? new AccountLoan(_account!, _loan, _ending.Token) : null;
            }
            finally
            {
                _gate.Release();
            }
        }

        public async ValueTask LeaveAsync()
        {
            await _gate.WaitAsync(CancellationToken.None);
            try
            {
                if (--_users > 0 || _closed) return;
                Measure(_account!.MemoryBytes);
                _timer ??= owner.Timer(this);
                _timer.Change(owner.Grace, Timeout.InfiniteTimeSpan);
                Volatile.Write(ref _leftAt, owner.Time.GetTimestamp());
            }
            finally
            {
                _gate.Release();
            }

            owner.Evict();
        }

        /// <summary>Lets the account go now if it is still unused: by its timer, as after its grace.</summary>
        public void Expire()
        {
            Volatile.Write(ref _leftAt, 0);
            Measure(0); // Else it would count again, and cost others their place, until it is closed.
            _timer!.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }

        public async ValueTask CloseAsync(bool ifUnused)
        {
            await _gate.WaitAsync(CancellationToken.None);
            try
            {
                if (_closed || (ifUnused && _users > 0)) return;
                _closed = true;
                owner._closing[this] = true;
                owner._accounts.TryRemove(new KeyValuePair<AccountId, OpenAccount>(id, this));
                if (_timer is not null) await _timer.DisposeAsync();
                await _ending.CancelAsync();
                await _loan.WaitAsync(CancellationToken.None);
                if (_account is not null) await _account.CloseAsync(CancellationToken.None);
            }
            finally
            {
                if (_closed) Measure(0);
                owner._closing.TryRemove(this, out _);
                _gate.Release();
                if (_closed) owner.Log.Closed();
            }
        }

        public async ValueTask RotateAsync(Keyring newer)
        {
            await _gate.WaitAsync(CancellationToken.None);
            try
            {
                if (!_closed && _account is not null) await _account.RotateAsync(newer, CancellationToken.None);
            }
            finally
            {
                _gate.Release();
            }
        }

        public async ValueTask SetQuotaAsync(Quota changed, CancellationToken cancellation)
        {
            await _gate.WaitAsync(cancellation); // Whoever opens it meanwhile has perhaps read the old one.
            try
            {
                if (_account is not null) _account.Journal.Quota = changed;
            }
            finally
            {
                _gate.Release();
            }
        }

        public void Add(Session session)
        {
            lock (_sessions) _sessions.Add(session);
        }

        public bool Remove(Session session)
        {
            lock (_sessions) return _sessions.Remove(session);
        }

        public void Revoke(DeviceId device)
        {
            Session[] cut;
            lock (_sessions) cut = [.. _sessions.Where(session => session.Device == device)];
            foreach (var session in cut) session.Revoke();
        }

        private void Measure(long bytes) =>
            Interlocked.Add(ref owner._memoryBytes, bytes - Interlocked.Exchange(ref _memoryBytes, bytes));

        private async ValueTask OpenAsync(Keyring keyring, CancellationToken cancellation)
        {
            try
            {
                _account = await Account.OpenAsync(owner.Store, owner.Heads, keyring, owner.Time, owner._intakes, cancellation);
                if (await owner.Store.Directory.AccountAsync(id, cancellation) is { } record)
                {
                    _account.Journal.Quota = Quota.Of(record, owner.Quota);
                }

                CoreMetrics.VaultsOpened.Add();
            }
            catch
            {
                _closed = true;
                owner._accounts.TryRemove(new KeyValuePair<AccountId, OpenAccount>(id, this));
                throw;
            }
        }
    }

    /// <summary>Closes unused accounts, those left first before others, while all together take more than they may.</summary>
    private void Evict()
    {
        if (MemoryBytes <= memoryBytesMax) return;
        lock (_evicting)
        {
            var excess = MemoryBytes - memoryBytesMax;
            var unused = _accounts.Values.Select(open => (open.LeftAt, Open: open)).Where(one => one.LeftAt > 0);
            foreach (var (_, open) in unused.OrderBy(one => one.LeftAt))
            {
                if (excess <= 0) return;
                excess -= open.MemoryBytes;
                open.Expire();
                CoreMetrics.VaultsEvicted.Add();
            }
        }
    }

    private IStore Store => store;

    private HeadKeeper? Heads => heads;

    private TimeProvider Time => time;

    private TimeSpan Grace => grace;

    private IVaultLog Log => log;

    private ITimer Timer(OpenAccount open) =>
        time.CreateTimer(state => _ = CloseLaterAsync((OpenAccount)state!), open, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    private async Task CloseLaterAsync(OpenAccount open)
    {
        try
        {
            await open.CloseAsync(ifUnused: true);
        }
        catch (Exception error)
        {
            log.CloseFailed(error);
        }
    }
}

/// <summary>Told what the vault does on its own, without a caller who could be answered.</summary>
public interface IVaultLog
{
    /// <summary>
    /// Writing an account's snapshot on closing failed. Its keys are gone from memory all the same, and the journal has everything.
    /// </summary>
    void CloseFailed(Exception error);

    /// <summary>
    /// A slice of what waits for an open account could not be taken in. It goes on waiting and is tried again, later each time.
    /// </summary>
    /// <param name="refusal">What the store said; Unavailable when it threw <paramref name="error"/>.</param>
    void IntakeFailed(AccountId account, Refusal refusal, Exception? error);

    /// <summary>An account's keys and state are not in use any more: what is left of them in memory may be overwritten.</summary>
    void Closed();
}

/// <summary>Keeps an account open until it is disposed.</summary>
internal sealed class AccountLease(OpenAccounts.OpenAccount open, Account account) : IAsyncDisposable
{
    private int _left;

    public Account Account => account;

    public void Register(Session session) => open.Add(session);

    public bool Forget(Session session) => open.Remove(session);

    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _left, 1) == 0 ? open.LeaveAsync() : ValueTask.CompletedTask;
}
