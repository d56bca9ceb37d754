using CompatBot.Core.Identity;
using CompatBot.Core.Store;
using Xunit;

namespace CompatBot.UnitTests.Identity;

public sealed class EscrowTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nobody_has_a_key_to_an_account_unless_the_domain_has_an_escrow()
    {
        await using var house = await TestHouse.NewAsync();
        var (secret, _) = Escrow.Draw();
        await house.AddAsync("ann@mail.test", ("phone", "*"));
        var account = (await house.Accounts.FindAsync("ann@mail.test", Stop))!;
        Assert.False(Escrow.IsIn(account));
        Assert.Null(Escrow.Open(account, secret));
        Assert.Single(await house.Store.Directory.DevicesAsync(account.Id, Stop));
    }

    [Fact]
    public async Task The_operator_opens_what_was_made_under_his_key_until_the_owner_revokes_it()
    {
        await using var house = await TestHouse.NewAsync();
        var (secret, publicKey) = Escrow.Draw();
        house.Accounts.EscrowKeyOf = domain => domain == "mail.test" ? publicKey : default(ReadOnlyMemory<byte>);
        var created = await house.AddAsync("ann@mail.test", ("phone", "*"));
        var account = (await house.Accounts.FindAsync("ann@mail.test", Stop))!;
        Assert.True(Escrow.IsIn(account));
        Assert.Single(created.Devices); // Its password is told to nobody.
        Assert.Null(Escrow.Open(account, Escrow.Draw().Secret));

        var password = Escrow.Open(account, secret)!;
        var opened = await house.Credentials.OpenAsync(account.Address, new(password.Text), "cli", Stop);
        using var keyring = opened.Value!;
        Assert.True(keyring.Scopes.Full);
        var device = Assert.Single(await house.Accounts.DevicesAsync(keyring, Stop), one => one.Label == Escrow.Label);
        Assert.Equal(Refusal.None, (await house.Accounts.RotateAsync(keyring, null, [], Stop)).Refusal);
        using (var again = (await house.Credentials.OpenAsync(account.Address, new(password.Text), "cli", Stop)).Value!)
        {
            Assert.Equal(2u, again.Epoch);
        }

        Assert.Equal(Refusal.None, await house.Accounts.RevokeAsync(account.Id, device.Id, Stop));
        Assert.Equal(
            Refusal.BadCredentials, (await house.Credentials.OpenAsync(account.Address, new(password.Text), "cli", Stop)).Refusal);
    }

    [Fact]
    public async Task What_was_put_in_from_another_account_does_not_open()
    {
        await using var house = await TestHouse.NewAsync();
        var (secret, publicKey) = Escrow.Draw();
        house.Accounts.EscrowKeyOf = _ => publicKey;
        await house.AddAsync("ann@mail.test");
        await house.AddAsync("bert@mail.test");
        var ann = (await house.Accounts.FindAsync("ann@mail.test", Stop))!;
        var bert = (await house.Accounts.FindAsync("bert@mail.test", Stop))!;
        Assert.NotNull(Escrow.Open(bert, secret));
        Assert.Null(Escrow.Open(ann with { Profile = bert.Profile }, secret));
    }
}
