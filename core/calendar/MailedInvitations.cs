using System.Buffers;
using System.Text;
using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Formats.Icalendar.Itip;
using CompatBot.Formats.Mime;
using CompatBot.Formats.Vobject;

namespace CompatBot.Core.Calendar;

/// <summary>
/// Finds scheduling messages in mail that arrives (iMIP, RFC 6047) and lays them into the account's calendar dropbox. One counts only when
/// the message's author may say it: the organizer, or who attends, as From names them.
/// </summary>
public sealed class MailedInvitations(Accounts accounts, ScheduleDeliveries deliveries) : IMailArrivals
{
    public async ValueTask<Refusal> ArrivedAsync(AccountId account, ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        if (!MayHold(message.Span)) return Refusal.None;
        var scanner = new MimeScanner();
        scanner.Write(message.Span);
        var summary = scanner.Finish();
        if (Author(summary) is not { } author || Find(summary.Root) is not { } part) return Refusal.None;
        if (Component.Read(Text(message, part), out var roots) is not null) return Refusal.None;
        if (roots is not [{ Name: "VCALENDAR" } calendar]) return Refusal.None;
        var users = await accounts.AddressesAsync(account, cancellation);
        if (Read(calendar, author, users) is not { } told) return Refusal.None;
        if (await accounts.FindAsync(users[0], cancellation) is not { } record) return Refusal.None;
        var refusal = await deliveries.DeliverAsync(record, told, isAside: true, cancellation);
        return refusal is Refusal.StoreFull or Refusal.Unavailable ? refusal : Refusal.None;
    }

    /// <summary>The scheduling message, if its author may send it to one of the users.</summary>
    /// <param name="author">Mail address, lower case.</param>
    /// <param name="users">The account's addresses.</param>
    public static ItipMessage? Read(Component calendar, string author, IReadOnlyList<string> users)
    {
        if (calendar.Find("METHOD")?.Value.Trim().ToUpperInvariant() is not { } method) return null;
        var told = new SchedulingObject(calendar);
        if (told.OrganizerLine is not { } organizer) return null;
        var attendees = told.Parts.SelectMany(part => part.All("ATTENDEE")).ToList();
        switch (method)
        {
            case "REQUEST" or "ADD" or "CANCEL" or "DECLINECOUNTER":
                var invited = attendees.Find(line => users.Contains(CalendarUser.Of(line)) && CalendarUser.Of(line) != told.Organizer);
                if (invited is null) return null;
                var isDelegate = method == "REQUEST" && invited["DELEGATED-FROM"] is { } delegator && CalendarUser.Of(delegator) == author;
                var from = IsOf(organizer, author) ? told.Organizer! : author;
                return isDelegate || from == told.Organizer ? new ItipMessage(method, from, CalendarUser.Of(invited), calendar) : null;
            case "REPLY" or "COUNTER" or "REFRESH" when users.Contains(told.Organizer!):
                var answering = attendees.Find(line => IsOf(line, author));
                return answering is null ? null : new ItipMessage(method, CalendarUser.Of(answering), told.Organizer!, calendar);
            default:
                return null;
        }
    }

    /// <summary>
    /// Whether a mail's author speaks for a user: is it, or is named by SENT-BY and of the same domain. The line is the author's own word,
    /// so that of another domain anybody could name himself.
    /// </summary>
    private static bool IsOf(ContentLine line, string author) => CalendarUser.Of(line) is var user
        && (user == author || (line["SENT-BY"] is { } agent && CalendarUser.Of(agent) == author && DomainOf(user) == DomainOf(author)));

    private static string DomainOf(string user) => user[(user.LastIndexOf('@') + 1)..];

    private static string? Author(MimeMessage message)
    {
        var from = message.Envelope.From;
        return from is [{ Mailbox: { Length: > 0 } mailbox, Host: { Length: > 0 } host }] ? $"{mailbox}@{host}".ToLowerInvariant() : null;
    }

    private static bool MayHold(ReadOnlySpan<byte> octets)
    {
        for (var at = octets.IndexOf((byte)'/'); at >= 0;)
        {
            var rest = octets[(at + 1)..];
            if (rest.Length >= 8 && Ascii.EqualsIgnoreCase(rest[..8], "calendar"u8)) return true;
            var next = rest.IndexOf((byte)'/');
            at = next < 0 ? -1 : at + 1 + next;
        }

        return false;
    }

    /// <summary>The first text/calendar with a method, not inside of a forwarded message.</summary>
    private static MimePart? Find(MimePart part)
    {
        if (part.Kind == MimeKind.Multipart) return part.Children.Select(Find).FirstOrDefault(one => one is not null);
        var isCalendar = part.Type.Equals("text", StringComparison.OrdinalIgnoreCase)
            && part.Subtype.Equals("calendar", StringComparison.OrdinalIgnoreCase);
        return isCalendar && part.Parameter("method") is not null ? part : null;
    }

    private static byte[] Text(ReadOnlyMemory<byte> message, MimePart part)
    {
        var decoder = TransferDecoder.For(part.Encoding);
        var decoded = new ArrayBufferWriter<byte>();
        decoder.Decode(message.Span[(int)part.BodyStart..(int)part.End], decoded);
        decoder.Finish(decoded);
        var charset = Charsets.GetOrUtf8(part.Parameter("charset"));
        return charset is UTF8Encoding ? decoded.WrittenSpan.ToArray() : Encoding.UTF8.GetBytes(charset.GetString(decoded.WrittenSpan));
    }
}
