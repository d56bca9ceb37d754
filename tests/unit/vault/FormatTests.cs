using System.Runtime.CompilerServices;
using System.Text;
using CompatBot.Core.Content.Envelopes;
using CompatBot.Core.Identity;
using CompatBot.Core.Identity.Proto;
using CompatBot.Core.Shares;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Google.Protobuf;
using Xunit;

namespace CompatBot.UnitTests.Vault;

/// <summary>Holds the code to the worked example in storage/FORMAT.md, which another program computed.</summary>
public sealed class FormatTests
{
    private const string Phrase = "correct horse battery staple";
    private static readonly Dictionary<string, byte[]> Vectors = Read();
    private static readonly AccountId Account = AccountId.FromBytes(Bytes(0, 16));

    [Fact]
    public void The_words_open_the_recovery_slot_and_every_key_follows()
    {
        using var words = Words.FromEntropy(new byte[32]);
        using var recovery = words.RecoveryKey(Account);
        Assert.Equal(Vectors["recovery-key"], recovery.Span);
        using var keyring = KeySlotSeal.Open(recovery, Account, default, KeySlotKind.Recovery, Vectors["recovery-slot"])!;
        Assert.Equal(Bytes(0x20, 32), keyring.MasterKey!.Span);
        Assert.Equal(Bytes(0x40, 32), keyring.DeviceSecret.Span);
        Assert.Equal(Vectors["naming-key"], keyring.NamingKey.Span);
        Assert.Equal(Vectors["share-naming"], keyring.ShareNamingKey.Span);
        var mail = keyring.Find(Realm.Mail)!;
        Assert.Equal(Vectors["mail-secret"], mail.Secret.Span);
        Assert.Equal(Vectors["journal-key"], mail.JournalKey.Span);
        Assert.Equal(Vectors["snapshot-key"], mail.SnapshotKey.Span);
        Assert.Equal(Vectors["piece-key"], mail.PieceKey.Span);
        Assert.Equal(Vectors["sealing-secret"], mail.SealingSecret.Span);
        Assert.Equal(Vectors["sealing-public"], mail.SealingKey.PublicKey.Span);
        using var payload = keyring.Payload(Scopes.All, keyring.DeviceSecret)!;
        Assert.Equal(Vectors["payload"], payload.Span);
    }

    [Fact]
    public void The_recovery_key_is_proven_and_the_grant_of_the_next_epoch_opens()
    {
        using var words = Words.FromEntropy(new byte[32]);
        using var recovery = words.RecoveryKey(Account);
        using var keyring = KeySlotSeal.Open(recovery, Account, default, KeySlotKind.Recovery, Vectors["recovery-slot"])!;
        var publicKey = new byte[Sodium.KeyBytes];
        Sodium.BoxPublicKey(publicKey, keyring.DeviceSecret.Span);
        Assert.Equal(Vectors["recovery-proof"], DeviceProof.Make(keyring, default, publicKey, words.IdentityKey.Span));
        using var newer = EpochGrant.Open(keyring, Vectors["recovery-grant"])!;
        Assert.Equal(2u, newer.Epoch);
        Assert.Equal(Bytes(0x80, 32), newer.MasterKey!.Span);
        Assert.Equal(keyring.NamingKey.Span, newer.NamingKeyBefore(Scopes.All).Span);
    }

    [Fact]
    public void The_entry_opens_and_hashes()
    {
        using var mail = Mail();
        Assert.True(EntrySeal.TryReadHeader(Vectors["entry"], out var header));
        Assert.Equal(new(Realm.Mail, 1, 1, 1_700_000_000_000_000, 0, default), header);
        Assert.Equal("Hello"u8, EntrySeal.Open(mail, Account, Vectors["entry"])!);
        Assert.Equal(new BlobName(Vectors["entry-hash"]), EntrySeal.Hash(Vectors["entry"]));
    }

    [Fact]
    public void The_blob_is_named_sealed_and_opened()
    {
        using var naming = SecretBytes.Copy(Vectors["naming-key"]);
        var key = BlobSeal.KeyOf(naming, "Hello, world\r\n"u8);
        Assert.Equal(Vectors["blob-key"], key.ToBytes());
        var secret = BlobSeal.Derive(key);
        Assert.Equal(Vectors["blob-name"], secret.Name.ToBytes());
        Assert.Equal(Vectors["blob"], BlobSeal.Seal(Account, secret, "Hello, world\r\n"u8));
        Assert.Equal("Hello, world\r\n"u8, BlobSeal.Open(Account, secret, Vectors["blob"])!);
    }

    [Fact]
    public void The_envelope_around_the_blob_opens()
    {
        using var words = Words.FromEntropy(new byte[32]);
        using var recovery = words.RecoveryKey(Account);
        using var keyring = KeySlotSeal.Open(recovery, Account, default, KeySlotKind.Recovery, Vectors["recovery-slot"])!;
        using var newer = EpochGrant.Open(keyring, Vectors["recovery-grant"])!;
        Assert.Equal(Vectors["envelope-key"], newer.Epochs[0].Envelope.Span);
        var name = new BlobName(Vectors["blob-name"]);
        var key = BlobEnvelope.KeyOf(newer.Epochs[0].Envelope, name);
        Assert.Equal(Vectors["envelope-blob-key"], key);
        Assert.Equal(2u, BlobEnvelope.EpochOf(Vectors["envelope"]));
        Assert.Equal(Vectors["blob"], BlobEnvelope.Open(Account, name, key, Vectors["envelope"]));
        var envelopes = new AccountEnvelopes(Account, newer.Epochs);
        Assert.Equal(Vectors["blob"], envelopes.Open(name, envelopes.Renew(name, Vectors["blob"])!.Value.Bytes)!.Value.ToArray());
    }

    [Fact]
    public void A_link_is_recognized_and_the_cards_open()
    {
        var token = new ShareToken(Account, Bytes(0x70, 16));
        Assert.Equal(Vectors["link-id"], token.Id.ToBytes());
        Assert.Equal(Vectors["link-verifier"], token.Verifier());
        using var key = token.Key(default);
        Assert.Equal(Vectors["link-key"], key.Span);
        using var withPassword = token.Key(Vectors["stretched"]);
        Assert.Equal(Vectors["link-key-password"], withPassword.Span);
        Assert.Equal("card"u8, CardSeal.Open(key, CardKind.Link, Account, token.Id, Vectors["link-card"])!);
        Assert.Null(CardSeal.Open(key, CardKind.Deed, Account, token.Id, Vectors["link-card"]));
        Assert.Null(CardSeal.Open(withPassword, CardKind.Link, Account, token.Id, Vectors["link-card"]));
        using var wrap = SecretBytes.Copy(Vectors["password-wrap"]);
        var device = DeviceId.FromBytes(Bytes(0x40, 16));
        Assert.Equal("card"u8, CardSeal.Open(wrap, CardKind.Drop, Account, device, Vectors["drop-card"])!);
        Assert.Null(CardSeal.Open(wrap, CardKind.Drop, Account, token.Id, Vectors["drop-card"]));
        using var words = Words.FromEntropy(new byte[32]);
        using var recovery = words.RecoveryKey(Account);
        using var keyring = KeySlotSeal.Open(recovery, Account, default, KeySlotKind.Recovery, Vectors["recovery-slot"])!;
        using var deed = CardSeal.DeedKey(Account, keyring.Find(Realm.Files)!);
        Assert.Equal(Vectors["deed-key"], deed.Span);
        Assert.Equal(1u, CardSeal.EpochOf(CardKind.Deed, Vectors["deed"]));
        Assert.Equal("deed"u8, CardSeal.Open(deed, CardKind.Deed, Account, token.Id, Vectors["deed"])!);
    }

    [Fact]
    public void The_piece_and_the_dropped_item_open()
    {
        using var mail = Mail();
        var name = SnapshotSeal.NameOf(mail, "root"u8);
        Assert.Equal(Vectors["piece-name"], name.ToBytes());
        Assert.Equal("state"u8, SnapshotSeal.Open(mail, Account, name, [.. Vectors["piece"]])!.Value.Span);
        Assert.Equal("letter"u8, DropSeal.Open(mail, Account, Vectors["dropped-item"])!);
        using var content = SecretBytes.Copy(Bytes(0x60, 32));
        Assert.Equal("part"u8, DropParts.OpenPart(content, Account, 0, last: true, Vectors["dropped-part"])!);
    }

    [Fact]
    public async Task Passwords_give_their_keys()
    {
        var password = AppPassword.Parse("ABCDEFGHIJKLM-NOPQRSTUVWXYZ")!;
        using var keys = new SlotKeys(password.CanonicalBytes, Account);
        Assert.Equal(Vectors["password-verifier"], keys.Verifier.Span);
        Assert.Equal(Vectors["password-wrap"], keys.WrapKey.Span);
        var (clientKey, storedKey, _) = ScramKeys.Make("abcdefghijklmnopqrstuvwxyz", Bytes(0, 16), 4096);
        using var scram = ScramKeys.WrapKey(Account, clientKey.Span);
        Assert.Equal(Vectors["scram-stored-key"], storedKey);
        Assert.Equal(Vectors["scram-wrap"], scram.Span);
        using var stretcher = new PassphraseStretcher();
        var parameters = new Stretch { Salt = ByteString.CopyFrom(Bytes(0, 16)), Passes = 2, MemoryKib = 65536 };
        using var stretched = (await stretcher.StretchAsync(new(Phrase), parameters, default)).Value!;
        Assert.Equal(Vectors["stretched"], stretched.Span);
        using var phrase = new SlotKeys(stretched.Span, Account);
        Assert.Equal(Vectors["passphrase-verifier"], phrase.Verifier.Span);
        Assert.Equal(Vectors["passphrase-wrap"], phrase.WrapKey.Span);
    }

    [Fact] // RFC 7748 section 6.1, Bob
    public void X25519_is_the_published_one()
    {
        var publicKey = new byte[32];
        Sodium.BoxPublicKey(publicKey, Convert.FromHexString("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
        Assert.Equal("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f", Convert.ToHexStringLower(publicKey));
    }

    [Fact]
    public void A_share_follows_from_the_realms_key_and_its_parts_open()
    {
        using var words = Words.FromEntropy(new byte[32]);
        using var recovery = words.RecoveryKey(Account);
        using var keyring = KeySlotSeal.Open(recovery, Account, default, KeySlotKind.Recovery, Vectors["recovery-slot"])!;
        var calendar = keyring.Find(Realm.Calendar)!;
        using var share = ShareKey.Of(calendar, Account, 5);
        Assert.Equal(Vectors["share-secret"], share.Secret.Span);
        Assert.Equal(Vectors["share-journal-key"], share.JournalKey.Span);
        using var naming = ShareKey.Naming(share, Account);
        Assert.Equal(Vectors["share-content-naming"], naming.Span);
        using var payload = keyring.Payload(Scopes.Parse("calendar share member")!, keyring.DeviceSecret)!;
        Assert.Equal(Vectors["member-payload"], payload.Span);
        using var member = Keyring.Read(Account, default, payload.Span)!;
        Assert.Equal(Vectors["member-key"], member.NamingKey.Span);
        using var wrapped = ShareWrap.Open(member, Realm.Calendar, 1, 5, Vectors["share-wrap"])!;
        Assert.Equal(share.Secret.Span, wrapped.Secret.Span);
        Assert.Null(ShareWrap.Open(member, Realm.Calendar, 1, 6, Vectors["share-wrap"]));

        var entry = Vectors["entry-with-part"];
        Assert.True(EntrySeal.TryReadHeader(entry, out var header));
        Assert.Equal((EntryFlags.HasParts, 5UL), (header.Flags, header.Sequence));
        Assert.Equal("Hello"u8, EntrySeal.Open(calendar, Account, entry)!);
        var part = Assert.Single(EntrySeal.PartsOf(entry));
        Assert.Equal(Vectors["share-wrap"], part.Wrap(entry, 0));
        Assert.Equal("share"u8, PartSeal.Open(share, Account, entry, part)!);
        Assert.Null(PartSeal.Open(calendar, Account, entry, part));

        var own = Vectors["entry-of-member"];
        Assert.True(EntrySeal.TryReadHeader(own, out header));
        Assert.Equal(EntryFlags.HasParts | EntryFlags.HasNoBody, header.Flags);
        Assert.Null(EntrySeal.Open(calendar, Account, own));
        Assert.Equal("event"u8, PartSeal.Open(share, Account, own, Assert.Single(EntrySeal.PartsOf(own)))!);
        foreach (var at in (int[])[6, 64, 68, own.Length - 1]) // Another header, epoch, number or body.
        {
            var changed = own.ToArray();
            changed[at] ^= 1;
            Assert.DoesNotContain(EntrySeal.PartsOf(changed), one => PartSeal.Open(share, Account, changed, one) is not null);
        }

        Assert.False(EntrySeal.TryReadHeader(own.AsSpan(..^1), out _));
        own[6] = 4; // Of a later version.
        Assert.False(EntrySeal.TryReadHeader(own, out _));
    }

    private static RealmKey Mail() => RealmKey.FromSecret(Account, Realm.Mail, 1, Vectors["mail-secret"]);

    private static byte[] Bytes(int first, int count) => [.. Enumerable.Range(first, count).Select(i => (byte)i)];

    /// <summary>The example's lines: four blanks, a name, hex; more hex on lines that start with more blanks.</summary>
    private static Dictionary<string, byte[]> Read([CallerFilePath] string path = "")
    {
        var text = File.ReadAllText(Path.Combine(Path.GetDirectoryName(path)!, "../../../storage/FORMAT.md"));
        var start = text.IndexOf("## 1.10", StringComparison.Ordinal);
        Assert.True(start > 0, "storage/FORMAT.md has lost its worked example");
        var example = text[start..text.IndexOf("\n# Part 2", StringComparison.Ordinal)].Split('\n');
        Dictionary<string, StringBuilder> found = [];
        StringBuilder? last = null;
        foreach (var line in example.Where(line => line.StartsWith("    ", StringComparison.Ordinal)))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (line[4] != ' ') found.Add(words[0], last = new());
            last?.Append(words[^1]);
        }

        return found.ToDictionary(pair => pair.Key, pair => Convert.FromHexString(pair.Value.ToString()));
    }
}
