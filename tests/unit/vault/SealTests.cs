using CompatBot.Core.Identity;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace CompatBot.UnitTests.Vault;

public sealed class SealTests
{
    private static readonly AccountId Account = AccountId.FromBytes(Convert.FromHexString("000102030405060708090a0b0c0d0e0f"));
    private static readonly AccountId Other = AccountId.FromBytes(new byte[16]);
    private static readonly byte[] Secret = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    private static readonly EntryHeader Header = new(
        Realm.Mail, 1, 7, 1_700_000_000_000_000, 0, new BlobName(Enumerable.Repeat((byte)9, 32).ToArray()));

    [Fact]
    public void An_entry_opens_to_what_was_sealed_and_its_header_reads_without_a_key()
    {
        using var key = Key(Realm.Mail);
        Prop.ForAll<byte[], long>((body, time) =>
        {
            var header = Header with { TimeMicroseconds = time };
            var stored = EntrySeal.Seal(key, Account, header, body);
            return EntrySeal.TryReadHeader(stored, out var read) && read == header
                && stored.Length == body.Length + EntrySeal.Overhead
                && EntrySeal.Open(key, Account, stored)!.AsSpan().SequenceEqual(body);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void An_entry_with_any_byte_changed_cut_or_added_never_opens()
    {
        using var key = Key(Realm.Mail);
        var stored = EntrySeal.Seal(key, Account, Header, "body"u8);
        NeverOpensDamaged(stored, bytes => EntrySeal.Open(key, Account, bytes));
    }

    [Fact]
    public void An_entry_opens_for_no_other_account_realm_epoch_or_secret()
    {
        using var key = Key(Realm.Mail);
        using var calendar = Key(Realm.Calendar);
        using var later = RealmKey.FromSecret(Account, Realm.Mail, 2, Secret);
        using var stranger = RealmKey.FromSecret(Account, Realm.Mail, 1, new byte[32]);
        var stored = EntrySeal.Seal(key, Account, Header, "body"u8);
        Assert.Null(EntrySeal.Open(key, Other, stored));
        Assert.All([calendar, later, stranger], wrong => Assert.Null(EntrySeal.Open(wrong, Account, stored)));
        Assert.Throws<ArgumentException>(() => EntrySeal.Seal(calendar, Account, Header, "body"u8));
    }

    [Fact]
    public void Equal_entries_get_different_nonces_and_bytes()
    {
        using var key = Key(Realm.Mail);
        var one = EntrySeal.Seal(key, Account, Header, "body"u8);
        var two = EntrySeal.Seal(key, Account, Header, "body"u8);
        Assert.NotEqual(one, two);
        Assert.NotEqual(EntrySeal.Hash(one), EntrySeal.Hash(two));
    }

    [Fact]
    public void A_blob_opens_with_its_key_alone_and_equal_content_has_one_name_and_equal_bytes()
    {
        using var naming = SecretBytes.Random(32);
        using var otherNaming = SecretBytes.Random(32);
        Prop.ForAll<byte[]>(content =>
        {
            var key = BlobSeal.KeyOf(naming, content);
            var secret = BlobSeal.Derive(key);
            var stored = BlobSeal.Seal(Account, secret, content);
            return BlobSeal.Open(Account, secret, stored)!.AsSpan().SequenceEqual(content)
                && stored.AsSpan().SequenceEqual(BlobSeal.Seal(Account, BlobSeal.Derive(BlobSeal.KeyOf(naming, content)), content))
                && BlobSeal.KeyOf(otherNaming, content) != key
                && BlobSeal.Open(Other, secret, stored) is null
                && BlobSeal.Open(Account, BlobSeal.Derive(BlobSeal.KeyOf(otherNaming, content)), stored) is null;
        }).QuickCheckThrowOnFailure();
        var sample = BlobSeal.KeyOf(naming, "content"u8);
        var sealedSample = BlobSeal.Seal(Account, BlobSeal.Derive(sample), "content"u8);
        NeverOpensDamaged(sealedSample, bytes => BlobSeal.Open(Account, BlobSeal.Derive(sample), bytes));
        NeverOpensDamaged(sealedSample, bytes => BlobSeal.OpenInPlace(Account, BlobSeal.Derive(sample), bytes.ToArray())?.ToArray());
        Assert.Equal("(key)", sample.ToString());
    }

    [Fact]
    public void An_envelope_opens_with_the_key_of_its_blob_and_epoch_alone()
    {
        using var envelopeKey = SecretBytes.Random(32);
        var (name, other) = (new BlobName(Secret), new BlobName([.. Secret.Reverse()]));
        var (key, otherKey) = (BlobEnvelope.KeyOf(envelopeKey, name), BlobEnvelope.KeyOf(envelopeKey, other));
        Prop.ForAll<byte[]>(content =>
        {
            var blob = BlobSeal.Seal(Account, BlobSeal.Derive(new BlobKey(Secret)), content);
            var stored = BlobEnvelope.Seal(Account, name, 7, key, blob);
            return BlobEnvelope.EpochOf(stored) == 7 && BlobEnvelope.EpochOf(blob) == 0
                && stored.Length == blob.Length + BlobEnvelope.Overhead
                && BlobEnvelope.Open(Account, name, key, stored)!.AsSpan().SequenceEqual(blob)
                && !stored.AsSpan().SequenceEqual(BlobEnvelope.Seal(Account, name, 7, key, blob))
                && BlobEnvelope.Open(Other, name, key, stored) is null && BlobEnvelope.Open(Account, other, key, stored) is null
                && BlobEnvelope.Open(Account, name, otherKey, stored) is null && BlobEnvelope.Open(Account, name, key, blob) is null;
        }).QuickCheckThrowOnFailure();
        var sample = BlobEnvelope.Seal(Account, name, 7, key, "sealed before"u8);
        NeverOpensDamaged(sample, bytes => BlobEnvelope.Open(Account, name, key, bytes));
        NeverOpensDamaged(sample, bytes => BlobEnvelope.OpenInPlace(Account, name, key, bytes.ToArray())?.ToArray());
    }

    [Fact]
    public void The_largest_content_fits_into_the_largest_blob()
    {
        var key = new BlobKey(Secret);
        var largest = BlobSeal.Seal(Account, BlobSeal.Derive(key), new byte[BlobSeal.ContentBytesMax]);
        Assert.Equal(2 << 20, largest.Length);
        Assert.Equal(IBlobStore.BlobBytesMax, largest.Length + BlobEnvelope.Overhead);
        using var parts = DropParts.NewKey();
        Assert.True(DropParts.SealPart(parts, Account, 0, true, new byte[DropParts.PartBytesMax]).Length <= IBlobStore.BlobBytesMax);
    }

    [Fact]
    public void A_snapshot_piece_opens_only_under_its_name_realm_and_account()
    {
        using var key = Key(Realm.Mail);
        using var calendar = Key(Realm.Calendar);
        var name = SnapshotSeal.NameOf(key, "root"u8);
        Assert.NotEqual(name, SnapshotSeal.NameOf(calendar, "root"u8));
        var stored = SnapshotSeal.Seal(key, Account, name, "state"u8);
        Assert.Equal("state"u8.ToArray(), SnapshotSeal.Open(key, Account, name, [.. stored])?.ToArray());
        Assert.Null(SnapshotSeal.Open(key, Account, SnapshotSeal.NameOf(key, "other"u8), [.. stored]));
        Assert.Null(SnapshotSeal.Open(key, Other, name, [.. stored]));
        Assert.Null(SnapshotSeal.Open(calendar, Account, name, [.. stored]));
        NeverOpensDamaged(stored, bytes => SnapshotSeal.Open(key, Account, name, bytes.ToArray())?.ToArray());
    }

    [Fact]
    public void A_dropped_item_is_sealed_with_the_public_key_and_opened_with_the_realm_key_alone()
    {
        using var key = Key(Realm.Mail);
        using var calendar = Key(Realm.Calendar);
        using var stranger = RealmKey.FromSecret(Account, Realm.Mail, 1, new byte[32]);
        var stored = DropSeal.Seal(key.SealingKey, Account, "a letter"u8);
        Assert.True(DropSeal.TryReadHeader(stored, out var realm, out var epoch));
        Assert.Equal((Realm.Mail, 1u), (realm, epoch));
        Assert.Equal("a letter"u8.ToArray(), DropSeal.Open(key, Account, stored));
        Assert.Null(DropSeal.Open(key, Other, stored));
        Assert.Null(DropSeal.Open(calendar, Account, stored));
        Assert.Null(DropSeal.Open(stranger, Account, stored));
        NeverOpensDamaged(stored, bytes => DropSeal.Open(key, Account, bytes));
        Assert.Throws<ArgumentException>(() => DropSeal.Seal(new(Realm.Mail, 1, new byte[32]), Account, "x"u8));
    }

    [Fact]
    public void Parts_of_a_dropped_item_open_in_their_place_only()
    {
        using var key = DropParts.NewKey();
        var stored = DropParts.SealPart(key, Account, 3, last: false, "part"u8);
        Assert.Equal("part"u8.ToArray(), DropParts.OpenPart(key, Account, 3, last: false, stored));
        Assert.Null(DropParts.OpenPart(key, Account, 3, last: true, stored));
        Assert.Null(DropParts.OpenPart(key, Account, 2, last: false, stored));
        Assert.Null(DropParts.OpenPart(key, Other, 3, last: false, stored));
        NeverOpensDamaged(stored, bytes => DropParts.OpenPart(key, Account, 3, last: false, bytes));
        Assert.NotEqual(DropParts.NewName(), DropParts.NewName());
    }

    [Fact]
    public void Random_bytes_open_as_nothing_and_break_nothing()
    {
        using var key = Key(Realm.Mail);
        Prop.ForAll<byte[]>(bytes =>
            EntrySeal.Open(key, Account, bytes) is null && SnapshotSeal.Open(key, Account, default, bytes) is null
            && DropSeal.Open(key, Account, bytes) is null && BlobSeal.Open(Account, default, bytes) is null
            && DropParts.OpenPart(key.JournalKey, Account, 0, true, bytes) is null
            && BlobEnvelope.Open(Account, default, Secret, bytes) is null).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_keyring_goes_through_a_keyslot_payload_and_a_scoped_one_holds_its_realms_alone()
    {
        using var owner = Keyring.Create(Account);
        using var full = Through(owner, Scopes.All);
        using var mail = Through(owner, Scopes.Parse("mail:read imap")!);
        Assert.Equal(owner.MasterKey!.Span, full.MasterKey!.Span);
        Assert.Null(mail.MasterKey);
        Assert.Equal(owner.NamingKey.Span, mail.NamingKey.Span);
        Assert.Equal(owner.Find(Realm.Mail)!.JournalKey.Span, mail.Find(Realm.Mail)!.JournalKey.Span);
        Assert.Equal("mail:read imap", mail.Scopes.Text);
        Assert.All([Realm.Calendar, Realm.Contacts, Realm.Files, Realm.Settings], realm => Assert.Null(mail.Find(realm)));
        Assert.Null(mail.Payload(Scopes.All, mail.DeviceSecret));
        Assert.Null(mail.Payload(Scopes.Parse("mail calendar")!, mail.DeviceSecret));
        Assert.NotNull(mail.Payload(mail.Scopes, mail.DeviceSecret));
    }

    [Fact]
    public void A_malformed_keyslot_payload_is_refused()
    {
        using var owner = Keyring.Create(Account);
        var good = owner.Payload(Scopes.Parse("mail files")!, owner.DeviceSecret)!.Span.ToArray();
        for (var cut = 0; cut < good.Length; cut++) Assert.Null(Keyring.Read(Account, default, good.AsSpan(0, cut)));
        Assert.Null(Keyring.Read(Account, default, [.. good, 0]));
        Prop.ForAll<byte[]>(bytes => Keyring.Read(Account, default, bytes) is null).QuickCheckThrowOnFailure();
        Prop.ForAll<byte[]>(bytes => Keyring.Read(Account, default, [.. good.AsSpan(0, 14), .. bytes]) is null).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_closed_key_says_so_and_prints_nothing()
    {
        var owner = Keyring.Create(Account);
        var mail = owner.Find(Realm.Mail)!;
        Assert.Equal("(key)", owner.NamingKey.ToString());
        Assert.Equal("(key)", mail.ToString());
        owner.Dispose();
        Assert.Throws<ObjectDisposedException>(() => EntrySeal.Seal(mail, Account, Header, "body"u8));
        Assert.Throws<ObjectDisposedException>(() => owner.NamingKey.Span.Length);
    }

    private static Keyring Through(Keyring owner, Scopes scopes)
    {
        using var payload = owner.Payload(scopes, owner.DeviceSecret)!;
        return Keyring.Read(Account, DeviceId.New(), payload.Span)!;
    }

    private static RealmKey Key(Realm realm) => RealmKey.FromSecret(Account, realm, 1, Secret);

    private static void NeverOpensDamaged(byte[] stored, Func<byte[], byte[]?> open)
    {
        Assert.NotNull(open(stored));
        for (var i = 0; i < stored.Length; i++)
        {
            var changed = stored.ToArray();
            changed[i] ^= 0x80;
            Assert.Null(open(changed));
            changed[i] ^= 0x81;
            Assert.Null(open(changed));
            Assert.Null(open(stored[..i]));
        }

        Assert.Null(open([.. stored, 0]));
    }
}
