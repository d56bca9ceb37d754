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
        if (UnchangedSince is not null) session.EnableCondStore();
        if (rows.Count == 0) return ImapReply.Ok("STORE completed, no such message");
        var cut = MessageLimit.Cut(session, view, rows);
        var uids = rows.ConvertAll(view.Messages.UidAt);
        var stored = await session.Mail.StoreUnchangedAsync(
            view.State.Id, uids, Action, (MessageFlags)Flags.System, Flags.Keywords, UnchangedSince ?? ulong.MaxValue, cancellation);
        if (stored.Declined) return ImapReply.No(stored.Refusal);

        var (newest, modified) = (stored.Value.Mailbox, stored.Value.Modified);
        view.LearnKeywords(session, newest);
        var others = modified.Count == 0 ? null : modified.ToHashSet();
        List<int> ours = others is null ? rows : rows.FindAll(row => !others.Contains(view.Messages.UidAt(row)));
        List<uint> left = others is null ? [] : rows.Except(ours).Select(row => ByUid ? view.Messages.UidAt(row) : (uint)row + 1).ToList();
        if (view.FlagsChangedOnly(newest) is { } changed)
        {
            await TellAllAsync(session, view, newest, ours, changed, cancellation);
        }
        else
        {
            foreach (var row in ours) await TellAsync(session, view, newest, row);
        }

        var reply = left.Count == 0
            ? ImapReply.Ok("STORE completed")
            : ImapReply.Ok(Modified(left), "Some were changed by others meanwhile");
        return MessageLimit.Tell(session, reply, cut);
    }

    /// <summary>resp-text-code =/ "MODIFIED" SP sequence-set</summary>
    private static string Modified(List<uint> numbers)
    {
        return WireWriter.Compose((ref writer) =>
        {
            writer.Raw("MODIFIED "u8);
            writer.UidSet(numbers);
        });
    }

    /// <summary>Where nothing came or went the client is told all of it here, row by row, and then knows the newest version.</summary>
    /// <param name="ours">Rows that were stored to; ascending, as <paramref name="changed"/> is.</param>
    private async ValueTask TellAllAsync(
        ImapSession session,
        MailboxView view,
        MailboxState newest,
        List<int> ours,
        IReadOnlyList<int> changed,
        CancellationToken cancellation)
    {
        var mask = Mask(newest);
        var (next, withUid) = (0, ByUid || session.TellsUids);
        if (!IsSilent || session.IsCondStore)
        {
            foreach (var row in ours)
            {
                var (uid, flags) = (newest.Messages.UidAt(row), newest.Messages.FlagsAt(row));
                if (IsSilent && Reckon(view.FlagsAt(row), mask) == flags) MailboxView.WriteModSeq(session, newest, row + 1, uid);
                else view.WriteFlags(session, newest, row + 1, uid, flags, withUid);
                await session.FlushIfLargeAsync();
            }
        }

        foreach (var row in changed)
        {
            while (next < ours.Count && ours[next] < row) next++;
            var isOurs = next < ours.Count && ours[next] == row;
            if (isOurs && (!IsSilent || session.IsCondStore)) continue;
            var (known, flags) = (view.FlagsAt(row), newest.Messages.FlagsAt(row));
            if ((isOurs ? Reckon(known, mask) : known) == flags) continue;
            view.WriteFlags(session, newest, row + 1, newest.Messages.UidAt(row), flags, session.TellsUids);
            await session.FlushIfLargeAsync();
        }

        view.Start(newest);
        await view.TellContextsAsync(session, changed, cancellation);
    }

    private async ValueTask TellAsync(ImapSession session, MailboxView view, MailboxState newest, int row)
    {
        var uid = view.Messages.UidAt(row);
        var found = newest.Messages.IndexOf(uid);
        if (found < 0) return; // Somebody else removed it; EXPUNGE will say so when it may.
        if (IsSilent)
        {
            view.Told(uid, Reckon(view.FlagsAt(row), Mask(newest)), newest.Messages.ModSeqAt(found));
            if (session.IsCondStore) MailboxView.WriteModSeq(session, newest, row + 1, uid);
            return;
        }

        var flags = newest.Messages.FlagsAt(found);
        view.Told(uid, flags, newest.Messages.ModSeqAt(found));
        view.WriteFlags(session, newest, row + 1, uid, flags, withUid: ByUid || session.TellsUids);
        await session.FlushIfLargeAsync();
    }

    private MessageFlags Mask(MailboxState names)
    {
        var flags = (MessageFlags)Flags.System;
        foreach (var keyword in Flags.Keywords) flags |= names.FlagOf(keyword) ?? MessageFlags.None;
        return flags;
    }

    private MessageFlags Reckon(MessageFlags before, MessageFlags mask) => Action switch
    {
        FlagAction.Add => before | mask,
        FlagAction.Remove => before & ~mask,
        FlagAction.Replace => mask,
        _ => throw new ArgumentOutOfRangeException(nameof(before), Action, null),
    };

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
