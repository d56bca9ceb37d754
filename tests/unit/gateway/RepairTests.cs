using System.Text.Json;
using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Gateway;
using CompatBot.Gateway.Admin;
using CompatBot.Storage.Backup;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace CompatBot.UnitTests.Gateway;

public sealed class RepairTests : IAsyncLifetime
{
    private readonly string _data = Directory.CreateTempSubdirectory("compatbot-repair-").FullName;
    private Composition _composition = null!;
    private CreatedAccount _account = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _composition = await Composition.OpenAsync(CompositionOptions.ForVerb(_data, NullLogger.Instance), TimeProvider.System, Stop);
        await _composition.Accounts.AddDomainAsync("mail.test", Stop);
        _account = (await _composition.Accounts.CreateAsync(new("anna@mail.test", [], []), Stop)).Value!;
        await using var session = await LoginAsync();
        for (var i = 1; i <= 6; i++)
        {
            using var writer = session.Mail!.NewMessage();
            await writer.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"Subject: {i}\r\n\r\n{i}\r\n"), Stop);
            var written = (await writer.CompleteAsync(Stop)).Value!;
            await session.Mail.AppendAsync("INBOX", written, MessageFlags.None, [], null, Stop);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _composition.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task Only_what_is_damaged_goes_to_quarantine_and_a_backup_replaces_it()
    {
        using var key = BackupKey.Draw();
        var folder = Path.Combine(_data, "backup");
        await new BackupRun(_composition.Store, folder, key, TimeProvider.System, (_, _) => default).RunAsync([], Stop);
        var (flipped, gone) = (await DamageAsync(1, [1, 2, 3]), await DamageAsync(4, null));

        var alone = await RepairAsync(null, "store", "repair", "anna@mail.test");
        Assert.Equal((int)ExitCode.Damaged, alone.Code);
        Assert.Equal(2, alone.Report.GetProperty("damaged").GetInt32());
        var file = Assert.Single(alone.Report.GetProperty("quarantined").EnumerateArray()).GetString()!;
        Assert.Equal(flipped.ToString(), Path.GetFileName(file));
        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(file, Stop));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(
            ["Message 2 of mailbox 1 can not be read", "Message 5 of mailbox 1 can not be read"],
            alone.Report.GetProperty("flaws").EnumerateArray().Select(flaw => flaw.GetString()!));
        Assert.False(await _composition.Store.Blobs.ContainsAsync(_account.Id, flipped, Stop));

        var healed = await RepairAsync(key.ToText(), "store", "repair", "anna@mail.test", "--backup", folder);
        Assert.Equal((int)ExitCode.Done, healed.Code);
        Assert.Equal(2, healed.Report.GetProperty("replaced").GetInt32());
        Assert.True(await _composition.Store.Blobs.ContainsAsync(_account.Id, gone, Stop));
        var sound = await RepairAsync(null, "store", "repair", "anna@mail.test");
        Assert.Equal(((int)ExitCode.Done, 0), (sound.Code, sound.Report.GetProperty("damaged").GetInt32()));
    }

    [Fact]
    public async Task Long_verbs_tell_their_progress_through_the_socket_and_answer_in_the_end()
    {
        await using var server = ControlServer.Start(_data, _composition, ControlServer.CallTimeout, NullLogger.Instance);
        var call = new VerbCall(["account", "export", "anna@mail.test", "out"], null, null, _account.Words) { Folder = _data };
        var answer = await ControlClient.TryCallAsync(_data, call, Stop);
        Assert.StartsWith("6 messages, ", answer!.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_data, "out", "compatbot-export.json")));
        var again = await ControlClient.TryCallAsync(_data, call, Stop);
        Assert.Equal((int)ExitCode.Exists, again!.ExitCode);
        var back = call with { Arguments = ["account", "import", "anna@mail.test", "out", "--json"] };
        var imported = (await ControlClient.TryCallAsync(_data, back, Stop))!.Output;
        Assert.Contains("\"added\":0,\"present\":6", imported, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_account_s_keys_nothing_is_touched()
    {
        var call = new VerbCall(["store", "repair", "anna@mail.test"], null, null, null);
        var answer = await CommandLine.RunAsync(call, _composition, (_, _) => default, Stop);
        Assert.Equal((int)ExitCode.Denied, answer.ExitCode);
    }

    private async Task<Session> LoginAsync()
    {
        using var words = Words.Parse(_account.Words);
        var keyring = (await _composition.Accounts.RecoverAsync(words!, Stop)).Value!;
        return (await _composition.Sessions.StartAsync(keyring, Stop)).Value!;
    }

    /// <summary>Puts other bytes, or none, in the place of a message's blob.</summary>
    private async Task<BlobName> DamageAsync(int index, byte[]? bytes)
    {
        await using var session = await LoginAsync();
        var inbox = (await session.Mail!.OpenAsync("INBOX", Stop)).Value!;
        var name = BlobSeal.NameOf(inbox.Messages[index].Content.Key);
        await _composition.Store.Blobs.DeleteAsync(_account.Id, [name], Stop);
        if (bytes is not null)
        {
            await _composition.Store.Blobs.PutAsync(_account.Id, BlobHolder.Of(Realm.Mail), [new SealedBlob(name, bytes)], Stop);
        }

        return name;
    }

    private async Task<(int Code, JsonElement Report)> RepairAsync(string? key, params string[] arguments)
    {
        var call = new VerbCall([.. arguments, "--json"], null, null, _account.Words) { BackupKey = key };
        var answer = await CommandLine.RunAsync(call, _composition, (_, _) => default, Stop);
        return (answer.ExitCode, JsonDocument.Parse(answer.Output).RootElement);
    }
}
