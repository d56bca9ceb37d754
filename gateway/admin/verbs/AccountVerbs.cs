namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>account list: who has a store here.</summary>
internal static class AccountVerbs
{
    public static Verb List() => new("list", "Every account", ListAsync);

    private static async ValueTask<VerbAnswer> ListAsync(VerbContext context, CancellationToken cancellation)
    {
        var accounts = new List<AccountLine>();
        await foreach (var account in context.Composition.Store.Directory.AccountsAsync(cancellation))
        {
            accounts.Add(new AccountLine(account.Address, account.Id.ToString()));
        }

        return context.Done<IReadOnlyList<AccountLine>>(
            accounts, AdminJson.Default.IReadOnlyListAccountLine, string.Join('\n', accounts.Select(one => one.Address)));
    }
}
