using CompatBot.Core.Mail;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>STORE: changes flags (RFC 3501 section 6.4.6).</summary>
/// <param name="IsSilent">The client reckons the new flags itself; only surprises are told.</param>
/// <param name="UnchangedSince">Messages with a greater mod-sequence are left alone (RFC 7162 section 3.1.3); null: none is.</param>
public sealed record Store(
    SequenceSet Messages, FlagAction Action, bool IsSilent, FlagList Flags, bool ByUid, ulong? UnchangedSince = null) : IImapCommand
{
    /// <summary>store = "STORE" SP sequence-set SP store-att-flags</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer) => Parse(ref lexer, byUid: false);

    public static IImapCommand? ParseUid(ref ImapLexer lexer) => Parse(ref lexer, byUid: true);

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        var view = session.View!;
        if (view.IsReadOnly) return ImapReply.ReadOnly;
        if (view.Resolve(Messages, ByUid) is not { } rows) return ImapReply.Bad("Expected numbers of messages that exist");
        session.IsCondStore |= UnchangedSince is not null;
        if (rows.Count == 0) return ImapReply.Ok("STORE completed, no such message");
        var uids = rows.ConvertAll(view.Messages.UidAt);
        var stored = await session.Mail.StoreUnchangedAsync(
            view.State.Id, uids, Action, (MessageFlags)Flags.System, Flags.Keywords, UnchangedSince ?? ulong.MaxValue, cancellation);
        if (stored.Declined) return ImapReply.No(stored.Refusal);

        var (newest, modified) = (stored.Value.Mailbox, stored.Value.Modified);
        view.LearnKeywords(session, newest);
        var others = modified.Count == 0 ? null : modified.ToHashSet();
        List<uint> left = [];
        foreach (var row in rows)
        {
            if (others?.Contains(view.Messages.UidAt(row)) != true) await TellAsync(session, view, newest, row);
            else left.Add(ByUid ? view.Messages.UidAt(row) : (uint)row + 1);
        }

        return left.Count == 0 ? ImapReply.Ok("STORE completed") : ImapReply.Ok(Modified(left), "Some were changed by others meanwhile");
    }

    /// <summary>resp-text-code =/ "MODIFIED" SP sequence-set</summary>
    private static string Modified(List<uint> numbers)
    {
        var text = new System.Buffers.ArrayBufferWriter<byte>();
        var writer = new WireWriter(text);
        writer.Raw("MODIFIED "u8);
        writer.UidSet(numbers);
        writer.Commit();
        return System.Text.Encoding.ASCII.GetString(text.WrittenSpan);
    }

    private async ValueTask TellAsync(ImapSession session, MailboxView view, MailboxState newest, int row)
    {
        var uid = view.Messages.UidAt(row);
        var found = newest.Messages.IndexOf(uid);
        if (found < 0) return; // Somebody else removed it; EXPUNGE will say so when it may.
        if (IsSilent)
        {
            view.Told(uid, Reckon(view.FlagsAt(row), newest));
            if (session.IsCondStore) MailboxView.WriteModSeq(session, newest, row + 1, uid);
            return;
        }

        var flags = newest.Messages.FlagsAt(found);
        view.Told(uid, flags);
        view.WriteFlags(session, newest, row + 1, uid, flags, withUid: ByUid || session.IsQresync);
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
        if (!lexer.Space() || !lexer.Sequence(out var messages, byUid) || !lexer.Space()) return null;
        ulong? since = null;
        if (lexer.Take((byte)'('))
        {
            if (!lexer.TakeWord("UNCHANGEDSINCE"u8))
            {
                lexer.Expected("UNCHANGEDSINCE");
                return null;
            }

            if (!lexer.Space() || !lexer.Number64(out var sequence) || !lexer.Close() || !lexer.Space()) return null;
            since = (ulong)sequence;
        }

        if (!lexer.Word(out var name)) return null;
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
        return new Store(messages, how.Value.Action, how.Value.IsSilent, flags, byUid, since);
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
