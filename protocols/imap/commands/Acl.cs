using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>
/// Who may do what with a mailbox (RFC 4314): its owner may do all, or on a read-only device read; nothing is shared with others, so
/// nothing can be changed.
/// </summary>
public static class Rights
{
    /// <summary>The identifier of who is logged in: nobody else is ever named.</summary>
    public const string Owner = "owner";

    public static string Of(ImapSession session) => session.Mail.ReadOnly ? "lr" : "lrswipkxtea";

    /// <summary>The mailbox; or why it cannot be asked about.</summary>
    internal static ImapReply? Missing(ImapSession session, string name) =>
        session.Mail.State.Find(MailboxNames.Fold(name)) is null ? ImapReply.No(Refusal.NotFound) : null;

    internal static void Write(ImapSession session, string response, string mailbox, string text)
    {
        var writer = new WireWriter(session.Output);
        writer.Text($"* {response} ");
        writer.Mailbox(MailboxNames.Fold(mailbox), session.IsUtf8);
        writer.Text($" {text}\r\n");
        writer.Commit();
    }
}

/// <summary>MYRIGHTS (RFC 4314 section 3.5).</summary>
public sealed record MyRights(string Mailbox) : IImapCommand
{
    /// <summary>myrights = "MYRIGHTS" SP mailbox</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer) =>
        lexer.Space() && lexer.Mailbox(out var mailbox) && lexer.End() ? new MyRights(mailbox) : null;

    public ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        if (Rights.Missing(session, Mailbox) is { } why) return new(why);
        Rights.Write(session, "MYRIGHTS", Mailbox, Rights.Of(session));
        return new(ImapReply.Ok("MYRIGHTS completed"));
    }
}

/// <summary>GETACL (RFC 4314 section 3.3).</summary>
public sealed record GetAcl(string Mailbox) : IImapCommand
{
    /// <summary>getacl = "GETACL" SP mailbox</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer) =>
        lexer.Space() && lexer.Mailbox(out var mailbox) && lexer.End() ? new GetAcl(mailbox) : null;

    public ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        if (Rights.Missing(session, Mailbox) is { } why) return new(why);
        Rights.Write(session, "ACL", Mailbox, $"{Rights.Owner} {Rights.Of(session)}");
        return new(ImapReply.Ok("GETACL completed"));
    }
}

/// <summary>LISTRIGHTS: the owner always has all rights, others cannot be given any (RFC 4314 section 3.4).</summary>
public sealed record ListRights(string Mailbox, string Identifier) : IImapCommand
{
    /// <summary>listrights = "LISTRIGHTS" SP mailbox SP identifier</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer) =>
        lexer.Space() && lexer.Mailbox(out var mailbox) && lexer.Space() && lexer.AString(out var identifier) && lexer.End()
            ? new ListRights(mailbox, System.Text.Encoding.UTF8.GetString(identifier))
            : null;

    public ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        if (Rights.Missing(session, Mailbox) is { } why) return new(why);
        var rights = Identifier == Rights.Owner ? Rights.Of(session) : "\"\"";
        var identifier = WireWriter.Compose((ref writer) => writer.AString(Identifier));
        Rights.Write(session, "LISTRIGHTS", Mailbox, $"{identifier} {rights}");
        return new(ImapReply.Ok("LISTRIGHTS completed"));
    }
}

/// <summary>SETACL and DELETEACL (RFC 4314 section 3.1, 3.2).</summary>
public sealed record ChangeAcl(string Mailbox) : IImapCommand
{
    /// <summary>setacl = "SETACL" SP mailbox SP identifier SP mod-rights</summary>
    public static IImapCommand? ParseSet(ref ImapLexer lexer) =>
        lexer.Space() && lexer.Mailbox(out var mailbox) && lexer.Space() && lexer.AString(out _) && lexer.Space()
            && lexer.AString(out _) && lexer.End() ? new ChangeAcl(mailbox) : null;

    /// <summary>deleteacl = "DELETEACL" SP mailbox SP identifier</summary>
    public static IImapCommand? ParseDelete(ref ImapLexer lexer) =>
        lexer.Space() && lexer.Mailbox(out var mailbox) && lexer.Space() && lexer.AString(out _) && lexer.End()
            ? new ChangeAcl(mailbox)
            : null;

    public ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation) =>
        new(Rights.Missing(session, Mailbox) ?? ImapReply.No("NOPERM", "Mailboxes are not shared here"));
}
