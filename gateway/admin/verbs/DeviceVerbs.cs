using System.CommandLine;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>device add, list, revoke: the credentials of an account.</summary>
internal static class DeviceVerbs
{
    private static readonly Argument<string> OneAddress = new("address") { Description = "The account's address" };
    private static readonly Argument<string> OneDevice = new("device")
    {
        Description = "Its id, or the id's first characters; with --unlock also its label",
    };

    private static readonly Option<string> Label = new("--label") { Description = "What its owner calls it", Required = true };

    private static readonly Option<string[]> ScopeWords = new("--scope")
    {
        Description = "*, mail, calendar, contacts, files, settings, each also as mail:read; and protocols such as imap",
        DefaultValueFactory = _ => ["*"],
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string?> DropFolder = new("--drop")
    {
        Description = "It may only upload (FTP, WebDAV), into this folder, made if missing, and holds no key; --scope does not count",
        HelpName = "folder",
    };

    public static Verb Add() => new Verb("add", "Make a device with an app password", AddAsync)
    {
        OneAddress,
        Label,
        ScopeWords,
        DropFolder,
        CommonOptions.PasswordInput,
        CommonOptions.Unlock,
    }.Reading(parse => parse.GetValue(CommonOptions.PasswordInput));

    public static Verb List() => new("list", "Every device of an account; labels and scopes need --unlock", ListAsync)
    {
        OneAddress,
        CommonOptions.Unlock,
    };

    public static Verb Revoke() => new("revoke", "Take a device's access away and cut its live sessions", RevokeAsync)
    {
        OneAddress,
        OneDevice,
        CommonOptions.Unlock,
    };

    public static MadeDevice Report(CreatedDevice device) =>
        new(device.Id.ToString(), device.Label, [.. device.Scopes.Text.Split(' ')], device.Password.Text);

    public static VerbAnswer Show(VerbContext context, CreatedDevice device)
    {
        var report = Report(device);
        return context.Done(report, AdminJson.Default.MadeDevice, $"""
            device        {report.Id}   "{report.Label}", {string.Join(' ', report.Scopes)}
            app password  {report.Password}   (shown once)
            """);
    }

    private static async ValueTask<VerbAnswer> AddAsync(VerbContext context, CancellationToken cancellation)
    {
        var address = context.Get(OneAddress);
        if (Scopes.Parse(context.Get(ScopeWords)) is not { } scopes)
        {
            var words = string.Join(' ', context.Get(ScopeWords));
            return context.Failed(ExitCode.Usage, $"--scope {words} is unknown, or mixes reading and writing realms");
        }

        AppPassword? password = null;
        if (context.Get(CommonOptions.PasswordInput) && (password = AppPassword.Parse((context.Input ?? "").Trim())) is null)
        {
            return context.Failed(ExitCode.Usage, "standard input is no app password: 26 base32 characters (a-z, 2-7)");
        }

        if (context.Get(DropFolder) is { } folder) return await AddDropAsync(context, address, folder, password, cancellation);
        var opened = await Unlocking.OpenAsync(context, address, cancellation);
        if (opened.Declined) return Unlocking.Declined(context, opened.Refusal, address);
        using var keyring = opened.Value;
        var made = await context.Composition.Accounts.AddDeviceAsync(
            keyring, new NewDevice(context.Get(Label), scopes, password), cancellation);
        return made.Declined ? context.Declined(made.Refusal, $"device \"{context.Get(Label)}\"") : Show(context, made.Value);
    }

    private static async ValueTask<VerbAnswer> AddDropAsync(
        VerbContext context, string address, string folder, AppPassword? password, CancellationToken cancellation)
    {
        var started = await Unlocking.StartAsync(context, address, cancellation);
        if (started.Declined) return Unlocking.Declined(context, started.Refusal, address);
        await using var session = started.Value;
        var place = await FolderPaths.MakeAsync(session, folder, cancellation);
        if (place.Declined) return context.Declined(place.Refusal, folder);
        var opened = await Unlocking.OpenAsync(context, address, cancellation);
        if (opened.Declined) return Unlocking.Declined(context, opened.Refusal, address);
        using var keyring = opened.Value;
        var made = await context.Composition.DropDevices.AddAsync(keyring, context.Get(Label), place.Value, password, cancellation);
        if (made.Declined) return context.Declined(made.Refusal, $"device \"{context.Get(Label)}\"");
        var report = new MadeDevice(made.Value.Id.ToString(), made.Value.Label, ["drop"], made.Value.Password.Text);
        return context.Done(report, AdminJson.Default.MadeDevice, $"""
            device        {report.Id}   "{report.Label}", uploads into {folder}
            app password  {report.Password}   (shown once)
            """);
    }

    private static async ValueTask<VerbAnswer> ListAsync(VerbContext context, CancellationToken cancellation)
    {
        var devices = await DescribeAsync(context, cancellation);
        if (devices.Declined) return Unlocking.Declined(context, devices.Refusal, context.Get(OneAddress));
        return context.Done(
            devices.Value,
            AdminJson.Default.IReadOnlyListDeviceReport,
            string.Join('\n', devices.Value.Select(device => device.Label is null
                ? device.Id
                : $"{device.Id}  {device.Created:yyyy-MM-dd}  {string.Join(' ', device.Scopes ?? [])}  \"{device.Label}\"")));
    }

    private static async ValueTask<VerbAnswer> RevokeAsync(VerbContext context, CancellationToken cancellation)
    {
        var (address, wanted) = (context.Get(OneAddress), context.Get(OneDevice));
        if (await context.Composition.Accounts.FindAsync(address, cancellation) is not { } account)
        {
            return context.Declined(Refusal.NotFound, address);
        }

        var devices = await DescribeAsync(context, cancellation);
        if (devices.Declined) return Unlocking.Declined(context, devices.Refusal, address);
        var matches = devices.Value.Where(device => device.Label == wanted).ToList();
        if (matches.Count == 0 && wanted.Length > 0)
        {
            matches = [.. devices.Value.Where(device => device.Id.StartsWith(wanted, StringComparison.OrdinalIgnoreCase))];
        }

        if (matches.Count == 0)
        {
            return context.Failed(ExitCode.NotFound, $"{wanted}: {address} has no such device (`compatbot device list {address}`)");
        }

        if (matches.Count > 1) return context.Failed(ExitCode.Usage, $"{wanted} fits {matches.Count} devices: give more of the id");
        var id = new DeviceId(Guid.ParseExact(matches[0].Id, "N"));
        var refusal = await context.Composition.Accounts.RevokeAsync(account.Id, id, cancellation);
        return refusal == Refusal.None
            ? context.Done(matches[0], AdminJson.Default.DeviceReport, $"{matches[0].Id} is revoked; its sessions are cut")
            : context.Declined(refusal, wanted);
    }

    private static async ValueTask<Outcome<IReadOnlyList<DeviceReport>>> DescribeAsync(VerbContext context, CancellationToken cancellation)
    {
        var (accounts, address) = (context.Composition.Accounts, context.Get(OneAddress));
        if (await accounts.FindAsync(address, cancellation) is not { } account) return Refusal.NotFound;
        if (string.IsNullOrWhiteSpace(context.Unlock))
        {
            var records = await context.Composition.Store.Directory.DevicesAsync(account.Id, cancellation);
            return records.Select(record => new DeviceReport(record.Id.ToString(), null, null, null, null)).ToArray();
        }

        var opened = await Unlocking.OpenAsync(context, address, cancellation);
        if (opened.Declined) return opened.Refusal;
        using var keyring = opened.Value;
        return (await accounts.DevicesAsync(keyring, cancellation)).Select(device => new DeviceReport(
            device.Id.ToString(), device.Label, device.Scopes?.Split(' '), device.Created, device.IsPassphrase)).ToArray();
    }
}
