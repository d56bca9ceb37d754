using CompatBot.Protocols.Net.Sasl;

namespace CompatBot.Protocols.Imap;

/// <summary>What this server says it speaks, by state: the greeting, CAPABILITY and the reply to a login all say the same.</summary>
public static class ImapCapabilities
{
    private const string Always = "IMAP4rev1 IMAP4rev2 SASL-IR LITERAL+ ENABLE ID IDLE NAMESPACE";

    /// <summary>Told before login too: Python's imaplib never asks again after it.</summary>
    private const string Mail = "UIDPLUS MOVE UNSELECT CHILDREN LIST-EXTENDED LIST-STATUS SPECIAL-USE CREATE-SPECIAL-USE STATUS=SIZE "
        + "CONDSTORE QRESYNC ESEARCH SEARCHRES WITHIN OBJECTID "
        + "NOTIFY INPROGRESS CONTEXT=SEARCH CONTEXT=SORT MULTISEARCH PARTIAL SEARCH=FUZZY "
        + "BINARY PREVIEW REPLACE UTF8=ACCEPT UIDONLY UIDBATCHES COMPRESS=DEFLATE "
        + "METADATA LIST-METADATA ACL RIGHTS=kxte LIST-MYRIGHTS XLIST "
        + "I18NLEVEL=1 CATENATE SAVEDATE MULTIAPPEND QUOTA QUOTA=RES-STORAGE UNAUTHENTICATE "
        + "SORT SORT=DISPLAY ESORT THREAD=ORDEREDSUBJECT THREAD=REFERENCES";

    public static string For(ImapSession session)
    {
        var all = All(session);
        var without = session.Services.Without;
        return without.Count == 0 ? all : string.Join(' ', all.Split(' ').Where(name => !without.Contains(name)));
    }

    private static string All(ImapSession session)
    {
        var limit = $"APPENDLIMIT={session.Limits.AppendBytesMax}"; // RFC 7889: the same for all mailboxes.
        if (session.State != ImapState.NotAuthenticated) return $"{Always} {Mail} {limit}";
        var connection = session.Connection;
        var startTls = connection.CanStartTls ? " STARTTLS" : "";
        var login = connection.IsPrivate
            ? string.Concat(Logins.Mechanisms.Select(name => $" AUTH={name}"))
            : " LOGINDISABLED";
        return $"{Always} {Mail} {limit}{startTls}{login}";
    }
}
