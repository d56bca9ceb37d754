using CompatBot.Core.Queue.Proto;
using CompatBot.Core.Store;
using Google.Protobuf;

namespace CompatBot.Core.Queue;

/// <summary>Queued mail as the messages of queue.proto.</summary>
internal static class QueueCodec
{
    public static QueuedEnvelope Envelope(QueuedMail mail) => new()
    {
        Sender = mail.Envelope.Sender,
        Submitter = ByteString.CopyFrom(mail.Envelope.Submitter.ToBytes()),
        ArrivedMilliseconds = mail.Arrived.ToUnixTimeMilliseconds(),
        Size = (ulong)mail.Size,
        IsUtf8 = mail.Envelope.IsUtf8,
        HasEightBit = mail.HasEightBit,
        EnvelopeId = mail.Envelope.EnvelopeId,
        ReturnHeadersOnly = mail.Envelope.ReturnHeadersOnly,
        RequiresTls = mail.Envelope.RequiresTls,
        HoldUntilMilliseconds = mail.Envelope.HoldUntil?.ToUnixTimeMilliseconds() ?? 0,
        DeliverByMilliseconds = mail.Envelope.Deadline?.At.ToUnixTimeMilliseconds() ?? 0,
        ReturnsLate = mail.Envelope.Deadline is { Returns: true },
        Traces = mail.Envelope.Deadline is { Traces: true },
        Priority = mail.Envelope.Priority,
        TlsOptional = mail.Envelope.IsTlsOptional,
        Parts = { mail.Parts.Select(part => ByteString.CopyFrom(part.ToBytes())) },
        Recipients =
        {
            from one in mail.Recipients
            select new QueuedAddress
            {
                Address = one.Address, Domain = one.Domain, Notify = (uint)one.Notify, Original = one.Original,
            },
        },
    };

    public static QueueStanding Standing(QueuedMail mail, ulong version) => new()
    {
        Version = version,
        IsHeld = mail.IsHeld,
        Recipients =
        {
            from one in mail.Recipients
            select new RecipientStanding
            {
                State = (uint)one.State,
                Attempts = (uint)one.Attempts,
                NextMilliseconds = one.Next.ToUnixTimeMilliseconds(),
                Reply = one.Reply,
                IsWarned = one.IsWarned,
            },
        },
    };

    /// <returns>Null when the bytes are no envelope.</returns>
    public static QueuedMail? Read(QueueId id, byte[] envelope)
    {
        try
        {
            var read = QueuedEnvelope.Parser.ParseFrom(envelope);
            if (read.Submitter.Length != AccountId.Length || read.Parts.Any(part => part.Length != BlobName.Length)) return null;
            var arrived = DateTimeOffset.FromUnixTimeMilliseconds(read.ArrivedMilliseconds);
            var hold = Time(read.HoldUntilMilliseconds);
            return new QueuedMail(
                id,
                new QueueEnvelope(
                    read.Sender, AccountId.FromBytes(read.Submitter.Span), read.IsUtf8, read.EnvelopeId, read.ReturnHeadersOnly,
                    read.RequiresTls)
                {
                    HoldUntil = hold,
                    Deadline = Time(read.DeliverByMilliseconds) is { } by
                        ? new QueueDeadline(by, read.ReturnsLate, read.Traces)
                        : null,
                    Priority = Math.Clamp(read.Priority, -9, 9),
                    IsTlsOptional = read.TlsOptional,
                },
                arrived,
                (long)read.Size,
                read.HasEightBit,
                [.. read.Parts.Select(part => new BlobName(part.Span))],
                [.. from one in read.Recipients
                    select new QueuedRecipient(
                        one.Address, one.Domain, (DsnNotify)one.Notify, one.Original) { Next = hold > arrived ? hold.Value : arrived }]);
        }
        catch (Exception error) when (error is InvalidProtocolBufferException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    private static DateTimeOffset? Time(long milliseconds) =>
        milliseconds == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    /// <returns>The message as the standing says; null when that is none of this message.</returns>
    public static (QueuedMail Mail, ulong Version)? Apply(QueuedMail mail, byte[] standing)
    {
        try
        {
            var read = QueueStanding.Parser.ParseFrom(standing);
            if (read.Recipients.Count != mail.Recipients.Length) return null;
            var recipients = mail.Recipients.Zip(read.Recipients, (one, now) => one with
            {
                State = (QueueState)now.State,
                Attempts = (int)now.Attempts,
                Next = DateTimeOffset.FromUnixTimeMilliseconds(now.NextMilliseconds),
                Reply = now.Reply,
                IsWarned = now.IsWarned,
            });
            return (mail with { IsHeld = read.IsHeld, Recipients = [.. recipients] }, read.Version);
        }
        catch (Exception error) when (error is InvalidProtocolBufferException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }
}
