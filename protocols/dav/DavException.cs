using System.Xml.Linq;
using CompatBot.Core.Store;

namespace CompatBot.Protocols.Dav;

/// <summary>The request ends here with this status, and where one is named, a precondition in the body (RFC 4918 section 16).</summary>
internal sealed class DavException(int status, XName? precondition = null, string? text = null) : Exception
{
    public int Status => status;

    /// <summary>What a person may read; null: the status says all.</summary>
    public string? Text => text;

    public XName? Precondition => precondition;

    /// <summary>What belongs inside of the precondition's element: paths, as hrefs.</summary>
    public IReadOnlyList<string> Hrefs { get; init; } = [];

    /// <summary>With 416: how long the whole is.</summary>
    public string? ContentRange { get; init; }

    /// <summary>Core's refusal in HTTP's words.</summary>
    public static DavException Of(Refusal refusal) => refusal switch
    {
        Refusal.NotFound => new(404),
        Refusal.AlreadyExists => new(405),
        Refusal.Invalid => new(403, null, "Such a name can not be given"),
        Refusal.TooLarge => new(413),
        Refusal.OverQuota => new(507, Xml.DavNames.QuotaNotExceeded),
        Refusal.StoreFull => new(507, Xml.DavNames.SufficientDiskSpace),
        Refusal.TooMany => new(507, null, "A limit on how many there may be is reached"),
        Refusal.HasChildren => new(409),
        Refusal.NotPermitted => new(403, Xml.DavNames.NeedPrivileges),
        Refusal.Locked => new(403, Xml.DavNames.NeedPrivileges, "Outside of this device's scope"),
        Refusal.BadCredentials => new(401),
        Refusal.Conflict or Refusal.Unavailable => new(503, null, "Try again later"),
        Refusal.Damaged or Refusal.WentBack => new(500, null, "The account's store can not be read: its operator must look"),
        _ => new(500),
    };

    /// <summary>The value, or core's refusal as an answer.</summary>
    public static T Unless<T>(Outcome<T> outcome) => outcome.Refusal == Refusal.None ? outcome.Value! : throw Of(outcome.Refusal);
}
