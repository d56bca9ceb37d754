using System.Net;
using CompatBot.Core.Identity;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Smtp.Checks;

namespace CompatBot.Protocols.Smtp;

/// <summary>Where a connection stands (RFC 5321 section 4.1.4).</summary>
[Flags]
public enum SmtpState
{
    /// <summary>Before HELO or EHLO.</summary>
    Start = 1,

    /// <summary>Greeted, no transaction.</summary>
    Ready = 2,

    /// <summary>After MAIL.</summary>
    Mail = 4,

    /// <summary>After a RCPT that was accepted.</summary>
    Recipients = 8,

    /// <summary>After a BDAT that was not the last.</summary>
    Chunks = 16,
    Any = 31,
}

/// <summary>What one SMTP connection knows.</summary>
public sealed class SmtpSession(SmtpServices services, SmtpPort port, LineConnection connection) : IAsyncDisposable
{
    private readonly IPAddress _peer =
        connection.RemoteAddress.IsIPv4MappedToIPv6 ? connection.RemoteAddress.MapToIPv4() : connection.RemoteAddress;

    private CancellationTokenRegistration _revoked;
    private string? _heloName, _heloSaid;

    public SmtpServices Services { get; } = services;

    public SmtpPort Port { get; } = port;

    public LineConnection Connection { get; } = connection;

    public SmtpLimits Limits => Services.Limits;

    /// <summary>What the client called itself, or what who speaks for it says that it did; null before HELO.</summary>
    public string? HeloName
    {
        get => _heloName is null ? null : _heloSaid ?? _heloName;
        set => _heloName = value;
    }

    /// <summary>It said EHLO, not HELO.</summary>
    public bool IsExtended { get; set; }

    /// <summary>The logged-in device; null before AUTH.</summary>
    public Session? Login { get; private set; }

    public SmtpEnvelope? Envelope { get; set; }

    public int Errors { get; set; }

    public int RefusedRecipients { get; set; }

    public int FailedLogins { get; set; }

    public int IdleCommands { get; set; }

    /// <summary>How this client's mail is looked at; null: it is not, for it is no stranger.</summary>
    public MailChecks? Strangers =>
        Port.Role == SmtpRole.Mx && Services.Checks?.Covers(Connection.RemoteAddress) == true ? Services.Checks : null;

    /// <summary>It may say, by XCLIENT, for whom it speaks.</summary>
    public bool MaySpeakForOthers => Login is null && Services.SpeakersForOthers.Any(network => network.Contains(_peer));

    /// <summary>The list that has this client; null: none has.</summary>
    public Task<string?>? Listed { get; set; }

    /// <summary>AUTH makes sense now: on a submission port, where nobody can listen in.</summary>
    public bool OffersAuth => Port.Role == SmtpRole.Submission && Connection.IsPrivate && Login is null;

    public SmtpState State => Envelope switch
    {
        null => HeloName is null ? SmtpState.Start : SmtpState.Ready,
        { Message: not null } or { IsSpoiled: true } => SmtpState.Chunks,
        { RecipientCount: 0 } => SmtpState.Mail,
        _ => SmtpState.Recipients,
    };

    /// <summary>
    /// The reply to a message's end: in LMTP one for each recipient (RFC 2033 section 4.2), all the same, for all of them got it or nobody.
    /// </summary>
    public SmtpReply ForEach(SmtpReply reply)
    {
        for (var more = Port.Role == SmtpRole.Lmtp ? Envelope!.RecipientCount - 1 : 0; more > 0; more--) reply.WriteTo(Connection.Output);
        return reply;
    }

    /// <summary>From here on the client is another, of whom nothing was heard yet.</summary>
    /// <param name="address">Null: it stays.</param>
    /// <param name="helo">What it called itself; null: what EHLO says.</param>
    public void SpeakFor(IPAddress? address, string? helo)
    {
        if (address is not null) Connection.RemoteAddress = address;
        (_heloName, _heloSaid, IsExtended, Listed) = (null, helo, false, null);
    }

    /// <summary>Forgets the transaction; nothing of it is stored.</summary>
    public async ValueTask ResetAsync()
    {
        if (Envelope is not null) await Envelope.DisposeAsync();
        Envelope = null;
    }

    /// <summary>From here on revoking the device cuts the connection.</summary>
    public void Start(Session login)
    {
        Login = login;
        _revoked = login.Revoked.UnsafeRegister(static connection => ((LineConnection)connection!).Cut(), Connection);
    }

    public async ValueTask DisposeAsync()
    {
        await ResetAsync();
        await _revoked.DisposeAsync();
        if (Login is not null) await Login.DisposeAsync();
    }
}
