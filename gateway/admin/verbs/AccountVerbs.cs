using System.CommandLine;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>account list, show, remove, recover, alias. Making accounts is in <see cref="AccountAdd"/>.</summary>
internal static class AccountVerbs
{
    private static readonly Argument<string[]> Aliases = new("alias")
    {
        Description = "Further addresses; none: list them",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<bool> RemoveAliases = new("--remove") { Description = "Take the aliases away instead" };

    private static readonly Option<bool> Yes = new("--yes") { Description = "Really: nothing but a copy of the store brings it back" };

    private static readonly Option<string> Label = new("--label")
    {
        Description = "Name of the new device",
        DefaultValueFactory = _ => "recovered",
    };

    public static Verb List() => new("list", "Every account", ListAsync);

    public static Verb Show() => new("show", "One account: addresses, devices, what waits for it", ShowAsync) { CommonArguments.Account };

    public static Verb Remove() => new("remove", "Delete an account with all of its mail, for ever", RemoveAsync)
    {
        CommonArguments.Account, Yes,
    };

    public static Verb Recover() => new Verb("recover", "Make a new app password with the 24 words, read from standard input", RecoverAsync)
    {
        CommonArguments.Account,
        Label,
    }.Reading(_ => true);

    public static Verb Alias() => new("alias", "Add, remove or list further addresses of an account", AliasAsync)
    {
        CommonArguments.Account,
        Aliases,
        RemoveAliases,
    };

    private static async ValueTask<VerbAnswer> ListAsync(VerbContext context, CancellationToken cancellation)
    {
        var accounts = new List<AccountLine>();
        await foreach (var account in context.Composition.Accounts.AllAsync(cancellation))
        {
            accounts.Add(new AccountLine(account.Address, account.Id.ToString()));
        }

        return context.Done<IReadOnlyList<AccountLine>>(
            accounts, AdminJson.Default.IReadOnlyListAccountLine, string.Join('\n', accounts.Select(one => one.Address)));
    }

    private static async ValueTask<VerbAnswer> ShowAsync(VerbContext context, CancellationToken cancellation)
    {
        var composition = context.Composition;
        var found = await FindAsync(context, cancellation);
        if (found.Declined) return context.Declined(found.Refusal, context.Get(CommonArguments.Account));
        var account = found.Value;
        var (items, bytes) = await composition.Store.Dropbox.DepthAsync(account.Id, Realm.Mail, cancellation);
        var sealedContent = await ResealStanding.OfAsync(composition.Store, account, cancellation);
        var report = new AccountReport(
            account.Address,
            account.Id.ToString(),
            Accounts.IdentityKeyOf(account) is { } key ? Convert.ToHexStringLower(key.Span) : null,
            [.. (await composition.Accounts.AddressesAsync(account.Id, cancellation)).Where(address => address != account.Address)],
            (await composition.Store.Directory.DevicesAsync(account.Id, cancellation)).Count,
            await composition.Store.Journal.HeadAsync(account.Id, cancellation),
            items,
            bytes)
        {
            Content = sealedContent is { } content
                ? new SealedContent(content.Epoch, content.Blobs, content.Bytes, content.Done, content.DoneBytes)
                : null,
        };
        return context.Done(report, AdminJson.Default.AccountReport, $"""
            address    {report.Address}
            id         {report.Id}
            identity   {report.IdentityKey}
            aliases    {string.Join(' ', report.Aliases)}
            devices    {report.Devices}
            entries    {report.Entries}
            waiting    {report.WaitingMessages} messages, {report.WaitingBytes} bytes
            sealed     {(sealedContent is { } shown ? ResealVerb.Text(shown) : "in the first key epoch")}
            """);
    }

    private static async ValueTask<VerbAnswer> RemoveAsync(VerbContext context, CancellationToken cancellation)
    {
        var found = await FindAsync(context, cancellation);
        if (found.Declined) return context.Declined(found.Refusal, context.Get(CommonArguments.Account));
        var account = found.Value;
        if (!context.Get(Yes))
        {
            return context.Failed(ExitCode.Usage, $"{account.Address} and all of its mail would be gone for ever: add --yes");
        }

        var refusal = await context.Composition.Accounts.RemoveAsync(account.Id, cancellation);
        if (refusal != Refusal.None) return context.Declined(refusal, account.Address);
        var line = new AccountLine(account.Address, account.Id.ToString());
        return context.Done(line, AdminJson.Default.AccountLine, $"{account.Address} is gone");
    }

    private static async ValueTask<VerbAnswer> RecoverAsync(VerbContext context, CancellationToken cancellation)
    {
        var address = context.Get(CommonArguments.Account);
        using var words = Words.Parse(context.Input ?? "");
        if (words is null) return context.Failed(ExitCode.Denied, "standard input is not 24 words with a right checksum");
        var opened = await context.Composition.Accounts.RecoverAsync(address, words, cancellation);
        if (opened.Declined) return context.Declined(opened.Refusal, address);
        using var keyring = opened.Value;
        var made = await context.Composition.Accounts.AddDeviceAsync(
            keyring, new NewDevice(context.Get(Label), Scopes.All), cancellation);
        return made.Declined ? context.Declined(made.Refusal, address) : DeviceVerbs.Show(context, made.Value);
    }

    private static async ValueTask<VerbAnswer> AliasAsync(VerbContext context, CancellationToken cancellation)
    {
        var accounts = context.Composition.Accounts;
        var found = await FindAsync(context, cancellation);
        if (found.Declined) return context.Declined(found.Refusal, context.Get(CommonArguments.Account));
        foreach (var alias in context.Get(Aliases))
        {
            Refusal refusal;
            if (!context.Get(RemoveAliases)) refusal = await accounts.AddAliasAsync(found.Value.Id, alias, cancellation);
            else if ((await accounts.FindAsync(alias, cancellation))?.Id != found.Value.Id) refusal = Refusal.NotFound;
            else refusal = await accounts.RemoveAliasAsync(alias, cancellation);
            if (refusal != Refusal.None) return context.Declined(refusal, alias);
        }

        IReadOnlyList<string> left =
            [.. (await accounts.AddressesAsync(found.Value.Id, cancellation)).Where(address => address != found.Value.Address)];
        return context.Done(
            new AliasReport(found.Value.Address, left), AdminJson.Default.AliasReport, $"{found.Value.Address}: {string.Join(' ', left)}");
    }

    private static async ValueTask<Outcome<AccountRecord>> FindAsync(VerbContext context, CancellationToken cancellation) =>
        await context.Composition.Accounts.FindAsync(context.Get(CommonArguments.Account), cancellation) is { } account
            ? account
            : Refusal.NotFound;
}
