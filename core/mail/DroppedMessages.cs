using System.Runtime.CompilerServices;
using System.Text;
using CompatBot.Core.Content;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Mail.Filters;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Formats.Mime;
using Google.Protobuf;

namespace CompatBot.Core.Mail;

/// <summary>Opens what was dropped for the mail realm and writes its octets as content of the account.</summary>
internal sealed class DroppedMessages(AccountId account, RealmKeys keys, IStore store, Contents contents)
{
    /// <summary>Most parts of one message: as its size is a number below 4 GiB, more of them can not be honest.</summary>
    private const int PartsMax = (int)(uint.MaxValue / DropParts.PartBytesMax);

    /// <returns>
    /// Null when it does not open, or is no message inside: whoever can write to the store can drop anything.
    /// </returns>
    public DroppedMessage? Open(ReadOnlySpan<byte> dropped)
    {
        if (DropSeal.Open(keys, account, dropped) is not { } plain) return null;
        DroppedMail mail;
        try
        {
            mail = DroppedMail.Parser.ParseFrom(plain);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }

        if (mail.Parts.Count > PartsMax || mail.Parts.Any(part => part.Length != BlobName.Length)) return null;
        if (mail.Parts.Count > 0 && mail.PartKey.Length != Sodium.KeyBytes) return null;
        if (mail.InternalDate < DateTimeOffset.MinValue.ToUnixTimeSeconds()) return null;
        if (mail.InternalDate > DateTimeOffset.MaxValue.ToUnixTimeSeconds()) return null;
        return new DroppedMessage(mail, [.. mail.Parts.Select(part => new BlobName(part.Span))]);
    }

    /// <summary>The message as a filter looks at it.</summary>
    /// <param name="state">The account's.</param>
    /// <param name="remembers">Whether a script has noted a key for a message that is taken in together with this one.</param>
    public FilteredMail Filtered(DroppedMessage opened, MailState state, Func<string, bool> remembers)
    {
        var arrived = DateTimeOffset.FromUnixTimeSeconds(opened.Mail.InternalDate);
        return new FilteredMail(
            account,
            state,
            opened.Mail.Sender,
            opened.Mail.Recipient,
            opened.Length,
            key => remembers(key) || state.Filters.Remembers(key, arrived),
            stop => OctetsAsync(opened, stop));
    }

    /// <param name="header">In the place of the message's own, without the blank line; null: that one.</param>
    /// <returns>The message, with the blobs of the dropbox that it does not need any more; or StoreFull, Unavailable.</returns>
    public async ValueTask<Outcome<TakenMessage>> WriteAsync(
        DroppedMessage opened, ulong number, byte[] dropped, ReadOnlyMemory<byte>? header, CancellationToken cancellation)
    {
        using var writer = new MessageWriter(contents);
        var refusal = header is { } own ? await writer.WriteAsync(own, cancellation) : Refusal.None;
        var isFirst = true;
        try
        {
            await foreach (var piece in OctetsAsync(opened, cancellation))
            {
                if (refusal != Refusal.None) return refusal;
                var end = isFirst && header is not null ? HeaderBlock.Length(piece.Span, 0) : 0;
                var from = end < 0 ? piece.Length : end;
                refusal = await writer.WriteAsync(piece[from..], cancellation);
                isFirst = false;
            }
        }
        catch (InvalidDataException)
        {
            return await DamagedAsync(number, dropped, cancellation);
        }

        return refusal != Refusal.None
            ? refusal
            : await CompleteAsync(writer, DateTimeOffset.FromUnixTimeSeconds(opened.Mail.InternalDate), opened.Parts, cancellation);
    }

    /// <summary>The message's octets.</summary>
    /// <exception cref="InvalidDataException">A part is missing or does not open.</exception>
    private async IAsyncEnumerable<ReadOnlyMemory<byte>> OctetsAsync(
        DroppedMessage opened, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (mail, names) = (opened.Mail, opened.Parts);
        if (!mail.Content.IsEmpty) yield return mail.Content.Memory;
        using var partKey = names.Length == 0 ? null : SecretBytes.Copy(mail.PartKey.Span);
        for (var i = 0; i < names.Length; i++)
        {
            yield return await store.Blobs.GetAsync(account, names[i], cancellation) is { } part
                && DropParts.OpenPart(partKey!, account, (uint)i, i == names.Length - 1, part) is { } octets
                    ? octets
                    : throw new InvalidDataException("A part of a dropped message is missing or damaged");
        }
    }

    /// <summary>What does not open is never thrown away: it reaches the owner as it is, in a message that says so.</summary>
    public async ValueTask<Outcome<TakenMessage>> DamagedAsync(ulong number, byte[] dropped, CancellationToken cancellation)
    {
        var text = new StringBuilder()
            .Append("From: CompatBot <postmaster@localhost>\r\nSubject: A message could not be opened\r\nMIME-Version: 1.0\r\n")
            .Append("Content-Type: multipart/mixed; boundary=\"damaged\"\r\n\r\n--damaged\r\nContent-Type: text/plain\r\n\r\n")
            .Append("A message that arrived while you were away (arrival number ").Append(number)
            .Append(") does not open with your key: it was damaged in the store.\r\nIts sealed bytes are attached.\r\n")
            .Append("--damaged\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n")
            .Append(Convert.ToBase64String(dropped, Base64FormattingOptions.InsertLineBreaks)).Append("\r\n--damaged--\r\n");
        using var writer = new MessageWriter(contents);
        var refusal = await writer.WriteAsync(Encoding.ASCII.GetBytes(text.ToString()), cancellation);
        return refusal == Refusal.None ? await CompleteAsync(writer, null, [], cancellation) : refusal;
    }

    private static async ValueTask<Outcome<TakenMessage>> CompleteAsync(
        MessageWriter writer, DateTimeOffset? date, IReadOnlyList<BlobName> parts, CancellationToken cancellation)
    {
        var written = await writer.CompleteAsync(cancellation);
        if (written.Declined) return written.Refusal;
        var message = new NewMessage(MailboxNames.Inbox, written.Value.Content, written.Value.Summary, MessageFlags.None, [], date);
        return new TakenMessage(message, parts);
    }
}

/// <param name="Parts">Names of the blobs that hold a long message.</param>
internal sealed record DroppedMessage(DroppedMail Mail, BlobName[] Parts)
{
    /// <summary>Octets, at most: the last part may be shorter.</summary>
    public long Length => Mail.Content.Length + ((long)Parts.Length * DropParts.PartBytesMax);
}

/// <param name="Parts">Blobs of the dropbox that go when the message is in a mailbox.</param>
internal sealed record TakenMessage(NewMessage Message, IReadOnlyList<BlobName> Parts);
