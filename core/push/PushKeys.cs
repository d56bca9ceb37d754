using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using CompatBot.Core.Items;
using CompatBot.Core.Proof;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Push;

/// <summary>
/// What push needs of the host key: the secret by which push services know this server, which must stay the same as long as clients
/// subscribe by it, and names of collections that say nothing of them.
/// </summary>
public sealed class PushKeys(HostKey host) : IDisposable
{
    /// <summary>Octets of <see cref="WriteSeed"/>: 8 more than a scalar of P-256 has, so that it has no bias (FIPS 186-5 A.2.1).</summary>
    public const int SeedBytes = 40;

    private const int TopicBytes = 16;

    private static readonly AccountId Shelf = AccountId.FromBytes("compatbot push  "u8);

    private readonly SecretBytes _key = host.DeriveKey(Shelf, KeyLabel.Push);

    /// <summary>Writes what the server's private key is made from.</summary>
    public void WriteSeed(Span<byte> seed) => HKDF.Expand(HashAlgorithmName.SHA256, _key.Span, seed, "vapid"u8);

    /// <summary>A collection's topic, in base64url: always the same, and different for every collection of this server.</summary>
    public string TopicOf(AccountId account, Realm realm, CollectionId collection)
    {
        Span<byte> name = stackalloc byte[AccountId.Length + 1 + sizeof(ulong)];
        account.WriteTo(name);
        name[AccountId.Length] = (byte)realm;
        BinaryPrimitives.WriteUInt64LittleEndian(name[(AccountId.Length + 1)..], collection.Value);
        return Mark("topic", Convert.ToHexString(name));
    }

    /// <summary>What a push service sees of a topic: of no use to tell that two clients wait for the same.</summary>
    internal string SlotOf(string topic, PushSubscription to, bool content, bool properties) =>
        Mark("slot", $"{topic} {to.Id} {content} {properties}");

    public void Dispose() => _key.Dispose();

    private string Mark(string use, string text) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(_key.Span, Encoding.UTF8.GetBytes($"{use} {text}")).AsSpan(0, TopicBytes));
}
