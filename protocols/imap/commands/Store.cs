using CompatBot.Core.Mail;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>STORE: changes flags (RFC 3501 section 6.4.6).</summary>
/// <param name="IsSilent">The client reckons the new flags itself; only surprises are told.</param>
public sealed record Store(SequenceSet Messages, FlagAction Action, bool IsSilent, FlagList Flags, bool ByUid) : IImapCommand
{
    /// <summary>store = "STORE" SP sequence-set SP store-att-flags</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer) => Parse(ref lexer, byUid: false);

    public static IImapCommand? ParseUid(ref ImapLexer lexer) => Parse(ref lexer, byUid: true);

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        var view = session.View!;
        if (view.IsReadOnly) return ImapReply.ReadOnly;
        if (view.Resolve(Messages, ByUid) is not { } rows) return ImapReply.Bad("Expected numbers of messages that exist");
        if (rows.Count == 0) return ImapReply.Ok("STORE completed, no such message");
        var uids = rows.ConvertAll(view.Messages.UidAt);
        var stored = await session.Mail.StoreAsync(view.State.Id, uids, Action, (MessageFlags)Flags.System, Flags.Keywords, cancellation);
        if (stored.Declined) return ImapReply.No(stored.Refusal);

        var newest = stored.Value;
        view.LearnKeywords(session, newest);
        foreach (var row in rows)
        {
            await TellAsync(session, view, newest, row);
        }

        return ImapReply.Ok("STORE completed");
    }

    private async ValueTask TellAsync(ImapSession session, MailboxView view, MailboxState newest, int row)
    {
        var uid = view.Messages.UidAt(row);
        var found = newest.Messages.IndexOf(uid);
        if (found < 0) return; // Somebody else removed it; EXPUNGE will say so when it may.
        if (IsSilent)
        {
            view.Told(uid, Reckon(view.FlagsAt(row), newest));
            return;
        }

        var flags = newest.Messages.FlagsAt(found);
        view.Told(uid, flags);
        view.WriteFlags(session, newest, row + 1, uid, flags, withUid: ByUid);
        await session.FlushIfLargeAsync();
    }

    private MessageFlags Reckon(MessageFlags before, MailboxState names)
    {
        var flags = (MessageFlags)Flags.System;
        foreach (var keyword in Flags.Keywords) flags |= names.FlagOf(keyword) ?? MessageFlags.None;
        return Action switch
        {
            FlagAction.Add => before | flags,
            FlagAction.Remove => before & ~flags,
            FlagAction.Replace => flags,
            _ => throw new ArgumentOutOfRangeException(nameof(before), Action, null),
        };
    }

    /// <summary>store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))</summary>
    private static Store? Parse(ref ImapLexer lexer, bool byUid)
    {
        if (!lexer.Space() || !lexer.Sequence(out var messages) || !lexer.Space() || !lexer.Word(out var name)) return null;
        (FlagAction Action, bool IsSilent)? how = name switch
        {
            "FLAGS" => (FlagAction.Replace, false),
            "FLAGS.SILENT" => (FlagAction.Replace, true),
            "+FLAGS" => (FlagAction.Add, false),
            "+FLAGS.SILENT" => (FlagAction.Add, true),
            "-FLAGS" => (FlagAction.Remove, false),
            "-FLAGS.SILENT" => (FlagAction.Remove, true),
            _ => null,
        };
        if (how is null)
        {
            lexer.Expected("FLAGS, +FLAGS or -FLAGS");
            return null;
        }

        if (!lexer.Space() || !BareOrList(ref lexer, out var flags) || !lexer.End()) return null;
        return new Store(messages, how.Value.Action, how.Value.IsSilent, flags, byUid);
    }

    private static bool BareOrList(ref ImapLexer lexer, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out FlagList? flags)
    {
        if (lexer.IsAt((byte)'(')) return lexer.Flags(out flags);
        flags = null;
        var (system, keywords) = (0ul, new List<string>());
        do
        {
            if (!lexer.Flag(ref system, keywords)) return false;
        }
        while (lexer.Take((byte)' '));
        flags = new FlagList(system, keywords);
        return true;
    }
}
