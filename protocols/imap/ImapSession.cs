using System.IO.Pipelines;
using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
using CompatBot.Protocols.Imap.Commands;
using CompatBot.Protocols.Imap.Notifying;
using CompatBot.Protocols.Imap.Wire;
using CompatBot.Protocols.Net;
using Microsoft.AspNetCore.Connections;

namespace CompatBot.Protocols.Imap;

[Flags]
public enum ImapState { NotAuthenticated = 1, Authenticated = 2, Selected = 4, Logout = 8, AfterLogin = Authenticated | Selected, Any = 7 }

/// <summary>One client connection: where it stands in the RFC 3501 section 3 state diagram, and whose mail it sees.</summary>
public sealed class ImapSession(ImapServices services, LineConnection connection) : IAsyncDisposable
{
    private Session? _login;
    private CancellationTokenRegistration _revocation;
    private Task _inbox = Task.CompletedTask;

    public ImapServices Services { get; } = services;

    public ImapLimits Limits => Services.Limits;

    public LineConnection Connection { get; } = connection;

    public PipeWriter Output => Connection.Output;

    public CommandReader Reader { get; } = new(connection, services.Limits);

    public ImapState State { get; set; } = ImapState.NotAuthenticated;

    /// <summary>The selected mailbox; null in every state but Selected.</summary>
    public MailboxView? View { get; private set; }

    /// <summary>The mail of who is logged in.</summary>
    public MailStore Mail => _login?.Mail ?? throw new InvalidOperationException("Nobody is logged in");

    /// <summary>The client knows mod-sequences: changes are told with them (RFC 7162 section 3.1).</summary>
    public bool IsCondStore { get; private set; }

    /// <summary>The client speaks QRESYNC: what is gone is told by UIDs (RFC 7162 section 3.2).</summary>
    public bool IsQresync { get; set; }

    /// <summary>Flags are told with the UID (RFC 7162 section 3.2.4, RFC 5465 section 5.1, RFC 9051 section 7.5.2).</summary>
    public bool TellsUids => IsCondStore || IsRev2 || Notifier is not null;

    /// <summary>Tells what the client asked for by NOTIFY; null: nothing.</summary>
    public Notifier? Notifier { get; private set; }

    /// <summary>Of the command that runs.</summary>
    public string Tag { get; set; } = "*";

    /// <summary>Bytes of a literal that was announced are not written yet: no reply may stand in their place.</summary>
    public bool IsMidLiteral { get; set; }

    /// <summary>What the connection changes to once the reply is out: TLS, compression; null: it stays.</summary>
    public Func<ValueTask<bool>>? Change { get; set; }

    /// <summary>Mailbox names are UTF-8 on the wire (RFC 6855, RFC 9051), and not in modified UTF-7.</summary>
    public bool IsUtf8 { get; set; }

    /// <summary>The client speaks IMAP4rev2: nothing is \Recent, and SEARCH answers with ESEARCH.</summary>
    public bool IsRev2 { get; set; }

    /// <summary>The client said that it is Mail of iOS or macOS.</summary>
    public bool IsAppleMail { get; set; }

    /// <summary>Message numbers are neither told nor taken (RFC 9586).</summary>
    public bool IsUidOnly { get; set; }

    /// <summary>Whether a command's text so far is an APPEND that may run, of which only the message is missing.</summary>
    public Func<ReadOnlySpan<byte>, bool> IsAppend => field ??= text => Append.Announces(this, text);

    /// <summary>Capabilities that are switched off, by the operator or for the account: not told, and unknown.</summary>
    public IReadOnlySet<string> Without { get; private set; } = services.Without;

    public bool Speaks(string capability) => Without.Count == 0 || !ImapCapabilities.IsAmong(Without, capability);

    /// <param name="entry">Of a command.</param>
    /// <param name="lexer">Behind its name.</param>
    public bool Speaks(in ImapCommandEntry entry, ImapLexer lexer) =>
        Without.Count == 0 || ImapCommands.CapabilityOf(entry, lexer) is not { } capability || Speaks(capability);

    /// <summary>Whether an address is one of the account's.</summary>
    public async ValueTask<bool> IsOwnAsync(string address, CancellationToken cancellation) =>
        _login is { } login && (await Services.Accounts.FindAsync(address, cancellation))?.Id == login.Account;

    /// <param name="login">Who is there from now on.</param>
    /// <param name="without">Capabilities that the account does without.</param>
    public void LogIn(Session login, IReadOnlyList<string> without)
    {
        _login = login;
        if (without.Count > 0) Without = Services.Without.Union(without).ToHashSet(StringComparer.OrdinalIgnoreCase);
        _revocation = login.Revoked.UnsafeRegister(static connection => ((LineConnection)connection!).Cut(), Connection);
        State = ImapState.Authenticated;
        Reader.IsTrusted = true;
        Connection.IdleTimeout = Limits.IdleTimeout;
        if (login.Mail is { } mail && mail.State.Find(MailboxNames.Inbox) is { Table: null }) _inbox = ReadInboxAsync(mail);
    }

    /// <summary>The client asks for mod-sequences: from now on each change has one, and a UID (RFC 7162 sections 3.1, 3.2.4).</summary>
    public void EnableCondStore()
    {
        if (IsCondStore) return;
        IsCondStore = true;
        if (View is { } view) MailboxView.WriteHighest(this, view.State.HighestModSeq);
    }

    /// <param name="notifier">Null: nothing more is told unasked.</param>
    public void Notify(Notifier? notifier)
    {
        Notifier?.Dispose();
        Notifier = notifier;
    }

    /// <summary>The login ends, and with it all that was enabled.</summary>
    public async ValueTask LogOutAsync()
    {
        Deselect();
        Notify(null);
        State = ImapState.NotAuthenticated;
        (IsCondStore, IsQresync, IsUtf8, IsRev2, IsUidOnly, Reader.IsTrusted) = (false, false, false, false, false, false);
        Connection.IdleTimeout = Limits.LoginTimeout;
        await _revocation.DisposeAsync();
        await _inbox;
        if (_login is not null) await _login.DisposeAsync();
        (_login, _revocation, Without) = (null, default, Services.Without);
    }

    /// <summary>Octets that the account has and may have; null: any.</summary>
    public ValueTask<(long Used, long? Limit)> QuotaAsync(CancellationToken cancellation) =>
        Services.Quotas.OfAsync(_login!.Account, cancellation);

    public void Select(MailboxView view) => (View, State) = (view, ImapState.Selected);

    public void Deselect()
    {
        View = null;
        if (State == ImapState.Selected) State = ImapState.Authenticated;
    }

    /// <summary>Changes the connection where a command said so.</summary>
    /// <returns>False: it failed, and with it the connection.</returns>
    public ValueTask<bool> ChangeAsync()
    {
        if (Change is not { } change) return new(true);
        Change = null;
        return change();
    }

    /// <summary>Reads a command's text as this session means it.</summary>
    public ImapLexer Lexer(ReadOnlySpan<byte> text) => new(text, Limits) { IsUtf8 = IsUtf8, IsUidOnly = IsUidOnly };

    /// <summary>Lets the client take what has piled up, so that no reply grows without bound.</summary>
    /// <exception cref="ConnectionAbortedException">The client is gone.</exception>
    public ValueTask FlushIfLargeAsync() => Output.UnflushedBytes >= Limits.FlushBytes ? FlushAsync() : default;

    public async ValueTask FlushAsync()
    {
        if (!await Connection.FlushAsync()) throw new ConnectionAbortedException();
    }

    public async ValueTask DisposeAsync()
    {
        Reader.Release();
        Notify(null);
        await _revocation.DisposeAsync();
        await _inbox;
        if (View is not null) await View.SettleAsync();
        if (_login is not null) await _login.DisposeAsync();
    }

    /// <summary>
    /// Reads in what nearly every client selects, while it still asks for other things. Never throws: SELECT says what is wrong.
    /// </summary>
    private async Task ReadInboxAsync(MailStore mail)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await mail.OpenAsync(MailboxNames.Inbox, Connection.Closed);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Services.Log.Failed("imap", "LOGIN", error);
        }
        catch (OperationCanceledException)
        {
            // The client is gone.
        }
    }
}
