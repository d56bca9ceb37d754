using System.Collections.Frozen;
using CompatBot.Protocols.Imap.Commands;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap;

/// <summary>A parsed command, ready to run.</summary>
public interface IImapCommand
{
    ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation);

    /// <summary>A UID command that names message numbers too: nothing is expunged while it answers (RFC 9051 section 7.5.1).</summary>
    bool KeepsNumbers => false;
}

/// <summary>Reads the arguments after the command name; null when <see cref="ImapLexer.Mistake"/> says why not.</summary>
public delegate IImapCommand? ImapParser(ref ImapLexer lexer);

/// <param name="KeepsNumbers">While it answers, no EXPUNGE may be sent (RFC 3501 section 7.4.1).</param>
/// <param name="Capability">What tells of it: where that is switched off, the command is unknown. Null: every server has it.</param>
public readonly record struct ImapCommandEntry(
    string Name, ImapState AllowedIn, ImapParser Parse, bool KeepsNumbers = false, string? Capability = null)
{
    /// <summary>It takes or tells message numbers: off after ENABLE UIDONLY (RFC 9586 section 3).</summary>
    public bool UsesNumbers => Name is "FETCH" or "STORE" or "SEARCH" or "SORT" or "THREAD" or "COPY" or "MOVE" or "REPLACE";
}

/// <summary>Every command this server speaks, where it is allowed, and who parses it: the map of this folder.</summary>
public static class ImapCommands
{
    private static readonly ImapCommandEntry[] Entries =
    [
        new("CAPABILITY", ImapState.Any, Capability.Parse), // RFC 3501 6.1.1
        new("NOOP", ImapState.Any, Noop.Parse), // RFC 3501 6.1.2
        new("LOGOUT", ImapState.Any, Logout.Parse), // RFC 3501 6.1.3
        new("ID", ImapState.Any, Id.Parse, Capability: "ID"), // RFC 2971
        new("STARTTLS", ImapState.NotAuthenticated, StartTls.Parse), // RFC 3501 6.2.1
        new("AUTHENTICATE", ImapState.NotAuthenticated, Authenticate.Parse), // RFC 3501 6.2.2, RFC 4959
        new("LOGIN", ImapState.NotAuthenticated, Login.Parse), // RFC 3501 6.2.3
        new("UNAUTHENTICATE", ImapState.AfterLogin, Unauthenticate.Parse, Capability: "UNAUTHENTICATE"), // RFC 8437
        new("ENABLE", ImapState.AfterLogin, Enable.Parse, Capability: "ENABLE"), // RFC 5161
        new("SELECT", ImapState.AfterLogin, Select.ParseSelect), // RFC 3501 6.3.1
        new("EXAMINE", ImapState.AfterLogin, Select.ParseExamine), // RFC 3501 6.3.2
        new("CREATE", ImapState.AfterLogin, Create.Parse), // RFC 3501 6.3.3, RFC 6154
        new("DELETE", ImapState.AfterLogin, Delete.Parse), // RFC 3501 6.3.4
        new("RENAME", ImapState.AfterLogin, Rename.Parse), // RFC 3501 6.3.5
        new("SUBSCRIBE", ImapState.AfterLogin, Subscribe.ParseSubscribe), // RFC 3501 6.3.6
        new("UNSUBSCRIBE", ImapState.AfterLogin, Subscribe.ParseUnsubscribe), // RFC 3501 6.3.7
        new("LIST", ImapState.AfterLogin, List.Parse), // RFC 3501 6.3.8, RFC 5258, RFC 5819, RFC 6154
        new("LSUB", ImapState.AfterLogin, LSub.Parse), // RFC 3501 6.3.9
        new("NAMESPACE", ImapState.AfterLogin, Namespace.Parse, Capability: "NAMESPACE"), // RFC 2342
        new("STATUS", ImapState.AfterLogin, Status.Parse), // RFC 3501 6.3.10
        new("APPEND", ImapState.AfterLogin, Append.Parse), // RFC 3501 6.3.11, RFC 3502
        new("GETMETADATA", ImapState.AfterLogin, GetMetadata.Parse, Capability: "METADATA"), // RFC 5464 4.2
        new("SETMETADATA", ImapState.AfterLogin, SetMetadata.Parse, Capability: "METADATA"), // RFC 5464 4.3
        new("ESEARCH", ImapState.AfterLogin, MultiSearch.Parse, KeepsNumbers: true, Capability: "MULTISEARCH"), // RFC 7377
        new("CANCELUPDATE", ImapState.Selected, CancelUpdate.Parse, Capability: "CONTEXT"), // RFC 5267 4.3.3
        new("UIDBATCHES", ImapState.Selected, UidBatches.Parse, Capability: "UIDBATCHES"), // RFC 10022
        new("NOTIFY", ImapState.AfterLogin, Notify.Parse, Capability: "NOTIFY"), // RFC 5465
        new("REPLACE", ImapState.Selected, Append.ParseReplace, Capability: "REPLACE"), // RFC 8508
        new("COMPRESS", ImapState.AfterLogin, Compress.Parse, Capability: "COMPRESS=DEFLATE"), // RFC 4978
        new("XLIST", ImapState.AfterLogin, List.ParseX, Capability: "XLIST"), // Gmail's, of before RFC 6154
        new("MYRIGHTS", ImapState.AfterLogin, MyRights.Parse, Capability: "ACL"), // RFC 4314 3.5
        new("GETACL", ImapState.AfterLogin, GetAcl.Parse, Capability: "ACL"), // RFC 4314 3.3
        new("LISTRIGHTS", ImapState.AfterLogin, ListRights.Parse, Capability: "ACL"), // RFC 4314 3.4
        new("SETACL", ImapState.AfterLogin, ChangeAcl.ParseSet, Capability: "ACL"), // RFC 4314 3.1
        new("DELETEACL", ImapState.AfterLogin, ChangeAcl.ParseDelete, Capability: "ACL"), // RFC 4314 3.2
        new("GETQUOTA", ImapState.AfterLogin, GetQuota.Parse, Capability: "QUOTA"), // RFC 9208 4.1.1
        new("GETQUOTAROOT", ImapState.AfterLogin, GetQuotaRoot.Parse, Capability: "QUOTA"), // RFC 9208 4.1.2
        new("IDLE", ImapState.AfterLogin, Idle.Parse, Capability: "IDLE"), // RFC 2177
        new("CHECK", ImapState.Selected, Check.Parse), // RFC 3501 6.4.1
        new("CLOSE", ImapState.Selected, Close.Parse), // RFC 3501 6.4.2
        new("UNSELECT", ImapState.Selected, Unselect.Parse, Capability: "UNSELECT"), // RFC 3691
        new("EXPUNGE", ImapState.Selected, Expunge.Parse), // RFC 3501 6.4.3
        new("SEARCH", ImapState.Selected, Search.Parse, KeepsNumbers: true), // RFC 3501 6.4.4
        new("SORT", ImapState.Selected, Sort.Parse, KeepsNumbers: true, Capability: "SORT"), // RFC 5256
        new("COMPARATOR", ImapState.AfterLogin, Comparator.Parse, Capability: "I18NLEVEL=2"), // RFC 5255 4.7
        new("THREAD", ImapState.Selected, Threads.Parse, KeepsNumbers: true, Capability: "THREAD"), // RFC 5256
        new("FETCH", ImapState.Selected, Fetch.Parse, KeepsNumbers: true), // RFC 3501 6.4.5
        new("STORE", ImapState.Selected, Store.Parse, KeepsNumbers: true), // RFC 3501 6.4.6
        new("COPY", ImapState.Selected, Copy.Parse), // RFC 3501 6.4.7
        new("MOVE", ImapState.Selected, Move.Parse, Capability: "MOVE"), // RFC 6851
        new("UID", ImapState.Selected, Uid.Parse), // RFC 3501 6.4.8, RFC 4315
    ];

    private static readonly FrozenDictionary<string, ImapCommandEntry> ByName =
        Entries.ToFrozenDictionary(entry => entry.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The capability that tells of a command, or of what follows UID; null: every server has it.</summary>
    /// <param name="entry">Of the command.</param>
    /// <param name="lexer">Behind its name; a copy, so that nothing is taken from it.</param>
    public static string? CapabilityOf(in ImapCommandEntry entry, ImapLexer lexer)
    {
        if (entry.Name != "UID") return entry.Capability;
        if (!lexer.Space() || !lexer.Word(out var name)) return null;
        return name == "EXPUNGE" ? "UIDPLUS" : TryFind(name, out var inner) ? inner.Capability : null; // EXPUNGE itself needs none.
    }

    public static bool TryFind(string name, out ImapCommandEntry entry) => ByName.TryGetValue(name, out entry);
}
