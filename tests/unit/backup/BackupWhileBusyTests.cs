using System.Reflection;
using System.Text;
using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Storage.Backup;
using CompatBot.Storage.Memory;
using Xunit;

namespace CompatBot.UnitTests.Backup;

/// <summary>Backups of a store that is in use: each one must be a state that a crash could have left.</summary>
public sealed class BackupWhileBusyTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_happens_meanwhile_nothing_is_missing_or_there_twice(int seed)
    {
        var random = new Random(seed);
        await using var server = await Server.NewAsync();
        var folder = Directory.CreateTempSubdirectory("compatbot-busy-").FullName;
        using var key = BackupKey.Draw();
        try
        {
            for (var run = 0; run < 6; run++)
            {
                for (var step = random.Next(6); step > 0; step--) await server.StepAsync(random);
                var sure = server.Delivered.ToList();

                // Before any of the things that the backup asks for, mail arrives, is taken in, the account opens and closes.
                var busy = new MeddledStore(server.Store, () =>
                {
                    if (random.Next(3) == 0) server.StepAsync(random).AsTask().Wait(BackupBed.Stop);
                });
                var backup = new BackupRun(busy, folder, key, TimeProvider.System, BackupBed.NoProgress);
                Assert.Empty((await backup.RunAsync([], BackupBed.Stop)).Flaws);
                Assert.Empty((await new BackupVerify(folder, key, BackupBed.NoProgress).RunAsync(BackupBed.Stop)).Flaws);
                await CheckAsync(folder, key, server.Created, sure);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(1_500_000)] // Long enough to lie in parts beside its item.
    public async Task What_waits_is_there_once_whenever_during_a_backup_it_is_taken_in(int octets)
    {
        var calls = int.MaxValue;
        for (var at = 0; at < calls; at++)
        {
            await using var server = await Server.NewAsync();
            await server.DeliverAsync(octets);
            await server.DeliverAsync(octets);
            var folder = Directory.CreateTempSubdirectory("compatbot-busy-").FullName;
            using var key = BackupKey.Draw();
            try
            {
                var call = 0;
                var busy = new MeddledStore(server.Store, () =>
                {
                    if (call++ == at) server.TakeInAsync().Wait(BackupBed.Stop);
                });
                await new BackupRun(busy, folder, key, TimeProvider.System, BackupBed.NoProgress).RunAsync([], BackupBed.Stop);
                calls = call;
                await CheckAsync(folder, key, server.Created, server.Delivered);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        Assert.InRange(calls, 15, 1000);
    }

    /// <summary>Restores and looks: sound, and everything that had to be there is, once.</summary>
    private static async Task CheckAsync(string folder, BackupKey key, CreatedAccount created, List<int> sure)
    {
        var restored = new MemoryStore();
        Assert.Empty((await new BackupRestore(restored, folder, key, BackupBed.NoProgress).RunAsync(null, false, BackupBed.Stop)).Flaws);
        await using var server = new Server(restored, created);
        var session = await server.LoginAsync();
        await server.EmptiedAsync();
        var inbox = (await session.Mail!.OpenAsync("INBOX", BackupBed.Stop)).Value!;
        var sizes = new List<int>();
        for (var i = 0; i < inbox.Messages.Count; i++)
        {
            var octets = await session.Mail.Read(inbox.Messages[i]).ReadAllAsync(BackupBed.Stop);
            Assert.DoesNotContain("could not be opened", Encoding.ASCII.GetString(octets.Span), StringComparison.Ordinal);
            sizes.Add(octets.Length);
        }

        Assert.Equal(sizes.Count, sizes.Distinct().Count());
        Assert.Empty(sure.Except(sizes));
        using var words = Words.Parse(created.Words);
        using var keyring = (await server.Accounts.RecoverAsync(created.Address, words!, BackupBed.Stop)).Value!;
        Assert.Empty((await new AccountVerifier(restored, created.Id, keyring).VerifyAsync(BackupBed.Stop)).Flaws);
    }

    /// <summary>What the program puts over a store, for one account.</summary>
    private sealed class Server : IAsyncDisposable
    {
        private readonly PassphraseStretcher _stretcher = new();
        private readonly ManualTime _time = new();
        private OpenAccounts _open;
        private Session? _session;

        public Server(IStore store, CreatedAccount created)
        {
            (Store, Created) = (store, created);
            Accounts = new Accounts(store, _time, _stretcher);
            _open = NewOpen();
        }

        public IStore Store { get; }

        public CreatedAccount Created { get; private set; }

        public Accounts Accounts { get; }

        /// <summary>Sizes of what was delivered and acknowledged: each message has its own.</summary>
        public List<int> Delivered { get; } = [];

        public static async Task<Server> NewAsync()
        {
            var server = new Server(new MemoryStore(), null!);
            await server.Accounts.AddDomainAsync("mail.test", BackupBed.Stop);
            var created = await server.Accounts.CreateAsync(
                new("busy@mail.test", [], [new NewDevice("phone", Scopes.Parse("*")!)]), BackupBed.Stop);
            server.Created = created.Value!;
            return server;
        }

        public async Task<Session> LoginAsync()
        {
            var sessions = new Sessions(_open, Accounts, new Credentials(Store, _stretcher));
            var password = new Password(Created.Devices[0].Password.Text);
            var login = await sessions.LoginAsync(Created.Address, password, "imap", BackupBed.Stop);
            Assert.Equal(Refusal.None, login.Refusal);
            return login.Value!;
        }

        /// <summary>Logs in and waits for what is taken in behind the login.</summary>
        public async Task TakeInAsync()
        {
            _session = await LoginAsync();
            await EmptiedAsync();
        }

        public async Task EmptiedAsync()
        {
            var waited = System.Diagnostics.Stopwatch.StartNew();
            while ((await Store.Dropbox.DepthAsync(Created.Id, Realm.Mail, BackupBed.Stop)).Items > 0)
            {
                Assert.True(waited.Elapsed < Patience, "What waits was not taken in");
                await Task.Yield();
            }
        }

        public async ValueTask StepAsync(Random random)
        {
            switch (random.Next(5))
            {
                case 0 when _session is null:
                    _session = await LoginAsync();
                    break;
                case 1 when _session is not null:
                    await _session.DisposeAsync();
                    await _open.DisposeAsync();
                    (_session, _open) = (null, NewOpen());
                    break;
                default:
                    await DeliverAsync(random.Next(6) == 0 ? 1_500_000 : 1000);
                    break;
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (_session is not null) await _session.DisposeAsync();
            await _open.DisposeAsync();
            _stretcher.Dispose();
            await Store.DisposeAsync();
        }

        public async Task DeliverAsync(int octets)
        {
            octets += Delivered.Count;
            var record = (await Accounts.FindAsync(Created.Address, BackupBed.Stop))!;
            var deliveries = new Deliveries(Store, _open, _time);
            await using var delivery = await deliveries.OpenAsync([record], BackupBed.Stop);
            await delivery.WriteAsync(new byte[octets], BackupBed.Stop);
            Assert.Equal(Refusal.None, await delivery.CommitAsync(BackupBed.Stop));
            Delivered.Add(octets);
        }

        private OpenAccounts NewOpen() => new(Store, _time, Grace, new QuietLog());
    }

    private sealed class QuietLog : IVaultLog
    {
        public void CloseFailed(Exception error) => Assert.Fail(error.Message);

        public void IntakeFailed(AccountId account, Refusal refusal, Exception? error) => Assert.Fail($"{refusal} {error}");

        public void Closed()
        {
        }
    }

    /// <summary>A store in which something happens before each call.</summary>
    private sealed class MeddledStore(IStore inner, Action meanwhile) : IStore
    {
        public IJournalStore Journal { get; } = Meddler.Over(inner.Journal, meanwhile);

        public IBlobStore Blobs { get; } = Meddler.Over(inner.Blobs, meanwhile);

        public ISnapshotStore Snapshots => inner.Snapshots;

        public IDropbox Dropbox { get; } = Meddler.Over(inner.Dropbox, meanwhile);

        public IDirectory Directory { get; } = Meddler.Over(inner.Directory, meanwhile);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    /// <summary>Passes every call on.</summary>
    public class Meddler : DispatchProxy
    {
        private object _inner = null!;
        private Action _meanwhile = null!;

        public static T Over<T>(T inner, Action meanwhile) where T : class
        {
            var proxy = Create<T, Meddler>();
            var meddler = (Meddler)(object)proxy;
            (meddler._inner, meddler._meanwhile) = (inner, meanwhile);
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            _meanwhile();
            return targetMethod!.Invoke(_inner, args);
        }
    }
}
