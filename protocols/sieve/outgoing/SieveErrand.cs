using System.Runtime.CompilerServices;
using System.Text;
using CompatBot.Core.Mail.Filters;
using CompatBot.Core.Queue;
using CompatBot.Core.Store;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Sieve.Language;

namespace CompatBot.Protocols.Sieve.Outgoing;

/// <summary>What a script has sent for one message: in whose name, and about what.</summary>
internal sealed class SieveErrand(SieveServices services, SieveOwner owner, FilteredMail mail, SieveMessage message)
{
    /// <summary>Put on what is sent on; who finds his own address in one does not send it on again.</summary>
    private const string Mark = "X-Sieve-Redirected-From";

    /// <summary>Servers that a message came through; beyond it nothing is sent on (RFC 5321 section 6.3 demands 100).</summary>
    private const int HopsMax = 100;

    public SieveOwner Owner => owner;

    public FilteredMail Mail => mail;

    public SieveMessage Message => message;

    public string HostName => services.HostName;

    public DateTimeOffset Now { get; } = services.Time.GetUtcNow();

    /// <summary>Sends a message on (RFC 5228 section 4.2): bounces come to the owner, whose decision it was.</summary>
    /// <returns>Whether it went; or StoreFull, Unavailable.</returns>
    public async ValueTask<Outcome<bool>> RedirectAsync(SieveRedirect redirect, CancellationToken cancellation)
    {
        if (message.Header.Values(Mark).Any(from => owner.Owns(from, [])) || message.Header.Fields("received").Count() > HopsMax)
        {
            services.Log.Circle(mail.Account);
            return false;
        }

        var sender = mail.Sender.Length == 0 ? "" : owner.Address;
        var sent = await SendAsync(
            new OutgoingMail(mail.Account, sender, redirect.Address, SentOnAsync(redirect.Header, cancellation)) { IsForwarded = true },
            cancellation);
        return sent is Refusal.StoreFull or Refusal.Unavailable ? sent : sent == Refusal.None;
    }

    public async ValueTask<Refusal> SendAsync(OutgoingMail outgoing, CancellationToken cancellation)
    {
        var refusal = await services.Post.SendAsync(outgoing, cancellation);
        if (refusal != Refusal.None) services.Log.NotSent(mail.Account, refusal);
        return refusal;
    }

    /// <summary>A message of this server's own, to one recipient, with the null path as its sender: nobody answers an answer.</summary>
    public OutgoingMail Own(string recipient, string text) =>
        new(mail.Account, "", recipient, Once(Encoding.UTF8.GetBytes(text)));

    /// <summary>Header fields that all own messages have.</summary>
    public string Head(string from, string to, string subject, string submitted) =>
        $"From: {from}\r\nTo: <{to}>\r\nSubject: {EncodedWords.Encode(OneLine(subject))}\r\nDate: {MailDate.Text(Now)}\r\n"
        + $"Message-ID: <{Guid.NewGuid():N}@{HostName}>\r\nAuto-Submitted: {submitted}\r\nMIME-Version: 1.0\r\n";

    /// <summary>What From says: as the script has it, its display name encoded where that must be; else the owner.</summary>
    public string Author(string? said)
    {
        if (said is null) return $"<{owner.Address}>";
        var line = OneLine(said);
        if (Ascii.IsValid(line)) return line;
        var wire = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(line));
        return AddressParser.Parse(wire) is [{ Name: { } name } address]
            ? $"{EncodedWords.Encode(EncodedWords.Decode(name))} <{address.Mailbox}@{address.Host}>"
            : $"<{owner.Address}>";
    }

    public static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();

    /// <summary>A text as a MIME entity: its header, a blank line, and itself.</summary>
    public static string Text(string text)
    {
        var lines = text.ReplaceLineEndings("\r\n");
        if (!lines.EndsWith("\r\n", StringComparison.Ordinal)) lines += "\r\n";
        return Ascii.IsValid(lines) && lines.Split("\r\n").All(line => line.Length < 990)
            ? $"Content-Type: text/plain; charset=us-ascii\r\n\r\n{lines}"
            : "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                + Convert.ToBase64String(Encoding.UTF8.GetBytes(lines), Base64FormattingOptions.InsertLineBreaks) + "\r\n";
    }

    /// <summary>The message without its Return-Path, which the next server writes anew, with the mark on top.</summary>
    private async IAsyncEnumerable<ReadOnlyMemory<byte>> SentOnAsync(
        ReadOnlyMemory<byte>? header, [EnumeratorCancellation] CancellationToken cancellation)
    {
        yield return Encoding.UTF8.GetBytes($"{Mark}: {owner.Address}\r\n");
        using (var kept = new MemoryStream())
        {
            HeaderBlock.WriteWithout(header ?? message.HeaderOctets, field => field.Is("return-path"u8), kept);
            yield return kept.ToArray();
        }

        long skip = message.HeaderOctets.Length;
        await foreach (var octets in mail.ReadAsync(cancellation))
        {
            var from = (int)Math.Min(skip, octets.Length);
            skip -= from;
            if (from < octets.Length) yield return octets[from..];
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Once(byte[] octets)
    {
        await Task.CompletedTask;
        yield return octets;
    }
}
