using CompatBot.Core.Content;
using CompatBot.Core.Store;
using CompatBot.Formats.Mime;

namespace CompatBot.Core.Mail;

/// <summary>Takes a message's octets as they come; scans its structure on the way.</summary>
public sealed class MessageWriter : IDisposable
{
    private readonly ContentWriter _content;
    private readonly MimeScanner _scanner = new();

    internal MessageWriter(Contents contents) => _content = contents.Write();

    /// <summary>Octets so far.</summary>
    public long Length => _content.Length;

    /// <returns>None; StoreFull or Unavailable: give up then.</returns>
    public ValueTask<Refusal> WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellation)
    {
        _scanner.Write(octets.Span);
        return _content.WriteAsync(octets, cancellation);
    }

    /// <returns>The message, ready to append; or StoreFull, Unavailable.</returns>
    public async ValueTask<Outcome<WrittenMessage>> CompleteAsync(CancellationToken cancellation)
    {
        var content = await _content.CompleteAsync(cancellation);
        return content.Declined ? content.Refusal : new WrittenMessage(content.Value, _scanner.Finish());
    }

    public void Dispose() => _content.Dispose();
}

/// <summary>A message whose octets are written, but which is in no mailbox yet.</summary>
public sealed record WrittenMessage(StoredContent Content, MimeMessage Summary);

/// <summary>One message of an append of many.</summary>
/// <param name="InternalDate">Null: now.</param>
public sealed record MailAppend(
    WrittenMessage Message, MessageFlags Flags, IReadOnlyList<string> Keywords, DateTimeOffset? InternalDate)
{
    internal NewMessage To(string mailbox) => new(mailbox, Message.Content, Message.Summary, Flags, Keywords, InternalDate);
}
