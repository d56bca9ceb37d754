using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using CompatBot.Core.Content;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Calendar.Attachments;

/// <summary>
/// What the URL of an attachment says: whose it is, and the key of its content, which opens that and nothing else. It never prints itself.
/// </summary>
/// <param name="Size">Octets.</param>
/// <param name="MediaType">As its FMTTYPE; ASCII.</param>
public sealed record AttachmentToken(AccountId Account, ContentRef Content, long Size, string MediaType)
{
    private const int FixedBytes = AccountId.Length + BlobKey.Length + sizeof(byte) + sizeof(long);
    private const int CharactersMax = 512;

    /// <returns>Null when the text is no token.</returns>
    public static AttachmentToken? Parse(string text)
    {
        if (text.Length is 0 or > CharactersMax || !Base64Url.IsValid(text)) return null;
        ReadOnlySpan<byte> bytes = Base64Url.DecodeFromChars(text);
        if (bytes.Length < FixedBytes || bytes[FixedBytes..].IndexOfAnyExceptInRange((byte)' ', (byte)'~') >= 0) return null;
        var key = new BlobKey(bytes.Slice(AccountId.Length, BlobKey.Length));
        var rest = bytes[(AccountId.Length + BlobKey.Length)..];
        var size = BinaryPrimitives.ReadInt64BigEndian(rest[1..]);
        return size < 0
            ? null
            : new AttachmentToken(
                AccountId.FromBytes(bytes), new ContentRef(key, rest[0]), size, Encoding.ASCII.GetString(bytes[FixedBytes..]));
    }

    /// <summary>The token as it stands in a URL.</summary>
    public string Reveal()
    {
        var size = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(size, Size);
        return Base64Url.EncodeToString(
            (byte[])[.. Account.ToBytes(), .. Content.Key.ToBytes(), Content.Depth, .. size, .. Encoding.ASCII.GetBytes(MediaType)]);
    }

    public override string ToString() => "(token)";
}
