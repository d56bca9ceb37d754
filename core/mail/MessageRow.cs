using CompatBot.Core.Content;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Mail;

/// <summary>One message of a mailbox, without its octets.</summary>
/// <param name="Uid">Never 0; grows in a mailbox.</param>
/// <param name="ModSeq">Journal sequence of the last change of its flags, or of its arrival (RFC 7162).</param>
/// <param name="Size">Octets (RFC822.SIZE).</param>
/// <param name="InternalDate">Seconds since 1970 UTC.</param>
/// <param name="SaveDate">When it came into this mailbox (RFC 8514): seconds since 1970 UTC.</param>
public readonly record struct MessageRow(
    uint Uid, MessageFlags Flags, ulong ModSeq, uint Size, long InternalDate, uint SaveDate, ContentRef Content)
{
    /// <summary>The same for every copy of the same octets in the account, and for nothing else (RFC 8474 section 5.1).</summary>
    public string EmailId => $"M{BlobSeal.NameOf(Content.Key).ToString()[..32]}";
}
