using CompatBot.Core.Identity;
using CompatBot.Core.Proof;
using CompatBot.Core.Store;
using Xunit;

namespace CompatBot.UnitTests.Identity;

/// <summary>Other words for an account: the old ones open nothing afterwards, and what vouches for the new ones is on record.</summary>
public sealed class NewWordsTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, IdentityVoucher.OldIdentity)]
    [InlineData(false, IdentityVoucher.FullDevice)]
    public async Task New_words_open_everything_and_old_ones_nothing(bool withOld, IdentityVoucher voucher)
    {
        await using var bed = await RotationBed.NewAsync();
        await bed.DeliverAsync("one");
        Assert.False((await bed.RotateAsync()).Declined);
        await bed.DeliverAsync("two");
        using var old = bed.Words;
        var text = await RenewAsync(bed, withOld ? old : null);
        await bed.DeliverAsync("three");
        Assert.Equal(["one", "two", "three"], await bed.InboxAsync(RotationBed.Reader));

        Assert.Equal(Refusal.BadCredentials, (await bed.Accounts.RecoverAsync(old, Stop)).Refusal);
        Assert.Equal(Refusal.BadCredentials, (await bed.Accounts.RecoverAsync(RotationBed.Ann, old, Stop)).Refusal);
        using var words = Words.Parse(text)!;
        using var keys = (await bed.Accounts.RecoverAsync(words, Stop)).Value!;
        Assert.Equal(3u, keys.Epoch);
        var report = await new AccountVerifier(bed.Store, bed.Id, keys).VerifyAsync(Stop);
        Assert.Equal([], report.Flaws);
        Assert.Equal(report.Entries, report.OpenedEntries);

        var profile = Profiles.Read((await bed.Accounts.FindAsync(RotationBed.Ann, Stop))!)!;
        var change = Assert.Single(profile.IdentityChanges);
        Assert.Equal(old.IdentityKey.Span, change.OldKey.Span);
        Assert.Equal(words.IdentityKey.Span, change.NewKey.Span);
        Assert.Equal(voucher, IdentityChanges.VoucherOf(bed.Id, change));
        Assert.All([1u, 2u, 3u], epoch => Assert.False(HeadKey.Find(profile, bed.Id, epoch).IsEmpty));
        change.NewKey = change.OldKey;
        Assert.Equal(IdentityVoucher.None, IdentityChanges.VoucherOf(bed.Id, change));
    }

    [Fact]
    public async Task Old_words_with_an_old_copy_of_the_profile_open_nothing_that_is_written_later()
    {
        await using var bed = await RotationBed.NewAsync();
        using var before = await bed.RecoverAsync();
        var recoveryKey = Profiles.Read((await bed.Accounts.FindAsync(RotationBed.Ann, Stop))!)!.RecoveryKey;
        await RenewAsync(bed, null);
        var profile = Profiles.Read((await bed.Accounts.FindAsync(RotationBed.Ann, Stop))!)!;
        Assert.Empty(profile.RecoveryGrants);
        Assert.NotEqual(recoveryKey, profile.RecoveryKey);
        Assert.Null(before.Find(Realm.Mail, 2));
        Assert.Equal((1u, 2u), (before.Epoch, Profiles.Epoch(profile)));
        using var phone = await bed.KeysAsync(RotationBed.Phone);
        Assert.Equal(2u, phone.Epoch);
        Assert.False((await bed.RotateAsync()).Declined);
    }

    private static async Task<string> RenewAsync(RotationBed bed, Words? old)
    {
        using var owner = await bed.KeysAsync(RotationBed.Phone);
        var renewed = await bed.Accounts.RenewWordsAsync(owner, old, Stop);
        Assert.Equal(Refusal.None, renewed.Refusal);
        return renewed.Value!;
    }
}
