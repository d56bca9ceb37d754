using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Protocols.Smtp.Relay;
using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.Smtp;

/// <summary>
/// What a device sends, for the mailbox of its account that is for that (RFC 6154 \Sent). That it was sent is said whatever becomes of
/// this copy.
/// </summary>
internal sealed class SentCopy(MailStore mail) : IDisposable
{
    private readonly MessageWriter _message = mail.NewMessage();
    private Refusal _refusal;

    /// <param name="hidden">Fields that nobody else gets (Bcc): on top.</param>
    /// <param name="octets">What all get.</param>
    /// <param name="cancellation">Of the connection.</param>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> hidden, ReadOnlyMemory<byte> octets, CancellationToken cancellation)
    {
        if (octets.IsEmpty || _refusal != Refusal.None) return;
        if (_message.Length == 0 && !hidden.IsEmpty) _refusal = await _message.WriteAsync(hidden, cancellation);
        if (_refusal == Refusal.None) _refusal = await _message.WriteAsync(octets, cancellation);
    }

    /// <summary>The message is on its way.</summary>
    public async ValueTask CommitAsync(ILogger log)
    {
        var filed = await FileAsync();
        if (filed != Refusal.None) log.SentCopyRefused(filed.ToString());
    }

    public void Dispose() => _message.Dispose();

    private async ValueTask<Refusal> FileAsync()
    {
        if (_refusal != Refusal.None) return _refusal;
        var written = await _message.CompleteAsync(CancellationToken.None);
        return written.Declined ? written.Refusal : await mail.Sent.FileAsync(written.Value, CancellationToken.None);
    }
}
