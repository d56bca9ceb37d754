using System.Globalization;
using System.Net;
using System.Text;
using CompatBot.Core.Queue;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Smtp.Relay.Security;

namespace CompatBot.Protocols.Smtp.Relay;

/// <summary>Speaks SMTP to another server as a client (RFC 5321 section 3), one message after the other.</summary>
internal sealed class RelayConnection : IAsyncDisposable
{
    private readonly RelayStream _stream;
    private readonly RelayOptions _options;
    private readonly Dictionary<string, string> _extensions = new(StringComparer.OrdinalIgnoreCase);

    private bool _isWithin;

    private readonly TimeProvider _time;

    private RelayConnection(RelayStream stream, RelayOptions options, TlsRule rule, TimeProvider time) =>
        (_stream, _options, Rule, _time) = (stream, options, rule, time);

    /// <summary>Transactions so far.</summary>
    public int Messages { get; private set; }

    /// <summary>Success notices are left to it (RFC 3461 section 5.2.1).</summary>
    public bool SpeaksDsn => _extensions.ContainsKey("DSN");

    /// <summary>Keeping to a time is left to it (RFC 2852).</summary>
    public bool SpeaksDeliverBy => _extensions.ContainsKey("DELIVERBY");

    private bool Pipelines => _extensions.ContainsKey("PIPELINING");

    /// <summary>What the connection is: no less than its rule asked for.</summary>
    public TlsRule Rule { get; }

    public IPEndPoint End => _stream.End;

    /// <summary>Connects, greets, and goes to TLS as far as that is offered or demanded.</summary>
    /// <param name="ends">Its addresses; those that need not be tried again are taken out.</param>
    /// <param name="host">Its name.</param>
    /// <param name="ownName">What this server calls itself.</param>
    /// <exception cref="RelayException">It takes no mail now, or never.</exception>
    public static async ValueTask<RelayConnection> OpenAsync(
        List<IPEndPoint> ends,
        string host,
        string ownName,
        TlsRule rule,
        RelayOptions options,
        TimeProvider time,
        CancellationToken cancellation)
    {
        var stream = await RelayStream.ConnectAsync(ends, host, options, time, cancellation);
        var connection = new RelayConnection(stream, options, rule, time);
        try
        {
            Expect(await stream.ReadReplyAsync(cancellation), 220);
            await connection.GreetAsync(ownName, cancellation);
            if (rule.Level != TlsLevel.Clear && connection._extensions.ContainsKey("STARTTLS"))
            {
                await connection.SecureAsync(ownName, cancellation);
            }
            else if (rule.IsRequired && !(options.Smarthost is not null && IPAddress.IsLoopback(stream.End.Address)))
            {
                // A smarthost on this machine may hear the password in clear.
                throw new RelayException(RelayReply.Later("4.7.10", $"{host} offers no TLS, which is demanded here"))
                {
                    Failure = TlsFailure.NotSupported,
                };
            }

            if (options.Smarthost?.Login is { } login) await connection.LogInAsync(login.User, login.Password, cancellation);
            return connection;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>One transaction.</summary>
    /// <returns>What was said of each recipient, in their order.</returns>
    /// <exception cref="RelayException">The connection broke; where it stood within a message, nobody knows what became of it.</exception>
    public async ValueTask<RelayReply[]> SendAsync(
        QueuedMail mail,
        IReadOnlyList<QueuedRecipient> recipients,
        IAsyncEnumerable<ReadOnlyMemory<byte>> message,
        CancellationToken cancellation)
    {
        if (WhyNot(mail, recipients) is { } reason) return [.. recipients.Select(_ => reason)];
        Messages++;
        _isWithin = true;
        var replies = new RelayReply[recipients.Count];
        var data = Pipelines
            ? await PipelineAsync(mail, recipients, replies, cancellation)
            : await StepAsync(mail, recipients, replies, cancellation);
        if (data?.Code != 354)
        {
            await ResetAsync(cancellation);
            _isWithin = false;
            return data is null ? replies : [.. replies.Select(reply => reply.IsOk ? data : reply)];
        }

        var anybody = replies.Any(reply => reply.IsOk);
        await _stream.WriteMessageAsync(anybody ? Fit(mail, message) : AsyncEnumerable.Empty<ReadOnlyMemory<byte>>(), cancellation);
        var end = await _stream.ReadReplyAsync(cancellation, timeout: _options.DeliveryTimeout);
        _isWithin = false;
        return [.. replies.Select(reply => reply.IsOk ? end : reply)];
    }

    /// <summary>Says goodbye, and does not wait for what comes back. Within a transaction it only hangs up.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_isWithin) await QuitAsync();
        await _stream.DisposeAsync();
    }

    private async ValueTask QuitAsync()
    {
        try
        {
            using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await _stream.WriteLineAsync("QUIT", soon.Token);
            await _stream.FlushAsync(soon.Token);
        }
        catch (Exception error) when (error is RelayException or OperationCanceledException or ObjectDisposedException)
        {
            // It is gone already.
        }
    }

    /// <summary>Parts are encoded where the other side takes no 8-bit octets (RFC 6152 section 3).</summary>
    private IAsyncEnumerable<ReadOnlyMemory<byte>> Fit(QueuedMail mail, IAsyncEnumerable<ReadOnlyMemory<byte>> message) =>
        TakesAsItIs(mail) ? message : DowngradeAsync(message);

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> DowngradeAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> message)
    {
        var downgrade = new MimeDowngrade(MimeForm.SevenBit);
        await foreach (var part in message) yield return downgrade.Take(part.Span);
        yield return downgrade.Finish();
    }

    private bool TakesAsItIs(QueuedMail mail) => !mail.HasEightBit || _extensions.ContainsKey("8BITMIME");

    private static void Expect(RelayReply reply, int code)
    {
        if (reply.Code == code || (code == 250 && reply.IsOk)) return;

        // A server that turns everybody away at its greeting may change its mind (RFC 5321 section 3.1: 554); one that says 5xx to
        // EHLO and HELO too.
        throw new RelayException(reply.IsPermanent ? reply with { Code = 450 } : reply);
    }

    private async ValueTask GreetAsync(string ownName, CancellationToken cancellation)
    {
        _extensions.Clear();
        List<string> lines = [];
        await _stream.WriteLineAsync($"EHLO {ownName}", cancellation);
        await _stream.FlushAsync(cancellation);
        var reply = await _stream.ReadReplyAsync(cancellation, lines);
        if (reply.IsPermanent)
        {
            await _stream.WriteLineAsync($"HELO {ownName}", cancellation);
            await _stream.FlushAsync(cancellation);
            Expect(await _stream.ReadReplyAsync(cancellation), 250);
            return;
        }

        Expect(reply, 250);
        var greeted = lines[0].AsSpan(0, lines[0].IndexOf(' ', StringComparison.Ordinal) is var end and >= 0 ? end : lines[0].Length);
        if (greeted.Equals(ownName, StringComparison.OrdinalIgnoreCase) && ownName.Contains('.', StringComparison.Ordinal))
        {
            throw new RelayException(RelayReply.Never("5.4.6", "Mail loops back to this server"));
        }

        foreach (var line in lines.Skip(1))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            _extensions[space < 0 ? line : line[..space]] = space < 0 ? "" : line[(space + 1)..];
        }
    }

    private async ValueTask SecureAsync(string ownName, CancellationToken cancellation)
    {
        await _stream.WriteLineAsync("STARTTLS", cancellation);
        await _stream.FlushAsync(cancellation);
        var reply = await _stream.ReadReplyAsync(cancellation);
        if (reply.Code != 220)
        {
            throw new RelayException(RelayReply.Later("4.7.5", $"STARTTLS was refused: {reply}")) { Failure = TlsFailure.NotSupported };
        }

        await _stream.StartTlsAsync(Rule, cancellation);
        await GreetAsync(ownName, cancellation);
    }

    private async ValueTask LogInAsync(string user, string password, CancellationToken cancellation)
    {
        var mechanisms = _extensions.GetValueOrDefault("AUTH", "").Split(' ');
        RelayReply reply;
        if (mechanisms.Contains("PLAIN", StringComparer.OrdinalIgnoreCase))
        {
            reply = await AskAsync($"AUTH PLAIN {Base64($"\0{user}\0{password}")}", cancellation);
        }
        else if (mechanisms.Contains("LOGIN", StringComparer.OrdinalIgnoreCase))
        {
            reply = await AskAsync("AUTH LOGIN", cancellation);
            if (reply.Code == 334) reply = await AskAsync(Base64(user), cancellation);
            if (reply.Code == 334) reply = await AskAsync(Base64(password), cancellation);
        }
        else
        {
            reply = RelayReply.Later("4.7.0", "The smarthost offers neither AUTH PLAIN nor LOGIN");
        }

        if (!reply.IsOk) throw new RelayException(RelayReply.Later("4.7.8", $"The smarthost takes no login: {reply}"));

        static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
    }

    private async ValueTask<RelayReply> AskAsync(string line, CancellationToken cancellation)
    {
        await _stream.WriteLineAsync(line, cancellation);
        await _stream.FlushAsync(cancellation);
        return await _stream.ReadReplyAsync(cancellation);
    }

    private async ValueTask ResetAsync(CancellationToken cancellation) => Expect(await AskAsync("RSET", cancellation), 250);

    /// <summary>Says MAIL, every RCPT and DATA at once (RFC 2920).</summary>
    /// <returns>The reply to DATA.</returns>
    private async ValueTask<RelayReply?> PipelineAsync(
        QueuedMail mail, IReadOnlyList<QueuedRecipient> recipients, RelayReply[] replies, CancellationToken cancellation)
    {
        await _stream.WriteLineAsync(MailCommand(mail), cancellation);
        foreach (var recipient in recipients) await _stream.WriteLineAsync(RecipientCommand(recipient), cancellation);
        await _stream.WriteLineAsync("DATA", cancellation);
        await _stream.FlushAsync(cancellation);
        var from = await _stream.ReadReplyAsync(cancellation);
        for (var at = 0; at < replies.Length; at++) replies[at] = await _stream.ReadReplyAsync(cancellation);
        if (!from.IsOk) Array.Fill(replies, from);
        return await _stream.ReadReplyAsync(cancellation);
    }

    /// <summary>The same, one after the other.</summary>
    /// <returns>The reply to DATA; null when there was nobody to say it for.</returns>
    private async ValueTask<RelayReply?> StepAsync(
        QueuedMail mail, IReadOnlyList<QueuedRecipient> recipients, RelayReply[] replies, CancellationToken cancellation)
    {
        var from = await AskAsync(MailCommand(mail), cancellation);
        Array.Fill(replies, from);
        if (!from.IsOk) return null;
        for (var at = 0; at < replies.Length; at++) replies[at] = await AskAsync(RecipientCommand(recipients[at]), cancellation);
        return replies.Any(reply => reply.IsOk) ? await AskAsync("DATA", cancellation) : null;
    }

    /// <returns>Why this message can never go there; null when it can.</returns>
    private RelayReply? WhyNot(QueuedMail mail, IReadOnlyList<QueuedRecipient> recipients)
    {
        if (_extensions.TryGetValue("SIZE", out var size) && long.TryParse(size, CultureInfo.InvariantCulture, out var most)
            && most > 0 && mail.Size > most)
        {
            return RelayReply.Never("5.3.4", $"The message has {mail.Size} octets, the other server takes {most}");
        }

        if (mail.Envelope.RequiresTls && !(Rule.IsProof && _extensions.ContainsKey("REQUIRETLS")))
        {
            return RelayReply.Never("5.7.30", "REQUIRETLS: the other server does not take mail that must stay safe, or is not proven safe");
        }

        var needsUtf8 = !Ascii.IsValid(mail.Envelope.Sender) || recipients.Any(one => !Ascii.IsValid(one.Address));
        if (needsUtf8 && !_extensions.ContainsKey("SMTPUTF8"))
        {
            return RelayReply.Never("5.6.7", "An address has non-ASCII letters, which the other server does not take");
        }

        // RFC 2852 section 4.1.4: who does not know of the time may be late, and would not return it.
        return mail.Envelope.Deadline is { Returns: true } && !_extensions.ContainsKey("DELIVERBY")
            ? RelayReply.Never("5.3.3", "The message is of use until a time only, of which the other server knows nothing")
            : null;
    }

    private string MailCommand(QueuedMail mail)
    {
        var line = new StringBuilder($"MAIL FROM:<{mail.Envelope.Sender}>");
        if (_extensions.ContainsKey("SIZE") && TakesAsItIs(mail)) line.Append(CultureInfo.InvariantCulture, $" SIZE={mail.Size}");
        if (mail.HasEightBit && TakesAsItIs(mail)) line.Append(" BODY=8BITMIME");
        if (mail.Envelope.Deadline is { } deadline && _extensions.ContainsKey("DELIVERBY"))
        {
            line.Append(" BY=").Append(SmtpDeliverBy.Text(deadline, _time.GetUtcNow()));
        }

        if (mail.Envelope.Priority != 0 && _extensions.ContainsKey("MT-PRIORITY"))
        {
            line.Append(CultureInfo.InvariantCulture, $" MT-PRIORITY={mail.Envelope.Priority}");
        }

        if (mail.Envelope.RequiresTls) line.Append(" REQUIRETLS");
        if (mail.Envelope.IsUtf8 && _extensions.ContainsKey("SMTPUTF8")) line.Append(" SMTPUTF8");
        if (!SpeaksDsn) return line.ToString();
        if (mail.Envelope.EnvelopeId.Length > 0) line.Append(" ENVID=").Append(mail.Envelope.EnvelopeId);
        return mail.Envelope.ReturnHeadersOnly ? line.Append(" RET=HDRS").ToString() : line.ToString();
    }

    private string RecipientCommand(QueuedRecipient recipient)
    {
        var line = new StringBuilder($"RCPT TO:<{recipient.Address}>");
        if (!SpeaksDsn) return line.ToString();
        if (recipient.Notify != DsnNotify.None) line.Append(" NOTIFY=").Append(DsnWords.Text(recipient.Notify));
        return recipient.Original.Length > 0 ? line.Append(" ORCPT=").Append(recipient.Original).ToString() : line.ToString();
    }
}
