using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Xunit;

namespace CompatBot.CrashTests;

/// <summary>Stores of earlier releases, opened by the real program of today (tests/data/stores/README.md).</summary>
public sealed class GoldenStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("compatbot-golden-").FullName;

    private string Data => Path.Combine(_folder, "data");

    public static TheoryData<string> Releases() =>
        [.. Directory.GetDirectories(Fixtures()).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Releases))]
    public async Task A_store_of_every_release_opens_and_shows_the_same(string release)
    {
        var fixture = Path.Combine(Fixtures(), release);
        await UnpackAsync(Path.Combine(fixture, "store.txt"));
        using var keys = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(fixture, "keys.json")));
        var (ann, ben) = (keys.RootElement[0], keys.RootElement[1]);
        var words = Path.Combine(_folder, "words");
        await File.WriteAllTextAsync(words, ann.GetProperty("words").GetString());

        var verified = await ServerProcess.VerbAsync(Data, null, "store", "verify", "--unlock", words);
        Assert.True(verified is (0, _, ""), verified.Output + verified.Error);
        var stat = await ServerProcess.VerbAsync(Data, null, "store", "stat", "--account", "ann@golden.test", "--unlock", words, "--json");
        Assert.Equal("", stat.Error);
        Assert.Equal(Mailboxes(await File.ReadAllTextAsync(Path.Combine(fixture, "stat.json"))), Mailboxes(stat.Output));

        using var server = await ServerProcess.StartAsync(Data);
        foreach (var device in ann.GetProperty("devices").EnumerateArray())
        {
            using var client = await LoginAsync(server, ann, device);
            await client.SelectAsync("INBOX");
            var subjects = await SubjectsAsync(client);
            Assert.Superset(new HashSet<string>(["before one", "inbox 19", "after two", "after the rotation"]), subjects.ToHashSet());
        }

        using var waiting = await LoginAsync(server, ben, ben.GetProperty("devices")[0]);
        await waiting.SelectAsync("INBOX");
        Assert.Equal(["before waiting", "after waiting"], await SubjectsAsync(waiting));
        Assert.True((await waiting.AppendAsync("INBOX", "", "Subject: written today\r\n\r\n"u8.ToArray())).Ok);
        Assert.Equal(0, await server.StopAsync());
    }

    private static Task<ImapClient> LoginAsync(ServerProcess server, JsonElement account, JsonElement device) => ImapClient.LoginAsync(
        server.Port("imap"), account.GetProperty("address").GetString()!, device.GetProperty("password").GetString()!);

    private static async Task<string[]> SubjectsAsync(ImapClient client)
    {
        var answer = await client.MustAsync("FETCH 1:* BODY.PEEK[HEADER.FIELDS (Subject)]");
        return [.. answer.Untagged.SelectMany(line => line.Literals)
            .Select(literal => System.Text.Encoding.ASCII.GetString(literal).Trim()["Subject: ".Length..])];
    }

    /// <summary>The part that no later release may see differently, as text.</summary>
    private static string Mailboxes(string json)
    {
        using var stat = JsonDocument.Parse(json);
        return string.Join('\n', stat.RootElement[0].GetProperty("mailboxes").EnumerateArray().Select(mailbox => mailbox.GetRawText()));
    }

    private static string Fixtures([CallerFilePath] string source = "") =>
        Path.Combine(Path.GetDirectoryName(source)!, "..", "data", "stores");

    private async Task UnpackAsync(string fixture)
    {
        Directory.CreateDirectory(Data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var archive = Path.Combine(_folder, "store.tar.xz");
        await File.WriteAllBytesAsync(archive, Convert.FromBase64String(await File.ReadAllTextAsync(fixture)));
        using var tar = Process.Start("tar", ["-xJf", archive, "-C", Data]);
        await tar.WaitForExitAsync();
        Assert.Equal(0, tar.ExitCode);
    }
}
