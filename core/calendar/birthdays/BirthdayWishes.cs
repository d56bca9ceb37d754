using CompatBot.Core.Identity;
using CompatBot.Core.Store;

namespace CompatBot.Core.Calendar.Birthdays;

/// <summary>Whether an account's calendars have one that is made of its contacts.</summary>
public sealed class BirthdayWishes(Accounts accounts, OpenAccounts open)
{
    public static bool AreOn(AccountRecord account) => Profiles.Read(account) is { WithoutBirthdays: false };

    /// <summary>Says so. The calendar comes or goes when somebody asks for the calendars next.</summary>
    /// <returns>The account as it is then; or NotFound, Damaged, and what the store says.</returns>
    public async ValueTask<Outcome<AccountRecord>> SetAsync(AccountId account, bool on, CancellationToken cancellation)
    {
        var changed = await accounts.ChangeProfileAsync(account, profile => profile.WithoutBirthdays = !on, cancellation);
        if (changed.Declined || await open.TryJoinAsync(account, cancellation) is not { } lease) return changed;
        await using (lease) lease.Account.Birthdays.Forget();
        return changed;
    }
}
