using System.CommandLine;
using CompatBot.Core.Store;
using CompatBot.Protocols.Imap;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>account capabilities: what an account's IMAP sessions do without, for a client that goes wrong with it.</summary>
internal static class CapabilitiesVerb
{
    private static readonly Option<string[]> Without = new("--without")
    {
        Description = "Capabilities to switch off, such as IDLE,COMPRESS=DEFLATE, in place of those before; a family by its name (SORT)",
        HelpName = "names",
    };

    private static readonly Option<bool> All = new("--all") { Description = "Switch all on again" };

    public static Verb Create() => new("capabilities", "What an account's IMAP sessions do without, from their next login on", RunAsync)
    {
        CommonArguments.Account, Without, All,
    };

    private static async ValueTask<VerbAnswer> RunAsync(VerbContext context, CancellationToken cancellation)
    {
        var accounts = context.Composition.Accounts;
        var address = context.Get(CommonArguments.Account);
        if (await accounts.FindAsync(address, cancellation) is not { } account) return context.Declined(Refusal.NotFound, address);
        var names = (context.Get(Without) ?? [])
            .SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Select(name => name.ToUpperInvariant())
            .Distinct()
            .ToList();
        if (names.Find(name => !IsKnown(name)) is { } unknown)
        {
            return context.Failed(
                ExitCode.Usage, $"{unknown} is none of them: {string.Join(' ', ImapCapabilities.Optional)}");
        }

        if (names.Count > 0 && context.Get(All)) return context.Failed(ExitCode.Usage, "--all or --without, not both");
        if (names.Count > 0 || context.Get(All))
        {
            var refusal = await accounts.SetImapWithoutAsync(account.Id, names, cancellation);
            if (refusal != Refusal.None) return context.Declined(refusal, account.Address);
        }

        var without = await accounts.ImapWithoutAsync(account.Id, cancellation);
        return context.Done(
            new CapabilitiesReport(account.Address, without),
            AdminJson.Default.CapabilitiesReport,
            without.Count == 0 ? $"{account.Address}: all" : $"{account.Address}: all without {string.Join(' ', without)}");
    }

    private static bool IsKnown(string name)
    {
        var one = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { name };
        return ImapCapabilities.Optional.Any(known => ImapCapabilities.IsAmong(one, known));
    }
}

/// <summary>What `account capabilities` shows.</summary>
internal sealed record CapabilitiesReport(string Address, IReadOnlyList<string> Without);
