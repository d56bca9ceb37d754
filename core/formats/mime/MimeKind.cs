namespace CompatBot.Formats.Mime;

/// <summary>How a part is built, which is also the form in which IMAP lists it (RFC 3501 section 7.4.2, body-type-*).</summary>
public enum MimeKind
{
    /// <summary>Neither text nor composite; also what is too deep to be opened.</summary>
    Basic,
    Text,
    /// <summary>Has at least one child.</summary>
    Multipart,
    /// <summary>message/rfc822 or message/global that is not transfer encoded: <see cref="MimePart.Message"/> is set.</summary>
    Message,
}
