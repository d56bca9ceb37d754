using System.Security.Cryptography;
using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Gateway.Config;
using CompatBot.Storage.Sqlite;

namespace CompatBot.Gateway;

/// <param name="DataDirectory">Where the store lies, made if missing.</param>
/// <param name="Serving">A server runs on it, with sessions of its own.</param>
/// <param name="VaultGrace">How long keys stay open after the last session.</param>
/// <param name="Log">Where the store and the vault tell their troubles.</param>
public sealed record CompositionOptions(string DataDirectory, bool Serving, TimeSpan VaultGrace, ILogger Log)
{
    /// <summary>For one verb, without sessions.</summary>
    public static CompositionOptions ForVerb(string dataDirectory, ILogger log) => new(dataDirectory, Serving: false, TimeSpan.Zero, log);
}

/// <summary>The store and core's services over it, put together once for the server or for one verb.</summary>
public sealed class Composition : IAsyncDisposable
{
    private const string DecoyFile = "decoy";
    private const int DecoyBytes = 32;

    private readonly OpenAccounts _open;
    private readonly PassphraseStretcher _stretcher;

    private Composition(IStore store, ReadOnlyMemory<byte> decoySecret, CompositionOptions options, TimeProvider time)
    {
        (Store, Serving, Time, Folder) = (store, options.Serving, time, options.DataDirectory);
        _stretcher = new PassphraseStretcher();
        Accounts = new Accounts(store, time, _stretcher);
        Credentials = new Credentials(store, _stretcher, decoySecret);
        _open = new OpenAccounts(store, time, options.VaultGrace, new VaultLog(options.Log, () => VaultClosed?.Invoke()));
        Sessions = new Sessions(_open, Accounts, Credentials);
        Deliveries = new Deliveries(store, _open, time);
    }

    /// <summary>Raised when an account's keys were forgotten.</summary>
    public event Action? VaultClosed;

    public IStore Store { get; }

    public bool Serving { get; }

    /// <summary>The data directory.</summary>
    public string Folder { get; }

    public TimeProvider Time { get; }

    public Accounts Accounts { get; }

    public Credentials Credentials { get; }

    public Sessions Sessions { get; }

    public Deliveries Deliveries { get; }

    /// <exception cref="StoreInUseException">A server, or another verb, has it open.</exception>
    /// <exception cref="IOException">The disk or the engine failed, or the store is of a newer version.</exception>
    public static async Task<Composition> OpenAsync(CompositionOptions options, TimeProvider time, CancellationToken cancellation)
    {
        var directory = DataDirectory.EnsurePrivate(options.DataDirectory);
        var engine = new SqliteOptions { Report = trouble => options.Log.StoreTrouble(trouble.Step, trouble.Code, trouble.Message) };
        var store = await SqliteStore.OpenAsync(directory, engine, time, cancellation);
        return new Composition(store, DecoySecret(directory), options, time);
    }

    /// <summary>Ends what still runs, writes snapshots, forgets all keys, and closes the store.</summary>
    public async ValueTask DisposeAsync()
    {
        await _open.DisposeAsync();
        _stretcher.Dispose();
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

    private sealed class VaultLog(ILogger log, Action closed) : IVaultLog
    {
        public void CloseFailed(Exception error) => log.CloseFailed(error);

        public void Closed() => closed();
    }
}

internal static partial class CompositionLog
{
    // An engine's message names files of the store and the system's error, never what a user owns.
    [LoggerMessage(5201, LogLevel.Error, "The store had trouble at {Step}, code {Code}: {Trouble}")]
    public static partial void StoreTrouble(this ILogger log, string step, int code, string trouble);

    [LoggerMessage(5203, LogLevel.Warning, "The system did not let core dumps and debuggers be shut out: see SECURITY.md")]
    public static partial void NotHardened(this ILogger log);

    [LoggerMessage(5202, LogLevel.Error, "Writing an account's snapshot failed; its journal has everything")]
    public static partial void CloseFailed(this ILogger log, Exception error);
}
