using System.Text.Json;
using Xunit;

namespace CompatBot.CrashTests;

/// <summary>Time travel from the command line, in a running server and without one.</summary>
public sealed class HistoryVerbTests : IDisposable
{
    private const string Address = "anna@one.test";

    private readonly string _folder = Directory.CreateTempSubdirectory("compatbot-history-").FullName;
    private readonly string _data;
    private readonly string _words;

    public HistoryVerbTests() => (_data, _words) = (Path.Combine(_folder, "data"), Path.Combine(_folder, "words.txt"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_a_client_deleted_is_shown_and_brought_back()
    {
        var password = await MakeAsync();
        using var server = await ServerProcess.StartAsync(_data);
        using var client = await ImapClient.LoginAsync(server.Port("imap"), Address, password);
        await client.MustAsync("CREATE plans");
        await AppendAsync(client, "plans", "\\Flagged", "Subject: one\r\n\r\n1"u8.ToArray());
        await AppendAsync(client, "plans", "", "Subject: two\r\n\r\n2"u8.ToArray());
        var before = (await JsonAsync("store", "show", Address)).GetProperty("sequence").GetUInt64();
        await client.SelectAsync("plans");
        await client.MustAsync("STORE 1 +FLAGS (\\Deleted)");
        await client.MustAsync("EXPUNGE");

        var shown = await JsonAsync("store", "show", Address, "--mailbox", "plans");
        Assert.Equal(1, shown.GetProperty("deleted")[0].GetProperty("lines")[0].GetProperty("uid").GetInt32());
        var past = await JsonAsync("store", "show", Address, "--mailbox", "plans", "--sequence", $"{before}");
        Assert.Equal("\\Flagged", past.GetProperty("mailboxes")[0].GetProperty("messages")[0].GetProperty("flags").GetString());
        var undeleted = await JsonAsync("store", "undelete", Address, "--mailbox", "plans", "--message", "1");
        Assert.Equal(1, undeleted.GetProperty("messages").GetInt32());
        undeleted = await JsonAsync("store", "undelete", Address, "--mailbox", "plans", "--message", "all");
        Assert.Equal(0, undeleted.GetProperty("messages").GetInt32());
        await client.MustAsync("NOOP");
        var seen = await client.FetchAsync("1:*", "");
        Assert.Equal([2u, 3u], seen.Select(message => message.Uid));

        await client.MustAsync("CLOSE");
        await client.MustAsync("DELETE plans");
        Assert.Equal(1, (await JsonAsync("store", "undelete", Address, "--mailbox", "plans")).GetProperty("mailboxes").GetInt32());
        Assert.Equal(4u, (await client.SelectAsync("plans")).UidNext);
        var lines = (await JsonAsync("store", "history", Address, "--mailbox", "plans")).EnumerateArray().ToList();
        Assert.Equal(
            ["MailboxCreated", "Added", "Added", "FlagsChanged", "Removed", "Added", "Restored", "MailboxDeleted", "MailboxRestored"],
            lines.Select(line => line.GetProperty("action").GetString()));
        var newest = (await JsonAsync("store", "history", Address, "--mailbox", "plans", "--last", "2")).EnumerateArray().ToList();
        Assert.Equal(["MailboxDeleted", "MailboxRestored"], newest.Select(line => line.GetProperty("action").GetString()));
        Assert.Equal("first device", lines[0].GetProperty("label").GetString());
        Assert.Equal("words", lines[6].GetProperty("device").GetString());
        Assert.Equal(0, await server.StopAsync());
    }

    [Fact]
    public async Task All_mail_of_a_moment_comes_back_and_a_collection_erases_without_a_server()
    {
        var password = await MakeAsync();
        ulong moment;
        using (var server = await ServerProcess.StartAsync(_data))
        {
            using var client = await ImapClient.LoginAsync(server.Port("imap"), Address, password);
            for (var i = 0; i < 5; i++) await AppendAsync(client, "INBOX", "", [(byte)('0' + i), (byte)'\r', (byte)'\n']);
            moment = (await JsonAsync("store", "show", Address)).GetProperty("sequence").GetUInt64();
            await client.SelectAsync("INBOX");
            await client.MustAsync("STORE 1:* +FLAGS (\\Deleted)");
            await client.MustAsync("EXPUNGE");
            Assert.Equal(0, await server.StopAsync());
        }

        Assert.Equal(5, (await JsonAsync("store", "undelete", Address, "--sequence", $"{moment}")).GetProperty("messages").GetInt32());
        Assert.Equal(0, (await JsonAsync("store", "undelete", Address, "--sequence", $"{moment}")).GetProperty("messages").GetInt32());
        Assert.Equal(30, (await JsonAsync("account", "horizon", Address)).GetProperty("days").GetInt32());
        Assert.Equal(7, (await JsonAsync("account", "horizon", Address, "7")).GetProperty("days").GetInt32());
        var collected = await JsonAsync("store", "gc", Address);
        Assert.True(collected.GetProperty("erased").GetBoolean());
        Assert.Equal(0, collected.GetProperty("released").GetInt32());
        Assert.Contains("INBOX: 5 messages", await OkAsync("store", "show", Address, "--unlock", _words));
        Assert.Contains("sound", await OkAsync("store", "verify", "--unlock", _words));
    }

    [Theory]
    [InlineData(2, "give --mailbox")]
    [InlineData(2, "give --mailbox", "--mailbox", "a", "--sequence", "3")]
    [InlineData(2, "no list of UIDs", "--mailbox", "INBOX", "--message", "x")]
    [InlineData(2, "no list of UIDs", "--mailbox", "INBOX", "--message", "1:1000001")]
    [InlineData(2, "no time", "--at", "yesterday")]
    [InlineData(3, "no such thing", "--mailbox", "nowhere")]
    [InlineData(3, "no such thing", "--sequence", "1000000")]
    public async Task Mistakes_get_an_answer(int exitCode, string words, params string[] arguments)
    {
        await MakeAsync();
        var answer = await ServerProcess.VerbAsync(_data, null, ["store", "undelete", Address, "--unlock", _words, .. arguments]);
        Assert.Equal(exitCode, answer.ExitCode);
        Assert.Contains(words, answer.Error);
    }

    private static async Task AppendAsync(ImapClient client, string mailbox, string flags, byte[] message)
    {
        var answer = await client.AppendAsync(mailbox, flags, message);
        Assert.True(answer.Ok, answer.All);
    }

    private async Task<string> MakeAsync()
    {
        var made = JsonDocument.Parse(await OkAsync("account", "add", Address, "--json")).RootElement;
        await File.WriteAllTextAsync(_words, made.GetProperty("words").GetString());
        return made.GetProperty("devices")[0].GetProperty("password").GetString()!;
    }

    private async Task<JsonElement> JsonAsync(params string[] arguments) =>
        JsonDocument.Parse(await OkAsync([.. arguments, "--unlock", _words, "--json"])).RootElement;

    private async Task<string> OkAsync(params string[] arguments)
    {
        var (exitCode, output, error) = await ServerProcess.VerbAsync(_data, null, arguments);
        return exitCode == 0 ? output : throw new InvalidOperationException($"{string.Join(' ', arguments)}: {exitCode}: {error}");
    }
}
