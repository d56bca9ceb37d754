using System.CommandLine;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>domain escrow, account escrow-open: a way into accounts for the operator of their domain; off unless he turns it on.</summary>
internal static class EscrowVerbs
{
    private static readonly Argument<string> OneDomain = new("domain") { Description = "For example example.org" };

    private static readonly Argument<string?> Choice = CommonArguments.OnOrOff(
        "on: draw a key, shown once, that opens accounts made from now on; off: make no more such accounts; none: show it");

    public static Verb OfDomain() =>
        new("escrow", "Whether the operator gets a key to accounts that are made in a domain", SetAsync) { OneDomain, Choice };

    public static Verb Open() => new Verb(
        "escrow-open", "Show the password of the operator's device; the escrow key is read from standard input", OpenAsync)
    {
        CommonArguments.Account,
    }.Reading(_ => true);

    private static async ValueTask<VerbAnswer> SetAsync(VerbContext context, CancellationToken cancellation)
    {
        var (domain, keys) = (context.Get(OneDomain).ToLowerInvariant(), context.Composition.Escrow);
        if (!await context.Composition.Accounts.IsLocalAsync(domain, cancellation)) return context.Declined(Refusal.NotFound, domain);
        string? secret = null;
        switch (context.Get(Choice))
        {
            case "on" when !keys.Of(domain).IsEmpty:
                return context.Failed(ExitCode.Exists, $"{domain} has an escrow key; `domain escrow {domain} off` forgets it");
            case "on":
                var drawn = Escrow.Draw();
                keys.Set(domain, drawn.Public);
                secret = Convert.ToHexStringLower(drawn.Secret);
                break;
            case "off":
                keys.Set(domain, null);
                break;
        }

        var isOn = !keys.Of(domain).IsEmpty;
        var report = new EscrowReport(domain, isOn, secret);
        return context.Done(report, AdminJson.Default.EscrowReport, (isOn, secret) switch
        {
            (false, _) => $"{domain}: new accounts are their owners' alone (those made with an escrow device have it until it is revoked)",
            (true, null) => $"{domain}: new accounts get a device for the operator, which opens with the escrow key",
            _ => $"""
                escrow key  {secret}   (shown once; keep it away from this machine)
                Accounts that are made in {domain} from now on get a device that opens with it. Their owners see it in `device list`.
                """,
        });
    }

    private static async ValueTask<VerbAnswer> OpenAsync(VerbContext context, CancellationToken cancellation)
    {
        var address = context.Get(CommonArguments.Account);
        if (await context.Composition.Accounts.FindAsync(address, cancellation) is not { } account)
        {
            return context.Declined(Refusal.NotFound, address);
        }

        var text = (context.Input ?? "").Trim();
        if (text.Length != 2 * Escrow.KeyBytes || !text.All(char.IsAsciiHexDigit))
        {
            return context.Failed(ExitCode.Usage, $"standard input is no escrow key: {2 * Escrow.KeyBytes} hex digits");
        }

        if (Escrow.Open(account, Convert.FromHexString(text)) is not { } password)
        {
            return context.Failed(ExitCode.Denied, Escrow.IsIn(account)
                ? $"{account.Address} was made under another escrow key"
                : $"{account.Address} was made without an escrow device: only its words and devices open it");
        }

        return context.Done(new EscrowedReport(account.Address, password.Text), AdminJson.Default.EscrowedReport, $"""
            password  {password.Text}
            It opens {account.Address} as a device of all scopes, unless its owner revoked that: `--unlock` takes it.
            """);
    }
}

/// <summary>What `domain escrow` shows.</summary>
/// <param name="SecretKey">Only when it was just drawn.</param>
internal sealed record EscrowReport(string Domain, bool Escrow, string? SecretKey);

/// <summary>What `account escrow-open` shows.</summary>
internal sealed record EscrowedReport(string Address, string Password);
