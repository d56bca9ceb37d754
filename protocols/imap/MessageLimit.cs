using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap;

/// <summary>MESSAGELIMIT (RFC 9738): commands that name more messages than one may work on, where the operator sets such a limit.</summary>
public static class MessageLimit
{
    /// <summary>Leaves the rows with the highest UIDs.</summary>
    /// <param name="rows">Ascending.</param>
    /// <returns>The response code that says how far down the command comes; null: it does all.</returns>
    public static string? Cut(ImapSession session, MailboxView view, List<int> rows)
    {
        var excess = rows.Count - session.Limits.CommandMessagesMax;
        if (excess <= 0) return null;
        rows.RemoveRange(0, excess);
        return Code(session, view, rows[0]);
    }

    /// <summary>The same, of rows in ranges.</summary>
    public static string? Cut(ImapSession session, MailboxView view, List<(int First, int Below)> ranges)
    {
        var excess = ranges.Sum(range => range.Below - range.First) - session.Limits.CommandMessagesMax;
        if (excess <= 0) return null;
        for (; ranges[0].Below - ranges[0].First <= excess; ranges.RemoveAt(0)) excess -= ranges[0].Below - ranges[0].First;
        ranges[0] = (ranges[0].First + excess, ranges[0].Below);
        return Code(session, view, ranges[0].First);
    }

    /// <param name="lowest">The last row that the command works on.</param>
    public static string Code(ImapSession session, MailboxView view, int lowest) =>
        $"MESSAGELIMIT {session.Limits.CommandMessagesMax} {view.Messages.UidAt(lowest)}";

    /// <summary>Of a command that does all or nothing.</summary>
    public static ImapReply Refused(ImapSession session) =>
        ImapReply.No($"MESSAGELIMIT {session.Limits.CommandMessagesMax}", "Too many messages at once");

    /// <summary>The reply with the code; where it has one already, the code comes in a line of its own before it.</summary>
    public static ImapReply Tell(ImapSession session, ImapReply reply, string? code)
    {
        if (code is null) return reply;
        if (reply is { Status: "OK", Code: null }) return reply with { Code = code };
        var writer = new WireWriter(session.Output);
        writer.Text($"* OK [{code}] Some messages were left out\r\n");
        writer.Commit();
        return reply;
    }
}
