using System.Security.Cryptography;
using CompatBot.Core.Calendar;
using CompatBot.Core.Calendar.Birthdays;
using CompatBot.Core.Calendar.Attachments;
using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Calendar.Subscriptions;
using CompatBot.Core.Drops;
using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
using CompatBot.Core.Mail.Filters;
using CompatBot.Core.Notes;
using CompatBot.Core.Proof;
using CompatBot.Core.Push;
using CompatBot.Core.Queue;
using CompatBot.Core.Shares;
using CompatBot.Core.Store;
using CompatBot.Gateway.Admin;
using CompatBot.Gateway.Config;
using CompatBot.Gateway.Logs;
using CompatBot.Storage.Heads;
using CompatBot.Storage.Sqlite;

namespace CompatBot.Gateway;

/// <param name="DataDirectory">Where the store lies, made if missing.</param>
/// <param name="Serving">A server runs on it, with sessions of its own.</param>
/// <param name="VaultGrace">How long keys stay open after the last session.</param>
/// <param name="Log">Where the store and the vault tell their troubles.</param>
public sealed record CompositionOptions(string DataDirectory, bool Serving, TimeSpan VaultGrace, ILogger Log)
{
    /// <summary>How long what was deleted is kept in accounts that chose no horizon of their own, in days.</summary>
    /// <remarks>Null: as it was last said for this store, so that a verb without a server forgets nothing too early.</remarks>
    public int? HistoryDays { get; init; }
    /// <summary>What accounts may have that have no quota of their own.</summary>
    public Quota Quota { get; init; }

    /// <summary>About how many bytes open accounts may take in memory.</summary>
    public long MemoryBytesMax { get; init; } = long.MaxValue;

    /// <summary>A folder, best on another disk, that keeps signed heads as well; null: only the data directory does.</summary>
    public string? HeadsFolder { get; init; }

    /// <summary>The host key's file; null: a systemd credential if there is one, else one in the data directory, made if missing.</summary>
    public string? HostKeyFile { get; init; }

    /// <summary>For one verb, without sessions.</summary>
    public static CompositionOptions ForVerb(string dataDirectory, ILogger log) => new(dataDirectory, Serving: false, TimeSpan.Zero, log);
}

/// <summary>The store and core's services over it, put together once for the server or for one verb.</summary>
public sealed class Composition : IAsyncDisposable
{
    private const string DecoyFile = "decoy";
    private const string HeadsName = "heads";
    private const int DecoyBytes = 32;

    private readonly OpenAccounts _open;
    private readonly GarbageRounds? _collections;
    private readonly ResealRounds? _resealing;
    private readonly PassphraseStretcher _stretcher;
    private readonly HostKey _host;
    private readonly MailQueue _queue;
    private readonly HostNotes _notes;
    private bool _isQueueLoaded;
    private readonly IReadOnlyList<IHeadBook> _books;
    private readonly HeadRounds? _rounds;

    private Composition(
        SqliteStore store,
        ReadOnlyMemory<byte> decoySecret,
        HostKey host,
        IReadOnlyList<IHeadBook> books,
        CompositionOptions options,
        TimeProvider time)
    {
        (_host, _books) = (host, books);
        (Store, StoreHealth, Serving, Time) = (store, store, options.Serving, time);
        DataFolder = Path.GetFullPath(options.DataDirectory);
        HistoryDays = Config.HistoryDays.Of(options.DataDirectory, options.HistoryDays);
        _stretcher = new PassphraseStretcher();
        Accounts = new Accounts(store, time, _stretcher);
        Escrow = new EscrowKeys(DataFolder);
        Accounts.EscrowKeyOf = Escrow.Of;
        Credentials = new Credentials(store, _stretcher, decoySecret);
        Heads = new HeadKeeper(store, books, host, time, new HeadLog(options.Log));
        var vaultLog = new VaultLog(options.Log, () => VaultClosed?.Invoke());
        _open = new OpenAccounts(store, time, options.VaultGrace, vaultLog, Heads, options.Quota, options.MemoryBytesMax);
        Quotas = new Quotas(store, _open);
        Sessions = new Sessions(_open, Accounts, Credentials);
        Attended = new AttendedAccounts(Accounts, Credentials, Sessions, host, new AttendedLog(options.Log));
        Deliveries = new Deliveries(store, _open, time);
        Schedules = new ScheduleDeliveries(store, _open, time);
        (Drops, DropDevices) = (new FileDrops(store, _open, time), new DropDevices(store, time));
        Links = new ShareLinks(store, _open, _stretcher, time);
        Listings = new Listings(Accounts, store.Directory, time);
        _open.Arrivals = new MailedInvitations(Accounts, Schedules);
        Sharing = new CalendarSharing(Accounts, Schedules);
        Attachments = new AttachmentLinks(store, _open, time);
        _open.Answers = new AnswerNews(Accounts, Schedules, time);
        _queue = new MailQueue(store, host, new QueueLog(options.Log), time);
        _notes = new HostNotes(store, host);
        PushKeys = new PushKeys(host);
        if (!options.Serving) return;
        _rounds = new HeadRounds(_open, time, options.Log);
        _collections = new GarbageRounds(_open, time, HistoryDays, new GarbageLog(options.Log));
        _collections.Start();
        _resealing = new ResealRounds(_open, time, new ResealLog(options.Log));
        _resealing.Start();
    }

    /// <summary>Raised when an account's keys were forgotten.</summary>
    public event Action? VaultClosed;

    /// <summary>Asked about what arrives. Set once, while wiring; a verb has none, and what waits for a filter goes on waiting.</summary>
    public IMailFilter? Filter
    {
        get => _open.Filter;
        set => _open.Filter = value;
    }

    public IStore Store { get; }

    public IStoreHealth StoreHealth { get; }

    /// <summary>Where the store lies.</summary>
    public string DataFolder { get; }

    /// <summary>How many accounts have their keys in memory.</summary>
    public int OpenVaults => _open.Count;

    /// <summary>About how many bytes they take.</summary>
    public long OpenVaultBytes => _open.MemoryBytes;

    /// <summary>What the server listens on, once it does; null in a verb of its own.</summary>
    internal StartReport? Announced { get; set; }

    public bool Serving { get; }

    /// <summary>How long what was deleted is kept in accounts that chose no horizon of their own, in days.</summary>
    public int HistoryDays { get; }

    public TimeProvider Time { get; }

    public Accounts Accounts { get; }

    public Credentials Credentials { get; }

    public Sessions Sessions { get; }

    /// <summary>Keys of operators who chose to have a way into accounts that are made in their domains.</summary>
    internal EscrowKeys Escrow { get; }

    /// <summary>Accounts that the server opens by itself, once somebody starts it.</summary>
    public AttendedAccounts Attended { get; }

    public Deliveries Deliveries { get; }

    public ScheduleDeliveries Schedules { get; }

    public CalendarSharing Sharing { get; }

    /// <summary>Keeps subscribed calendars up to date while their accounts are open; null in a verb of its own.</summary>
    public SubscriptionRounds? Subscriptions { get; private set; }

    /// <summary>Attachments of calendar objects, by their URLs.</summary>
    public AttachmentLinks Attachments { get; }

    /// <summary>Uploads of those who may do nothing else.</summary>
    public FileDrops Drops { get; }

    /// <summary>Devices that may only upload.</summary>
    public DropDevices DropDevices { get; }

    /// <summary>Whether accounts have a calendar of birthdays.</summary>
    public BirthdayWishes Birthdays => new(Accounts, _open);

    /// <summary>Accounts that agreed to be found.</summary>
    public Listings Listings { get; }

    /// <summary>Links to files and folders, calendars and address books.</summary>
    public ShareLinks Links { get; }

    public Quotas Quotas { get; }

    public HeadKeeper Heads { get; }

    /// <exception cref="StoreInUseException">A server, or another verb, has it open.</exception>
    /// <exception cref="IOException">The disk or the engine failed, or the store is of a newer version.</exception>
    public static async Task<Composition> OpenAsync(CompositionOptions options, TimeProvider time, CancellationToken cancellation)
    {
        var directory = DataDirectory.EnsurePrivate(options.DataDirectory);
        var engine = new SqliteOptions { Report = trouble => options.Log.StoreTrouble(trouble.Step, trouble.Code, trouble.Message) };
        var store = await SqliteStore.OpenAsync(directory, engine, time, cancellation);
        List<IHeadBook> books = [];
        try
        {
            var host = HostKeys.Open(options.HostKeyFile, directory);
            foreach (var folder in new[] { Path.Combine(directory, HeadsName), options.HeadsFolder }.OfType<string>())
            {
                var book = HeadFile.Open(DataDirectory.EnsurePrivate(folder));
                books.Add(book);
                if (book.DamagedRecords > 0) options.Log.HeadsDamaged(folder, book.DamagedRecords);
            }

            return new Composition(store, DecoySecret(directory), host, books, options, time);
        }
        catch
        {
            foreach (var book in books) await book.DisposeAsync();
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>Begins to keep subscribed calendars up to date.</summary>
    /// <param name="source">Fetches them.</param>
    /// <param name="log">Told what goes wrong.</param>
    public SubscriptionRounds SubscribeBy(ICalendarSource source, ILogger log)
    {
        Subscriptions = new SubscriptionRounds(_open, source, Time, new SubscriptionLog(log));
        Subscriptions.Start();
        return Subscriptions;
    }

    /// <summary>Begins to send, once an account is unlocked, what earlier processes kept for it and did not send.</summary>
    /// <param name="sender">Knows the ways.</param>
    /// <param name="log">Told what goes wrong.</param>
    public UnsentSchedules SendUnsentBy(IScheduleSender sender, ILogger log)
    {
        var unsent = new UnsentSchedules(_open, Store, sender, new UnsentLog(log), Sharing);
        _open.Unsent = unsent;
        unsent.Start();
        return unsent;
    }

    /// <summary>What push needs of the host key.</summary>
    public PushKeys PushKeys { get; }

    /// <summary>Begins to tell clients that subscribed of changes. Before any account is opened.</summary>
    /// <param name="sender">Sends to their push services.</param>
    /// <param name="log">Told what goes wrong.</param>
    public PushRounds PushBy(IPushSender sender, ILogger log)
    {
        var pushes = new PushRounds(_open, Store, PushKeys, sender, Time, new PushLog(log));
        _open.Pushes = pushes;
        return pushes;
    }

    /// <summary>Mail on its way to other servers: read from the store when it is first asked for.</summary>
    public async ValueTask<MailQueue> QueueAsync(CancellationToken cancellation)
    {
        if (!_isQueueLoaded) await _queue.LoadAsync(cancellation);
        _isQueueLoaded = true;
        return _queue;
    }

    /// <summary>What the host remembers for itself.</summary>
    public HostNotes Notes => _notes;

    /// <summary>How many messages are on their way to other servers.</summary>
    public int QueuedMessages => _queue.Count;

    /// <summary>Ends what still runs, writes snapshots, forgets all keys, and closes the store.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_collections is not null) await _collections.DisposeAsync();
        if (_resealing is not null) await _resealing.DisposeAsync();
        if (_rounds is not null) await _rounds.DisposeAsync();
        await Attended.DisposeAsync();
        await _open.DisposeAsync();
        _queue.Dispose();
        _notes.Dispose();
        PushKeys.Dispose();
        Links.Dispose();
        Attachments.Dispose();
        _stretcher.Dispose();
        foreach (var book in _books) await book.DisposeAsync();
        _host.Dispose();
        await Store.DisposeAsync();
    }

    /// <summary>
    /// What SCRAM salts of unknown addresses are made from: kept, so that they look the same after a restart. It opens nothing;
    /// who reads it can only tell such salts from real ones.
    /// </summary>
    private static byte[] DecoySecret(string directory)
    {
        var path = Path.Combine(directory, DecoyFile);
        if (File.Exists(path) && File.ReadAllText(path) is { Length: 2 * DecoyBytes } hex) return Convert.FromHexString(hex);
        var fresh = RandomNumberGenerator.GetBytes(DecoyBytes);
        DataDirectory.ReplacePrivate(path, Convert.ToHexStringLower(fresh));
        return fresh;
    }

    private sealed class HeadLog(ILogger log) : IHeadLog
    {
        public void Refused(AccountId account, string place, HeadStanding standing) => log.HeadRefused(account, place, standing);

        public void BookFailed(string place, Exception error) => log.HeadsNotKept(error, place);
    }

    private sealed class QueueLog(ILogger log) : IQueueLog
    {
        public void Unreadable(string id) => log.QueuedUnreadable(id);

        public void NotKept(string id, Refusal refusal) => log.QueuedNotKept(id, refusal);
    }

    private sealed class VaultLog(ILogger log, Action closed) : IVaultLog
    {
        public void CloseFailed(Exception error) => log.CloseFailed(error);

        public void IntakeFailed(AccountId account, Refusal refusal, Exception? error) => log.IntakeFailed(error, account, refusal);

        public void Closed() => closed();
    }

    private sealed class AttendedLog(ILogger log) : IAttendedLog
    {
        public void NotOpened(AccountId account, Refusal refusal) => log.AttendedNotOpened(account, refusal);
    }
}

internal static partial class CompositionLog
{
    [LoggerMessage(5208, LogLevel.Warning, "{Records} signed heads in {Folder} do not verify; older ones count in their place")]
    public static partial void HeadsDamaged(this ILogger log, string folder, int records);

    [LoggerMessage(5209, LogLevel.Error, "Queued message {Id} does not open with the host key that is here; it is kept as it is")]
    public static partial void QueuedUnreadable(this ILogger log, string id);

    [LoggerMessage(
        5210, LogLevel.Error, "What became of queued message {Id} could not be written: {Refusal}. After a crash it is sent again")]
    public static partial void QueuedNotKept(this ILogger log, string id, Refusal refusal);

    [LoggerMessage(5205, LogLevel.Error, "Account {Account} is refused: against the heads in {Folder} its journal is {Standing}. "
        + "An older copy of the store lies here: bring the newer one back, or see `compatbot store accept-heads`")]
    public static partial void HeadRefused(this ILogger log, AccountId account, string folder, HeadStanding standing);

    [LoggerMessage(5206, LogLevel.Error, "Signed heads could not be kept in {Folder}: until they can, an older copy is not noticed")]
    public static partial void HeadsNotKept(this ILogger log, Exception error, string folder);

    [LoggerMessage(5207, LogLevel.Error, "Signing heads failed; it is tried again")]
    public static partial void HeadsNotSigned(this ILogger log, Exception error);

    // An engine's message names files of the store and the system's error, never what a user owns.
    [LoggerMessage(5201, LogLevel.Error, "The store had trouble at {Step}, code {Code}: {Trouble}")]
    public static partial void StoreTrouble(this ILogger log, string step, int code, string trouble);

    [LoggerMessage(5203, LogLevel.Warning, "The system did not let core dumps and debuggers be shut out: see SECURITY.md")]
    public static partial void NotHardened(this ILogger log);

    [LoggerMessage(5202, LogLevel.Error, "Writing an account's snapshot failed; its journal has everything")]
    public static partial void CloseFailed(this ILogger log, Exception error);

    [LoggerMessage(5204, LogLevel.Warning, "What waits for account {Account} could not be taken in now: {Refusal}")]
    public static partial void IntakeFailed(this ILogger log, Exception? error, AccountId account, Refusal refusal);

    [LoggerMessage(5211, LogLevel.Warning, "Attended account {Account} stays closed: {Refusal}")]
    public static partial void AttendedNotOpened(this ILogger log, AccountId account, Refusal refusal);
}
