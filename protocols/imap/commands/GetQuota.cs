using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>GETQUOTA: what the account may have, and has (RFC 9208 section 4.2). There is one quota root, named "".</summary>
public sealed record GetQuota(string Root) : IImapCommand
{
    /// <summary>A unit of STORAGE, in octets (section 5.1).</summary>
    private const int UnitBytes = 1024;

    /// <summary>getquota = "GETQUOTA" SP quota-root-name</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer) =>
        lexer.Space() && lexer.AString(out var root) && lexer.End() ? new GetQuota(System.Text.Encoding.UTF8.GetString(root)) : null;

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        if (Root.Length > 0) return ImapReply.No(Refusal.NotFound);
        await WriteAsync(session, cancellation);
        return ImapReply.Ok("GETQUOTA completed");
    }

    /// <summary>Without a limit the list is empty: nothing is limited (section 4.2.1).</summary>
    public static async ValueTask WriteAsync(ImapSession session, CancellationToken cancellation)
    {
        var (used, limit) = await session.QuotaAsync(cancellation);
        var writer = new WireWriter(session.Output);
        writer.Text(limit is { } most
            ? $"* QUOTA \"\" (STORAGE {(used + UnitBytes - 1) / UnitBytes} {most / UnitBytes})\r\n"
            : "* QUOTA \"\" ()\r\n");
        writer.Commit();
    }
}

/// <summary>GETQUOTAROOT: the quota root of a mailbox, which is that of all (RFC 9208 section 4.3).</summary>
public sealed record GetQuotaRoot(string Mailbox) : IImapCommand
{
    /// <summary>getquotaroot = "GETQUOTAROOT" SP mailbox</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer) =>
        lexer.Space() && lexer.Mailbox(out var mailbox) && lexer.End() ? new GetQuotaRoot(mailbox) : null;

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        if (session.Mail.State.Find(MailboxNames.Fold(Mailbox)) is not { } mailbox) return ImapReply.No(Refusal.NotFound);
        var writer = new WireWriter(session.Output);
        writer.Raw("* QUOTAROOT "u8);
        writer.Mailbox(mailbox.Name, session.IsUtf8);
        writer.Raw(" \"\"\r\n"u8);
        writer.Commit();
        await GetQuota.WriteAsync(session, cancellation);
        return ImapReply.Ok("GETQUOTAROOT completed");
    }
}
