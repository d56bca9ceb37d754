using System.CommandLine;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>account rotate, passphrase, new-words: what changes the keys of an account.</summary>
internal static class KeyVerbs
{
    private static readonly Option<string[]> Revoked = new("--revoke")
    {
        Description = "Devices that were stolen: id, the id's first characters, or label; revoked in the same step",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    public static Verb Rotate() => new("rotate", "Begin a new key epoch, which devices that are revoked never get", RotateAsync)
    {
        CommonArguments.Account,
        Revoked,
        CommonOptions.Unlock,
    };

    public static Verb Passphrase() => new Verb(
        "passphrase", "Set or replace the passphrase, read from standard input, of the portal and the command line", PassphraseAsync)
    {
        CommonArguments.Account,
        CommonOptions.Unlock,
    }.Reading(_ => true);

    public static Verb NewWords() => new("new-words", "Draw other 24 words: the old ones open nothing any more", NewWordsAsync)
    {
        CommonArguments.Account,
        CommonOptions.Unlock,
    };

    private static async ValueTask<VerbAnswer> RotateAsync(VerbContext context, CancellationToken cancellation)
    {
        var address = context.Get(CommonArguments.Account);
        var opened = await Unlocking.OpenAsync(context, address, cancellation);
        if (opened.Declined) return Unlocking.Declined(context, opened.Refusal, address);
        using var keyring = opened.Value;
        using var words = Words.Parse(context.Unlock!);
        var revoked = new List<DeviceId>();
        var devices = await context.Composition.Accounts.DevicesAsync(keyring, cancellation);
        foreach (var wanted in context.Get(Revoked))
        {
            if (Find(devices, wanted) is not { } device)
            {
                return context.Failed(ExitCode.NotFound, $"{wanted} fits no device of {address} or several: see `compatbot device list`");
            }

            revoked.Add(device);
        }

        var rotated = await context.Composition.Accounts.RotateAsync(keyring, words, revoked, cancellation);
        if (rotated.Declined) return Declined(context, rotated.Refusal, address);
        var (epoch, stay, certified) = rotated.Value;
        var report = new RotationReport(address, epoch, stay, [.. revoked.Distinct().Select(device => device.ToString())], certified);
        return context.Done(report, AdminJson.Default.RotationReport, $"""
            epoch      {report.Epoch}: what is written from now on is sealed under new keys
            devices    {report.Devices} get them at their next login, {report.Revoked.Count} revoked and never will
            content    of before is sealed again in the background while the account is open: `compatbot account show {address}`
                       says how far that is, `compatbot store reseal {address}` does it at once
            heads      signed by {(certified ? "the account: its words certified the new key" : "the host, as the words were not given")}
            """);
    }

    private static async ValueTask<VerbAnswer> PassphraseAsync(VerbContext context, CancellationToken cancellation)
    {
        var address = context.Get(CommonArguments.Account);
        var opened = await Unlocking.OpenAsync(context, address, cancellation);
        if (opened.Declined) return Unlocking.Declined(context, opened.Refusal, address);
        using var keyring = opened.Value;
        var passphrase = new Password((context.Input ?? "").TrimEnd('\r', '\n'));
        var set = await context.Composition.Accounts.SetPassphraseAsync(keyring, passphrase, cancellation);
        if (set.Refusal == Refusal.Invalid)
        {
            const string Rule = "no app password, and of 12 characters at least";
            return context.Failed(ExitCode.Usage, $"standard input is no passphrase: it must be {Rule}, {Password.CharactersMax} at most");
        }

        return set.Declined
            ? context.Declined(set.Refusal, address)
            : context.Done(
                new PassphraseReport(address, set.Value.ToString()),
                AdminJson.Default.PassphraseReport,
                $"{address} has a new passphrase; the one before opens nothing any more");
    }

    private static async ValueTask<VerbAnswer> NewWordsAsync(VerbContext context, CancellationToken cancellation)
    {
        var address = context.Get(CommonArguments.Account);
        var opened = await Unlocking.OpenAsync(context, address, cancellation);
        if (opened.Declined) return Unlocking.Declined(context, opened.Refusal, address);
        using var keyring = opened.Value;
        using var old = Words.Parse(context.Unlock!);
        var renewed = await context.Composition.Accounts.RenewWordsAsync(keyring, old, cancellation);
        if (renewed.Declined) return Declined(context, renewed.Refusal, address);
        return context.Done(new NewWordsReport(address, renewed.Value!), AdminJson.Default.NewWordsReport, $"""
            words  {renewed.Value}   (shown once)
            The words from before open nothing any more. Copies of the store from before still open with them.
            """);
    }

    private static DeviceId? Find(IReadOnlyList<DeviceInfo> devices, string wanted)
    {
        var matches = devices.Where(device => device.Label == wanted).ToList();
        if (matches.Count == 0 && wanted.Length > 0)
        {
            matches = [.. devices.Where(device => device.Id.ToString().StartsWith(wanted, StringComparison.OrdinalIgnoreCase))];
        }

        return matches.Count == 1 ? matches[0].Id : null;
    }

    private static VerbAnswer Declined(VerbContext context, Refusal refusal, string address) => refusal switch
    {
        Refusal.Damaged => context.Failed(
            ExitCode.Damaged,
            $"{address}: nothing was changed, as the record of a device, or of the recovery key, is not what the account made; revoke "
                + $"the devices that you do not know (`compatbot device list {address}`) and say it again"),
        Refusal.Conflict => context.Failed(ExitCode.Unavailable, $"{address} was rotated by somebody else just now; nothing was changed"),
        _ => context.Declined(refusal, address),
    };
}
