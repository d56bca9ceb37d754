using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Lines;
using CompatBot.Protocols.Smtp.Wire;

namespace CompatBot.Protocols.Smtp;

/// <summary>
/// A message streaming from the connection into core. It is always read to its true end before the reply, whatever is wrong
/// with it, so that none of it is ever taken for commands.
/// </summary>
public sealed class SmtpMessage(SmtpSession session, Delivery delivery, int recipients, bool isChunked) : IAsyncDisposable
{
    private readonly DataScanner _scanner = new(isChunked);
    private readonly long _started = session.Services.Time.GetTimestamp();
    private long _bytes;

    /// <summary>Opens the delivery to everybody in the envelope, and puts the trace header on top.</summary>
    public static async ValueTask<SmtpMessage> OpenAsync(
        SmtpSession session, SmtpEnvelope envelope, bool isChunked, CancellationToken cancellation)
    {
        var accounts = envelope.Accounts;
        var delivery = await session.Services.Deliveries.OpenAsync(accounts, cancellation);
        var message = new SmtpMessage(session, delivery, accounts.Count, isChunked);
        await delivery.WriteAsync(SmtpTrace.Header(session, envelope), cancellation);
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
            foreach (var memory in read.Bytes) await TakeAsync(memory, cancellation);
            bytes -= read.Bytes.Length;
        }

        return default;
    }

    /// <summary>What is wrong with the message as far as it has come; empty: nothing.</summary>
    public SmtpReply Verdict() =>
        _scanner.HasBareLineEnd ? SmtpReply.BareLineEnd : _bytes > session.Limits.MessageBytesMax ? SmtpReply.TooLarge : default;

    /// <summary>The last octet is in: stores the message for everybody, or for nobody.</summary>
    /// <returns>250 only when it is durable.</returns>
    public async ValueTask<SmtpReply> CommitAsync()
    {
        if (isChunked) _scanner.EndChunks();
        var verdict = Verdict();
        if (!verdict.IsEmpty) return verdict;

        // Not to be cancelled by a hang-up: the sender must not have to guess whether it was stored.
        var refusal = await delivery.CommitAsync(CancellationToken.None);
        if (refusal != Refusal.None) return SmtpReply.From(refusal);
        var elapsed = (long)session.Services.Time.GetElapsedTime(_started).TotalMilliseconds;
        session.Services.Log.Delivered(session.Connection.Protocol, _bytes, recipients, elapsed);
        return new SmtpReply(250, "2.0.0", "Delivered");
    }

    public ValueTask DisposeAsync() => delivery.DisposeAsync();

    private async ValueTask<int> TakeAsync(ReadOnlyMemory<byte> memory, CancellationToken cancellation)
    {
        var from = 0;
        while (from < memory.Length && !_scanner.IsEnded)
        {
            var piece = memory[_scanner.Next(memory.Span, ref from)];
            _bytes += piece.Length;
            if (piece.IsEmpty || _scanner.HasBareLineEnd || _bytes > session.Limits.MessageBytesMax) continue;
            await delivery.WriteAsync(piece, cancellation);
        }

        return from;
    }
}
