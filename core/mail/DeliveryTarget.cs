using CompatBot.Core.Content;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Formats.Mime;
using Google.Protobuf;

namespace CompatBot.Core.Mail;

/// <summary>One recipient of a delivery.</summary>
internal abstract class DeliveryTarget : IAsyncDisposable
{
    /// <summary>Stores a whole chunk that more octets follow.</summary>
    public abstract ValueTask<Refusal> WriteChunkAsync(ReadOnlyMemory<byte> chunk, CancellationToken cancellation);

    public abstract ValueTask DisposeAsync();
}

/// <summary>A recipient whose mail realm is open: the message goes straight into a mailbox.</summary>
internal sealed class OpenTarget(AccountId account, MailRealm realm, IAsyncDisposable lease) : DeliveryTarget
{
    private readonly ContentWriter _content = realm.Contents.Write();

    public override ValueTask<Refusal> WriteChunkAsync(ReadOnlyMemory<byte> chunk, CancellationToken cancellation) =>
        _content.WriteAsync(chunk, cancellation);

    public async ValueTask<Refusal> CompleteAsync(
        ReadOnlyMemory<byte> rest, MimeMessage summary, DateTimeOffset arrived, bool isSuspect, CancellationToken cancellation)
    {
        if (_content.Length == 0 && !isSuspect && realm.Arrivals is { } arrivals)
        {
            var told = await arrivals.ArrivedAsync(account, rest, cancellation);
            if (told != Refusal.None) return told;
        }

        var refusal = await _content.WriteAsync(rest, cancellation);
        if (refusal != Refusal.None) return refusal;
        var content = await _content.CompleteAsync(cancellation);
        if (content.Declined) return content.Refusal;
        var junk = isSuspect ? realm.State.Mailboxes.Values.FirstOrDefault(mailbox => mailbox.SpecialUse == SpecialUse.Junk) : null;
        var message = new NewMessage(junk?.Name ?? MailboxNames.Inbox, content.Value, summary, MessageFlags.None, [], arrived);
        return (await realm.AddAsync(null, message, cancellation)).Refusal;
    }

    public override ValueTask DisposeAsync()
    {
        _content.Dispose();
        return lease.DisposeAsync();
    }
}

/// <summary>A recipient whose mail realm is closed, or still takes in what waits: the message is sealed to its public key.</summary>
/// <param name="account">The recipient.</param>
/// <param name="key">Public key of its mail realm.</param>
/// <param name="blobs">Where the parts of a long message go.</param>
/// <param name="committed">Called when the message is durable: has it taken in, should the realm be open by now.</param>
/// <param name="envelope">Sender and recipient; null: not known.</param>
internal sealed class ClosedTarget(
    AccountId account, SealingKey key, IBlobStore blobs, Func<CancellationToken, ValueTask> committed, DroppedMail? envelope = null)
    : DeliveryTarget
{
    private readonly List<BlobName> _parts = [];
    private SecretBytes? _partKey;

    public override ValueTask<Refusal> WriteChunkAsync(ReadOnlyMemory<byte> chunk, CancellationToken cancellation) =>
        blobs.PutAsync(account, BlobHolder.DropOf(Realm.Mail), [SealPart(chunk, last: false)], cancellation);

    public DroppedItem Complete(ReadOnlyMemory<byte> rest, long length, DateTimeOffset arrived, bool isSuspect)
    {
        var mail = envelope ?? new DroppedMail();
        (mail.InternalDate, mail.Size, mail.IsSuspect) = (arrived.ToUnixTimeSeconds(), (ulong)length, isSuspect);
        List<SealedBlob> last = [];
        if (_partKey is null)
        {
            mail.Content = UnsafeByteOperations.UnsafeWrap(rest);
        }
        else
        {
            last.Add(SealPart(rest, last: true));
            mail.PartKey = ByteString.CopyFrom(_partKey.Span);
            mail.Parts.AddRange(_parts.Select(name => ByteString.CopyFrom(name.ToBytes())));
        }

        return new DroppedItem(account, Realm.Mail, DropSeal.Seal(key, account, mail.ToByteArray()), last) { Octets = length };
    }

    public ValueTask CommittedAsync(CancellationToken cancellation) => committed(cancellation);

    public override ValueTask DisposeAsync()
    {
        _partKey?.Dispose();
        return ValueTask.CompletedTask;
    }

    private SealedBlob SealPart(ReadOnlyMemory<byte> part, bool last)
    {
        _partKey ??= DropParts.NewKey();
        var name = DropParts.NewName();
        _parts.Add(name);
        return new SealedBlob(name, DropParts.SealPart(_partKey, account, (uint)_parts.Count - 1, last, part.Span));
    }
}
