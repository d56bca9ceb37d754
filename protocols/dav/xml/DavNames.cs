using System.Xml.Linq;

namespace CompatBot.Protocols.Dav.Xml;

/// <summary>Namespaces and the names that are used in more than one place.</summary>
internal static class DavNames
{
    public static readonly XNamespace Dav = "DAV:";
    public static readonly XNamespace CalDav = "urn:ietf:params:xml:ns:caldav";
    public static readonly XNamespace CardDav = "urn:ietf:params:xml:ns:carddav";
    public static readonly XNamespace CalendarServer = "http://calendarserver.org/ns/";
    public static readonly XNamespace Apple = "http://apple.com/ns/ical/";
    public static readonly XNamespace OwnCloud = "http://owncloud.org/ns";

    public static readonly XNamespace Push = "https://bitfire.at/webdav-push";

    /// <summary>Prefixes of an answer; Windows wants "D" for DAV:.</summary>
    public static readonly IReadOnlyList<(string Prefix, XNamespace Namespace)> Prefixes =
        [("D", Dav), ("C", CalDav), ("CR", CardDav), ("CS", CalendarServer), ("A", Apple), ("oc", OwnCloud)];

    public static readonly XName QuotaNotExceeded = Dav + "quota-not-exceeded";
    public static readonly XName SufficientDiskSpace = Dav + "sufficient-disk-space";
    public static readonly XName NeedPrivileges = Dav + "need-privileges";
    public static readonly XName LockTokenSubmitted = Dav + "lock-token-submitted";
    public static readonly XName NoConflictingLock = Dav + "no-conflicting-lock";
    public static readonly XName DisplayName = Dav + "displayname";
    public static readonly XName ResourceType = Dav + "resourcetype";
    public static readonly XName Collection = Dav + "collection";
    public static readonly XName Calendar = CalDav + "calendar";
    public static readonly XName AddressBook = CardDav + "addressbook";
    public static readonly XName CalendarData = CalDav + "calendar-data";
    public static readonly XName AddressData = CardDav + "address-data";
    public static readonly XName ComponentSet = CalDav + "supported-calendar-component-set";
    public static readonly XName GetETag = Dav + "getetag";
    public static readonly XName Prop = Dav + "prop";
}
