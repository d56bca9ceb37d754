using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
using CompatBot.Core.Queue;
using CompatBot.Core.Store;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Lines;
using CompatBot.Protocols.Smtp.Checks;
using CompatBot.Protocols.Smtp.Dkim;
using CompatBot.Protocols.Smtp.Filters;
using CompatBot.Protocols.Smtp.Relay;
using CompatBot.Protocols.Smtp.Wire;

namespace CompatBot.Protocols.Smtp;

/// <summary>
/// A message streaming from the connection into core. It is always read to its true end before the reply, whatever is wrong
/// with it, so that none of it is ever taken for commands.
/// </summary>
public sealed class SmtpMessage(SmtpSession session, SmtpEnvelope envelope, Delivery? delivery, QueueDraft? queued, bool isChunked)
    : IAsyncDisposable
{
    private readonly DataScanner _scanner = new(isChunked);
    private readonly HopCounter _hops = new();
    private readonly long _started = session.Services.Time.GetTimestamp();
    private readonly SubmissionHeader? _header = session.Port.Role == SmtpRole.Submission
        ? new SubmissionHeader(session.Services.HostName, session.Services.Time.GetUtcNow())
        : null;

    private readonly DkimSigner? _signer = queued is not null && session.Services.Dkim is not null ? new DkimSigner() : null;
    private readonly IncomingCheck? _check = session.Strangers is { Verifies: true } checks
        ? new IncomingCheck(checks, session, envelope.From)
        : null;

    private readonly ContentScans? _scans = session.Strangers?.Filters?.Begin(new ContentSubject(
        session.Connection.RemoteAddress, session.HeloName ?? "", envelope.From.Text,
            envelope.Accounts.Select(one => one.Address).ToList()));

    private readonly MimeDowngrade? _binary = envelope.IsBinary ? new MimeDowngrade(MimeForm.EightBit) : null;

    private readonly SentCopy? _sent =
        envelope.KeepsSent && session.Login is { Mail: { ReadOnly: false } mail } ? new SentCopy(mail) : null;

    private long _bytes;

    /// <summary>Opens the way to everybody in the envelope, and puts the trace header on top.</summary>
    public static async ValueTask<SmtpMessage> OpenAsync(
        SmtpSession session, SmtpEnvelope envelope, bool isChunked, CancellationToken cancellation)
    {
        var accounts = envelope.Accounts;
        var delivery = accounts.Count > 0
            ? await session.Services.Deliveries.OpenAsync(envelope.From.Text, accounts, isAside: false, cancellation)
            : null;
        var message = new SmtpMessage(
            session, envelope, delivery, envelope.Others.Count > 0 ? session.Services.Queue.Draft() : null, isChunked);
        if (delivery is not null) await delivery.WriteAsync(SmtpTrace.ReturnPath(envelope), cancellation);
        if (message._check is null) await message.WriteAsync(SmtpTrace.Received(session, envelope), cancellation);
        return message;
    }

    /// <summary>Reads up to CRLF.CRLF.</summary>
    /// <returns>Empty when the end was reached; else the goodbye.</returns>
    public async ValueTask<SmtpReply> ReadDataAsync(CancellationToken cancellation)
    {
        while (!_scanner.IsEnded)
        {
            var read = await session.Connection.PeekAsync();
            if (read.Status != LineStatus.Line) return SmtpHandler.GoodbyeFor(read.Status);
            foreach (var memory in read.Bytes)
            {
                var taken = await TakeAsync(memory, cancellation);
                session.Connection.Take(taken);
                if (_scanner.IsEnded) break;
            }

            if (_bytes > session.Limits.MessageBytesMax + session.Limits.ExcessBytesMax) return SmtpReply.TooLarge with { Closes = true };
        }

        return default;
    }

    /// <summary>Reads one chunk of a length that the client stated.</summary>
    /// <returns>Empty when all of it was read; else the goodbye.</returns>
    public async ValueTask<SmtpReply> ReadChunkAsync(long bytes, CancellationToken cancellation)
    {
        while (bytes > 0)
        {
            var read = await session.Connection.ReadBodyAsync(bytes);
            if (read.Status != LineStatus.Line) return SmtpHandler.GoodbyeFor(read.Status);
            foreach (var memory in read.Bytes) await TakeAsync(_binary is null ? memory : _binary.Take(memory.Span), cancellation);
            bytes -= read.Bytes.Length;
        }

        return default;
    }

    /// <summary>What is wrong with the message as far as it has come; empty: nothing.</summary>
    public SmtpReply Verdict() =>
        _scanner.HasBareLineEnd ? SmtpReply.BareLineEnd
        : _scanner.HasHiddenEnd ? SmtpReply.HiddenEnd
        : _check is { Obstacle.IsEmpty: false } obstructed ? obstructed.Obstacle
        : _hops.Hops > session.Limits.HopsMax ? SmtpReply.TooManyHops
        : _bytes > session.Limits.MessageBytesMax ? SmtpReply.TooLarge : default;

    /// <summary>The last octet is in: stores the message for everybody, or for nobody.</summary>
    /// <returns>250 only when it is durable.</returns>
    public async ValueTask<SmtpReply> CommitAsync()
    {
        if (_binary is not null) await TakeAsync(_binary.Finish(), CancellationToken.None);
        if (isChunked) _scanner.EndChunks();
        var verdict = Verdict();
        if (!verdict.IsEmpty) return verdict;

        // Not to be cancelled by a hang-up: the sender must not have to guess whether it was stored.
        if (_header is not null)
        {
            await WriteBodyAsync(_header.Finish(), CancellationToken.None);
            if (await HasForeignAuthorAsync(_header.Authors)) return new SmtpReply(550, "5.7.1", "From address is somebody else's");
        }

        var judged = await JudgeAsync();
        if (!judged.IsEmpty) return judged;

        // First here, where a full mailbox may still say no; then nobody elsewhere gets a second copy at the next try.
        var refusal = delivery is null ? Refusal.None : await delivery.CommitAsync(CancellationToken.None);
        if (refusal != Refusal.None) return SmtpReply.From(refusal);
        var inQueue = await QueueAsync();
        if (inQueue.Refusal != Refusal.None) return SmtpReply.From(inQueue.Refusal);
        if (_sent is not null) await _sent.CommitAsync(session.Services.Log);
        await TellAsync();
        var elapsed = (long)session.Services.Time.GetElapsedTime(_started).TotalMilliseconds;
        session.Services.Log.Delivered(session.Connection.Protocol, _bytes, envelope.RecipientCount, elapsed);
        return new SmtpReply(250, "2.0.0", inQueue.Value is { } mail ? $"Queued as {mail.Id}" : "Delivered");
    }

    public async ValueTask DisposeAsync()
    {
        if (delivery is not null) await delivery.DisposeAsync();
        if (queued is not null) await queued.DisposeAsync();
        if (_scans is not null) await _scans.DisposeAsync();
        _sent?.Dispose();
        _signer?.Dispose();
        _check?.Dispose();
    }

    /// <summary>What the author's domain and the filters say of a stranger's message; writes what was held back.</summary>
    /// <returns>Empty: it is taken.</returns>
    private async ValueTask<SmtpReply> JudgeAsync()
    {
        var content = _scans is null ? ContentVerdict.Accept : await _scans.FinishAsync(CancellationToken.None);
        if (_check is not null)
        {
            var held = await _check.FinishAsync(SmtpTrace.Received(session, envelope), content.Fields);
            if (_check is { IsToBeRejected: true, Dmarc: { Author: var author } })
            {
                return new SmtpReply(550, "5.7.1", $"{author} asks to refuse mail that it did not sign or send (DMARC)");
            }

            await WriteAsync(held, CancellationToken.None);
        }

        if (content.Action == ContentAction.Reject) return new SmtpReply(550, "5.7.1", content.Reason);
        if (content.Action == ContentAction.Defer) return new SmtpReply(451, "4.7.1", content.Reason);
        if (delivery is not null) delivery.IsSuspect = content.Action == ContentAction.Suspect || _check is { IsSuspect: true };
        return default;
    }

    /// <summary>Somebody else of this server is said to have written it. Addresses of other servers are theirs to defend (DMARC).</summary>
    private async ValueTask<bool> HasForeignAuthorAsync(IReadOnlyList<string> authors)
    {
        var accounts = session.Services.Accounts;
        foreach (var author in authors)
        {
            if (Address.Parse(author) is { } address && await accounts.IsLocalAsync(address.Domain, CancellationToken.None)
                && !await accounts.OwnsAsync(session.Login!.Account, author, CancellationToken.None)) return true;
        }

        return false;
    }

    /// <returns>DKIM-Signature fields of the author's domain; empty when it publishes no key of this server.</returns>
    private async ValueTask<byte[]> SignAsync()
    {
        if (_signer is null || session.Services.Dkim is not { } keys) return [];
        foreach (var sender in (IEnumerable<string>)[.. (_header?.Authors ?? []).Take(1), envelope.From.Address])
        {
            if (Address.Parse(sender) is not { Domain: var domain }) continue;
            if (await keys.PublishedAsync(domain, CancellationToken.None) is not { Count: > 0 } published) continue;
            return _signer.Finish(domain, published, session.Services.Time.GetUtcNow());
        }

        return [];
    }

    private async ValueTask<Outcome<QueuedMail?>> QueueAsync()
    {
        if (queued is null || session.Login is not { } login) return default(QueuedMail);
        var dsn = envelope.Dsn;
        var kept =
            new QueueEnvelope(envelope.From.Text, login.Account, envelope.IsUtf8, dsn.EnvelopeId, dsn.HeadersOnly, envelope.RequiresTls)
        {
            HoldUntil = envelope.HoldUntil,
            Deadline = envelope.Deadline,
            Priority = envelope.Priority,
            IsTlsOptional = _header is { IsTlsOptional: true } && !envelope.RequiresTls,
        };
        return await queued.CommitAsync(kept, envelope.Others, await SignAsync(), CancellationToken.None);
    }

    /// <summary>Tells the sender whom it reached here, where that was asked for. The message is stored, whatever becomes of it.</summary>
    private async ValueTask TellAsync()
    {
        if (envelope.Reached.Count == 0 || session.Login is not { } login) return;
        var services = session.Services;
        var now = services.Time.GetUtcNow();
        var about = new DsnSubject(new QueueEnvelope(envelope.From.Text, login.Account, EnvelopeId: envelope.Dsn.EnvelopeId), now, now);
        var reached = new RelayReply(250, "2.1.5 Delivered");
        var refusal = await new DsnPost(services.Accounts, services.Deliveries, services.HostName, services.Time).SendAsync(
            about, [.. envelope.Reached.Select(one => new DsnRecipient(one, DsnAction.Delivered, reached))], CancellationToken.None);
        if (refusal != Refusal.None) services.Log.NoticeRefused("here", refusal.ToString());
    }

    /// <summary>The sender's own octets, which are signed; what this server puts on top is not.</summary>
    private async ValueTask WriteBodyAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellation)
    {
        if (_sent is not null) await _sent.WriteAsync(_header!.Bcc, octets, cancellation);
        _signer?.Write(octets.Span);
        if (_scans is not null) await _scans.WriteAsync(octets, cancellation);
        if (_check is not null)
        {
            if (_check.Write(octets)) return;
            if (!_check.IsReleased) await WriteAsync(await _check.ReleaseAsync(SmtpTrace.Received(session, envelope)), cancellation);
        }

        await WriteAsync(octets, cancellation);
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellation)
    {
        if (octets.IsEmpty) return;
        if (delivery is not null) await delivery.WriteAsync(octets, cancellation);
        if (queued is not null) await queued.WriteAsync(octets, cancellation);
    }

    private async ValueTask<int> TakeAsync(ReadOnlyMemory<byte> memory, CancellationToken cancellation)
    {
        var from = 0;
        while (from < memory.Length && !_scanner.IsEnded)
        {
            var piece = memory[_scanner.Next(memory.Span, ref from)];
            _bytes += piece.Length;
            if (piece.IsEmpty || _scanner.HasBareLineEnd || _bytes > session.Limits.MessageBytesMax) continue;
            _hops.Write(piece.Span);
            await WriteBodyAsync(_header is null ? piece : _header.Take(piece), cancellation);
        }

        return from;
    }
}
