using System.Buffers;
using System.Net;
using CompatBot.Core.Content;
using CompatBot.Core.Drops;
using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Protocols.Ftp.Data;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Lines;

namespace CompatBot.Protocols.Ftp;

/// <summary>What one FTP connection knows.</summary>
internal sealed class FtpSession(FtpServices services, LineConnection connection, IPAddress localAddress) : IAsyncDisposable
{
    /// <summary>The part of an upload's time, and the most, that a client is watched for behind it.</summary>
    private const int MomentPart = 20;

    private static readonly TimeSpan MomentMax = TimeSpan.FromMilliseconds(20);

    private CancellationTokenRegistration _revoked;
    private RevocationWatch? _watch;
    private Session? _login;
    private Task<ReceivedLine>? _ahead;

    public FtpServices Services { get; } = services;

    public LineConnection Connection { get; } = connection;

    public FtpLimits Limits => Services.Limits;

    /// <summary>Where the client came to: passive data connections come there too.</summary>
    public IPAddress LocalAddress { get; } = localAddress;

    public bool IsLoggedIn => _login is not null || Drop is not null;

    /// <summary>A device that may only upload is logged in: then there are no <see cref="Items"/>.</summary>
    public DropLogin? Drop { get; private set; }

    /// <summary>The account's files; once logged in.</summary>
    public ItemStore Items { get; private set; } = null!;

    /// <summary>As the client logged in.</summary>
    public string Address { get; private set; } = "";

    /// <summary>What USER said; null before.</summary>
    public string? User { get; set; }

    /// <summary>The working folder.</summary>
    public IReadOnlyList<string> Folder { get; set; } = [];

    /// <summary>TYPE A: lines end in CRLF on the wire and in LF in the file.</summary>
    public bool IsAscii { get; set; } = true;

    /// <summary>PROT P: data connections are under TLS. So they are from the beginning on an implicit port.</summary>
    public bool IsDataProtected { get; set; } = connection.IsTls;

    /// <summary>PBSZ was said, so that PROT may be (RFC 4217 section 9).</summary>
    public bool HasBufferSize { get; set; } = connection.IsTls;

    /// <summary>REST: where the next transfer begins. Forgotten by each command that does not prepare one.</summary>
    public long RestartAt { get; set; }

    /// <summary>RNFR: what RNTO moves.</summary>
    public ItemPlace? RenameFrom { get; set; }

    /// <summary>PASV, PORT and their like: where the next data connection is.</summary>
    public DataPort? Data { get; set; }

    /// <summary>EPSV ALL: no other way to a data connection.</summary>
    public bool IsEpsvOnly { get; set; }

    /// <summary>MODE Z: data connections carry zlib streams.</summary>
    public bool IsDeflated { get; set; }

    /// <summary>OPTS HASH: the kind that HASH answers.</summary>
    public HashKind Hash { get; set; } = HashKind.Sha256;

    /// <summary>OPTS MLST: what MLSD and MLST tell.</summary>
    public IReadOnlyList<string> Facts { get; set; } = Listing.Facts.All;

    public int Errors { get; set; }

    public int FailedLogins { get; set; }

    /// <summary>The names of an argument; the working folder for an empty one.</summary>
    public IReadOnlyList<string>? Resolve(string argument) => FtpPath.Resolve(Folder, argument);

    /// <summary>What there is to see at a path, which may lead into the past: then the store is of that moment.</summary>
    public async ValueTask<(ItemStore Items, Found? Found)> LookAsync(string argument, CancellationToken cancellation) =>
        Resolve(argument) is { } names ? await Items.LookAsync(names, cancellation) : (Items, null);

    /// <summary>What there is to change at a path: what is there now; null also where there is no such path.</summary>
    public async ValueTask<Found?> FindAsync(string argument, CancellationToken cancellation) =>
        Resolve(argument) is { } names && !await Items.IsPastAsync(names, cancellation) ? await Items.FindAsync(names, cancellation) : null;

    /// <summary>Refuses what a WebDAV client has locked.</summary>
    public ItemGuard Unlocked(params ItemPlace[] places) => state =>
    {
        var now = Services.Time.GetUtcNow();
        foreach (var place in places)
        {
            if (ItemLocks.Over(state, place, now).Any()) return Refusal.Locked;
            if (state.Collection(place) is { } collection && ItemLocks.Below(state, collection.Id, now).Any()) return Refusal.Locked;
        }

        return Refusal.None;
    };

    /// <summary>The next command; one that came during a transfer first.</summary>
    public ValueTask<ReceivedLine> ReadAsync()
    {
        if (_ahead is not { } ahead) return Connection.ReadLineAsync(Limits.CommandLineBytesMax);
        _ahead = null;
        return new(ahead);
    }

    /// <summary>Runs a transfer, and listens for ABOR and for the client's end meanwhile. Other commands wait until it is over.</summary>
    public async ValueTask<FtpReply> WhileListeningAsync(Func<CancellationToken, ValueTask<FtpReply>> transfer)
    {
        using var stop = new CancellationTokenSource(Limits.TransferTimeout, Services.Time);
        Connection.IdleTimeout = Limits.TransferTimeout;
        _ahead ??= Connection.ReadLineAsync(Limits.CommandLineBytesMax).AsTask(); // First: a transfer may take long before it waits.
        var work = transfer(stop.Token).AsTask();
        var aborted = false;
        while (await Task.WhenAny(work, _ahead) == _ahead && !work.IsCompleted)
        {
            var read = await _ahead;
            if (read.Status == LineStatus.Line && FtpCommands.IsAbort(read.Bytes.ToArray()))
            {
                aborted = true;
                await stop.CancelAsync();
                _ahead = null;
                break;
            }

            if (read.Status is LineStatus.Closed or LineStatus.Cut or LineStatus.Flood) await stop.CancelAsync();
            break; // Whatever it is, it is dealt with after the transfer.
        }

        var reply = await work;

        // A reply is sent when the next read begins: this one must end first.
        if (_ahead is not null)
        {
            if (!_ahead.IsCompleted) Connection.Wake();
            if ((await _ahead).Status == LineStatus.Woken) _ahead = null;
        }

        Connection.IdleTimeout = Limits.IdleTimeout;
        if (!aborted) return reply;
        reply.WriteTo(Connection.Output);
        return new FtpReply(226, "ABOR done");
    }

    /// <summary>During a transfer: the client ended the control connection, and said nothing before it did.</summary>
    public bool HasHungUp =>
        _ahead is not { IsCompletedSuccessfully: true, Result.Status: LineStatus.Line } && Connection.HasHungUp;

    /// <summary>
    /// Whether the client is gone, now that an upload ended: a program that is killed ends the data as if they were all, and its control
    /// connection a moment before or behind. So that is waited for, the longer an upload took the longer.
    /// </summary>
    /// <param name="began">When the upload did.</param>
    public async ValueTask<bool> IsGoneAsync(long began)
    {
        var moment = Services.Time.GetElapsedTime(began) / MomentPart;
        if (moment > MomentMax) moment = MomentMax;
        if (moment > TimeSpan.Zero && _ahead is not null && !HasHungUp) await Task.WhenAny(_ahead, Task.Delay(moment, Services.Time));
        return HasHungUp;
    }

    /// <summary>Logs in, and opens the account's files.</summary>
    public async ValueTask<FtpReply> EnterAsync(Session login, string address, CancellationToken cancellation)
    {
        var items = await login.ItemsAsync(Realm.Files, cancellation);
        if (items.Declined)
        {
            await login.DisposeAsync();
            return items.Refusal is Refusal.Locked or Refusal.NotPermitted
                ? new FtpReply(530, "Files are outside of this device's scope")
                : FtpReply.From(items.Refusal);
        }

        (_login, Address, Items) = (login, address, items.Value!);
        Connection.IdleTimeout = Limits.IdleTimeout;
        _revoked = login.Revoked.UnsafeRegister(static connection => ((LineConnection)connection!).Cut(), Connection);
        return new FtpReply(230, "Logged in");
    }

    /// <summary>Lets a device in that may only upload.</summary>
    public async ValueTask<FtpReply> EnterAsync(DropLogin login, string address, CancellationToken cancellation)
    {
        _watch = await RevocationWatch.OpenAsync(Services.Accounts, login.Account, login.Device, cancellation);
        if (Services.Drops is null || _watch is null) return FtpReply.From(Refusal.BadCredentials);
        (Drop, Address) = (login, address);
        Connection.IdleTimeout = Limits.IdleTimeout;
        _revoked = _watch.Revoked.UnsafeRegister(static connection => ((LineConnection)connection!).Cut(), Connection);
        return new FtpReply(230, "Logged in, to upload only");
    }

    /// <summary>REIN: as before the login.</summary>
    public async ValueTask ForgetAsync()
    {
        await _revoked.DisposeAsync();
        if (_login is not null) await _login.DisposeAsync();
        _watch?.Dispose();
        Data?.Dispose();
        (_watch, Drop) = (null, null);
        (_login, User, Folder, IsAscii, RestartAt, RenameFrom, Data) = (null, null, [], true, 0, null, null);
        (IsEpsvOnly, IsDeflated, Hash, Facts) = (false, false, HashKind.Sha256, Listing.Facts.All);
    }

    public ValueTask DisposeAsync() => ForgetAsync();
}
