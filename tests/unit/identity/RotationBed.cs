using System.Text;
using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Storage.Memory;
using CompatBot.UnitTests.Mail;
using Xunit;

namespace CompatBot.UnitTests.Identity;

/// <summary>Ann has a laptop and a phone that may do all, and a reader for mail alone; her server can be started anew.</summary>
internal sealed class RotationBed : IAsyncDisposable
{
    public const string Ann = "ann@mail.test";
    public const int Laptop = 0, Phone = 1, Reader = 2;

    private readonly PassphraseStretcher _stretcher = new();
    private readonly ManualTime _time = new();
    private readonly MemoryStore _memory;

    private RotationBed()
    {
        _time.Advance(TimeSpan.FromDays(20_000));
        _memory = new(_time);
        Store = new(_memory);
        Start();
    }

    public FailingDirectory Store { get; }

    public ManualTime Time => _time;

    public Accounts Accounts { get; private set; } = null!;

    public Credentials Credentials { get; private set; } = null!;

    public OpenAccounts Open { get; private set; } = null!;

    public Sessions Sessions { get; private set; } = null!;

    public Deliveries Deliveries { get; private set; } = null!;

    public CreatedAccount Created { get; private set; } = null!;

    public AccountId Id => Created.Id;

    public Words Words => Words.Parse(Created.Words)!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<RotationBed> NewAsync()
    {
        var bed = new RotationBed();
        await bed.Accounts.AddDomainAsync("mail.test", Stop);
        NewDevice[] devices = [new("laptop", Scopes.All), new("phone", Scopes.All), new("reader", Scopes.Parse("mail")!)];
        bed.Created = (await bed.Accounts.CreateAsync(new(Ann, [], devices), Stop)).Value!;
        return bed;
    }

    /// <summary>A new process over the same store; the one before is dead, not stopped.</summary>
    public void Start()
    {
        Accounts = new(Store, _time, _stretcher);
        Credentials = new(Store, _stretcher);
        Open = new(Store, _time, TimeSpan.FromMinutes(10), new VaultTrouble());
        Sessions = new(Open, Accounts, Credentials);
        Deliveries = new(Store, Open, _time);
    }

    public async Task<Keyring> KeysAsync(int device)
    {
        var opened = await Credentials.OpenAsync(Ann, new(Created.Devices[device].Password.Text), "cli", Stop);
        Assert.Equal(Refusal.None, opened.Refusal);
        return opened.Value!;
    }

    public async Task<Keyring> RecoverAsync()
    {
        using var words = Words;
        var opened = await Accounts.RecoverAsync(words, Stop);
        Assert.Equal(Refusal.None, opened.Refusal);
        return opened.Value!;
    }

    public async Task<Refusal> LoginRefusalAsync(int device)
    {
        var login = await Sessions.LoginAsync(Ann, new(Created.Devices[device].Password.Text), "imap", Stop);
        if (login.Value is { } session) await session.DisposeAsync();
        return login.Refusal;
    }

    public async Task<Session> LoginAsync(int device)
    {
        var login = await Sessions.LoginAsync(Ann, new(Created.Devices[device].Password.Text), "imap", Stop);
        Assert.Equal(Refusal.None, login.Refusal);
        return login.Value!;
    }

    /// <summary>Rotates as the phone, or with the words.</summary>
    public async Task<Outcome<RotatedAccount>> RotateAsync(bool withWords = false, params int[] revoked)
    {
        using var words = withWords ? Words : null;
        using var owner = withWords ? await RecoverAsync() : await KeysAsync(Phone);
        return await Accounts.RotateAsync(owner, words, [.. revoked.Select(device => Created.Devices[device].Id)], Stop);
    }

    public async Task DeliverAsync(string subject)
    {
        var recipient = await Accounts.FindAsync(Ann, Stop);
        await using var delivery = await Deliveries.OpenAsync([recipient!], Stop);
        await delivery.WriteAsync(Message(subject), Stop);
        Assert.Equal(Refusal.None, await delivery.CommitAsync(Stop));
    }

    public static byte[] Message(string subject) => Encoding.ASCII.GetBytes($"Subject: {subject}\r\n\r\n");

    /// <summary>INBOX as a device sees it after a start of the server.</summary>
    public async Task<List<string>> InboxAsync(int device)
    {
        await using var session = await LoginAsync(device);
        return await InboxAsync(session);
    }

    public static async Task<List<string>> InboxAsync(Session session)
    {
        var inbox = (await session.Mail!.OpenAsync("INBOX", Stop)).Value!;
        var subjects = new List<string>();
        for (var i = 0; i < inbox.Messages.Count; i++)
        {
            var octets = await session.Mail!.Read(inbox.Messages[i]).ReadAllAsync(Stop);
            subjects.Add(Encoding.ASCII.GetString(octets.Span)["Subject: ".Length..].TrimEnd());
        }

        return subjects;
    }

    public async Task<List<(EntryHeader Header, byte[] Bytes)>> EntriesAsync()
    {
        var entries = new List<(EntryHeader, byte[])>();
        await foreach (var entry in Store.Journal.ReadAsync(Id, 0, Stop))
        {
            Assert.True(EntrySeal.TryReadHeader(entry.Bytes.Span, out var header));
            entries.Add((header, entry.Bytes.ToArray()));
        }

        return entries;
    }

    public async ValueTask DisposeAsync()
    {
        await Open.DisposeAsync();
        await _memory.DisposeAsync();
        _stretcher.Dispose();
    }
}
