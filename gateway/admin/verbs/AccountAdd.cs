using System.CommandLine;
using System.Text;
using System.Text.Json;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>account add: one account, or many from a list; missing domains are made. Words and passwords are shown once.</summary>
internal static class AccountAdd
{
    private static readonly Argument<string?> NewAddress = new("address")
    {
        Description = "Primary address, also the account's name",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string[]> Aliases = new("--alias")
    {
        Description = "A further address; may be repeated",
        HelpName = "address",
    };

    private static readonly Option<string> Label = new("--label")
    {
        Description = "Name of the first device",
        DefaultValueFactory = _ => "first device",
    };

    public static Verb Create() => new Verb("add", "Make an account with one app password, or many from a list", AddAsync)
    {
        NewAddress,
        Aliases,
        Label,
        CommonOptions.From,
    }.Reading(parse => parse.GetValue(CommonOptions.From) == "-").Making();

    /// <summary>Makes accounts, and domains that are missing.</summary>
    public static async ValueTask<IReadOnlyList<Outcome<CreatedAccount>>> MakeAsync(
        Accounts accounts, IReadOnlyList<NewAccount> wanted, CancellationToken cancellation)
    {
        var addresses = wanted.SelectMany(account => account.Aliases.Prepend(account.Address)).Select(Address.Parse).OfType<Address>();
        foreach (var domain in addresses.Select(address => address.Domain).Distinct())
        {
            if (!await accounts.IsLocalAsync(domain, cancellation)) await accounts.AddDomainAsync(domain, cancellation);
        }

        return await accounts.CreateAllAsync(wanted, cancellation);
    }

    public static MadeAccount Report(CreatedAccount account) => new(
        account.Address,
        account.Id.ToString(),
        account.Words,
        account.Aliases,
        [.. account.Devices.Select(DeviceVerbs.Report)]);

    private static async ValueTask<VerbAnswer> AddAsync(VerbContext context, CancellationToken cancellation)
    {
        if (context.Bulk is { } list) return await AddAllAsync(context, list, cancellation);
        if (context.Get(NewAddress) is not { } address) return context.Failed(ExitCode.Usage, "give an address, or a list by --from");
        var wanted = new NewAccount(address, context.Get(Aliases), [new NewDevice(context.Get(Label), Scopes.All)]);
        var made = (await MakeAsync(context.Composition.Accounts, [wanted], cancellation))[0];
        if (made.Declined) return context.Declined(made.Refusal, address);
        var report = Report(made.Value);
        var isEscrowed = await context.Composition.Accounts.FindAsync(address, cancellation) is { } account && Escrow.IsIn(account);
        return context.Done(report, AdminJson.Default.MadeAccount, Text(report) + (isEscrowed ? EscrowNotice : ""));
    }

    /// <summary>The list's shape is checked whole before the first account is made.</summary>
    private static async ValueTask<VerbAnswer> AddAllAsync(VerbContext context, string list, CancellationToken cancellation)
    {
        List<NewAccount> wanted;
        try
        {
            var listed = JsonSerializer.Deserialize(list, AdminJson.Default.IReadOnlyListListedAccount) ?? [];
            wanted = [.. listed.Select(Read)];
        }
        catch (JsonException error)
        {
            return context.Failed(ExitCode.Usage, $"the list is malformed at {error.Path}, line {error.LineNumber + 1}");
        }
        catch (FormatException error)
        {
            return context.Failed(ExitCode.Usage, error.Message);
        }

        var outcomes = await MakeAsync(context.Composition.Accounts, wanted, cancellation);
        var (made, errors, code) = (new List<MadeAccount>(), new StringBuilder(), ExitCode.Done);
        for (var i = 0; i < outcomes.Count; i++)
        {
            if (!outcomes[i].Declined)
            {
                made.Add(Report(outcomes[i].Value!));
                continue;
            }

            var declined = context.Declined(outcomes[i].Refusal, wanted[i].Address);
            errors.Append(declined.Error);
            if (code == ExitCode.Done) code = (ExitCode)declined.ExitCode;
        }

        // JSON with or without --json: what was made can only be read once, so it comes in a form that can be kept.
        var json = JsonSerializer.Serialize(made, AdminJson.Default.IReadOnlyListMadeAccount);
        return new VerbAnswer((int)code, json + "\n", errors.ToString());
    }

    private const string EscrowNotice = "\n\nThe operator of the domain has a device in it too (`device list` shows it): escrow is on.";

    private static NewAccount Read(ListedAccount account)
    {
        if (account.Address is null) throw new FormatException("an account of the list has no address");
        var devices = (account.Devices ?? []).Select(device =>
        {
            var scopes = Scopes.Parse(device.Scopes ?? ["*"])
                ?? throw new FormatException($"{account.Address}: these scopes are unknown: {string.Join(' ', device.Scopes ?? [])}");
            if (device.Password is null) return new NewDevice(device.Label ?? "first device", scopes);
            var password = AppPassword.Parse(device.Password)
                ?? throw new FormatException($"{account.Address}: a password must be 26 base32 characters (a-z, 2-7)");
            return new NewDevice(device.Label ?? "first device", scopes, password);
        });
        return new NewAccount(account.Address, account.Aliases ?? [], [.. devices]);
    }

    private static string Text(MadeAccount account) =>
        string.Join('\n', account.Devices.Select(device => $"""
            account       {account.Address}
            app password  {device.Password}   (device "{device.Label}")
            """)) + $"""

            The 24 words bring this account back, and nothing else does. Write them down; they are not shown again:
              {string.Join(' ', account.Words.Split(' ').Take(12))}
              {string.Join(' ', account.Words.Split(' ').Skip(12))}
            """;
}
