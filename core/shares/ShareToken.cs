using System.Buffers.Text;
using System.Security.Cryptography;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Shares;

/// <summary>
/// What a link says: whose it is, and a secret of 128 bits. From the secret follow the link's id, what recognizes it, and the key that
/// opens what the link shows. It never prints itself.
/// </summary>
public sealed class ShareToken
{
    /// <summary>Characters of a token: 32 octets in base64url.</summary>
    public const int Characters = 43;

    private const int SecretLength = 16;

    private readonly byte[] _secret;

    internal ShareToken(AccountId account, ReadOnlySpan<byte> secret)
    {
        (Account, _secret) = (account, secret.ToArray());
        Id = DeviceId.FromBytes(Derive(KeyLabel.LinkId));
    }

    internal AccountId Account { get; }

    /// <summary>The link's place among the account's devices.</summary>
    public DeviceId Id { get; }

    internal ReadOnlySpan<byte> Secret => _secret;

    internal static ShareToken Draw(AccountId account) => new(account, RandomNumberGenerator.GetBytes(SecretLength));

    /// <returns>Null when the text is no token.</returns>
    public static ShareToken? Parse(string text)
    {
        Span<byte> bytes = stackalloc byte[AccountId.Length + SecretLength];
        if (text.Length != Characters || !text.All(char.IsAscii)) return null;
        var isToken = Base64Url.TryDecodeFromChars(text, bytes, out var count) && count == bytes.Length;
        return isToken ? new ShareToken(AccountId.FromBytes(bytes), bytes[AccountId.Length..]) : null;
    }

    /// <summary>The token as it stands in a link.</summary>
    public string Reveal() => Base64Url.EncodeToString((byte[])[.. Account.ToBytes(), .. _secret]);

    public override string ToString() => "(token)";

    internal byte[] Verifier() => Derive(KeyLabel.LinkVerifier);

    /// <param name="stretched">The password, stretched; empty: the link has none.</param>
    internal SecretBytes Key(ReadOnlySpan<byte> stretched)
    {
        var key = SecretBytes.Zeroed(Sodium.KeyBytes);
        KeyLabel.Derive((byte[])[.. _secret, .. stretched], Account, KeyLabel.Link, 0, 0, key.Writable);
        return key;
    }

    private byte[] Derive(ReadOnlySpan<byte> label)
    {
        var derived = new byte[Sodium.KeyBytes];
        KeyLabel.Derive(_secret, Account, label, 0, 0, derived);
        return derived;
    }
}
