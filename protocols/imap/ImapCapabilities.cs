using CompatBot.Protocols.Net.Sasl;

namespace CompatBot.Protocols.Imap;

/// <summary>What this server says it speaks, by state: the greeting, CAPABILITY and the reply to a login all say the same.</summary>
public static class ImapCapabilities
{
    private const string Base = "IMAP4rev1";

    private const string Always = $"{Base} IMAP4rev2 SASL-IR LITERAL+ ENABLE ID IDLE NAMESPACE";

    private const string AppendLimit = "APPENDLIMIT";

    /// <summary>Told before login too: Python's imaplib never asks again after it.</summary>
    private const string Mail = "UIDPLUS MOVE UNSELECT CHILDREN LIST-EXTENDED LIST-STATUS SPECIAL-USE CREATE-SPECIAL-USE STATUS=SIZE "
        + "CONDSTORE QRESYNC ESEARCH SEARCHRES WITHIN OBJECTID "
        + "NOTIFY INPROGRESS CONTEXT=SEARCH CONTEXT=SORT MULTISEARCH PARTIAL SEARCH=FUZZY "
        + "BINARY PREVIEW REPLACE UTF8=ACCEPT UIDONLY UIDBATCHES COMPRESS=DEFLATE "
        + "METADATA LIST-METADATA ACL RIGHTS=kxte LIST-MYRIGHTS XLIST "
        + "I18NLEVEL=1 I18NLEVEL=2 CATENATE SAVEDATE MULTIAPPEND QUOTA QUOTA=RES-STORAGE UNAUTHENTICATE "
        + "SORT SORT=DISPLAY ESORT THREAD=ORDEREDSUBJECT THREAD=REFERENCES";

    /// <summary>What an account can do without, in the order in which it is told.</summary>
    public static IReadOnlyList<string> Optional { get; } = [.. $"{Always} {Mail} {AppendLimit}".Split(' ').Where(name => name != Base)];

    public static string For(ImapSession session)
    {
        var all = All(session);
        return session.Without.Count == 0 ? all : string.Join(' ', all.Split(' ').Where(session.Speaks));
    }

    /// <summary>Whether a capability is named, itself or as one of a family: "SORT" names SORT=DISPLAY too.</summary>
    public static bool IsAmong(IReadOnlySet<string> names, string capability) =>
        names.Contains(capability)
        || (capability.IndexOf('=', StringComparison.Ordinal) is var end and > 0 && names.Contains(capability[..end]));

    private static string All(ImapSession session)
    {
        var limit = $"{AppendLimit}={session.Limits.AppendBytesMax}"; // RFC 7889: the same for all mailboxes.
        if (session.Limits.CommandMessagesMax is var messages and < int.MaxValue) limit += $" MESSAGELIMIT={messages}";
        if (session.State != ImapState.NotAuthenticated) return $"{Always} {Mail} {limit}";
        var connection = session.Connection;
        var startTls = connection.CanStartTls ? " STARTTLS" : "";
        var login = connection.IsPrivate
            ? string.Concat(Logins.Mechanisms.Select(name => $" AUTH={name}"))
            : " LOGINDISABLED";
        return $"{Always} {Mail} {limit}{startTls}{login}";
    }
}
