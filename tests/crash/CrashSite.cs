using System.Text.Json;

namespace CompatBot.CrashTests;

/// <summary>One account of the test bed.</summary>
internal sealed record Resident(string Address, string Password, string Words)
{
    public Ledger Ledger { get; } = new();

    /// <summary>Files and calendar objects.</summary>
    public PathLedger Paths { get; } = new();
}

/// <summary>A data directory with two accounts: one whose owner is connected, one whose owner is away, so that mail waits sealed.</summary>
internal sealed class CrashSite : IDisposable
{
    private int _tokens;

    private CrashSite(string data, Resident home, Resident away) => (Data, Home, Away) = (data, home, away);

    public string Data { get; }

    /// <summary>Logged in while the load runs.</summary>
    public Resident Home { get; }

    /// <summary>Logs in only to be audited.</summary>
    public Resident Away { get; }

    public static async Task<CrashSite> MakeAsync()
    {
        var data = Directory.CreateTempSubdirectory("compatbot-crash-").FullName;
        const string Accounts = """
            [{"address": "home@crash.test", "devices": [{"label": "a"}]}, {"address": "away@crash.test", "devices": [{"label": "a"}]}]
            """;
        var (exitCode, output, error) = await ServerProcess.VerbAsync(data, Accounts, "account", "add", "--from", "-", "--json");
        if (exitCode != 0) throw new InvalidOperationException($"account add: {error}");
        using var made = JsonDocument.Parse(output);
        var residents = made.RootElement.EnumerateArray().Select(account => new Resident(
            account.GetProperty("address").GetString()!,
            account.GetProperty("devices")[0].GetProperty("password").GetString()!,
            account.GetProperty("words").GetString()!)).ToList();
        return new CrashSite(data, residents[0], residents[1]);
    }

    public string NewToken(int bytes) => Letters.Token(Interlocked.Increment(ref _tokens), bytes);

    /// <summary>How many messages wait in the dropbox of a resident.</summary>
    public async Task<long> WaitingAsync(Resident resident)
    {
        var (exitCode, output, error) = await ServerProcess.VerbAsync(Data, null, "account", "show", resident.Address, "--json");
        if (exitCode != 0) throw new IOException($"account show: exit code {exitCode}: {error}");
        using var report = JsonDocument.Parse(output);
        return report.RootElement.GetProperty("waitingMessages").GetInt64();
    }

    /// <summary>`store verify` with the server stopped: chain and blobs, opened with each account's words.</summary>
    public async Task VerifyStoreAsync()
    {
        foreach (var resident in (Resident[])[Home, Away])
        {
            var words = Path.Combine(Data, "..", Path.GetRandomFileName());
            await File.WriteAllTextAsync(words, resident.Words);
            var (exitCode, output, error) = await ServerProcess.VerbAsync(Data, null, "store", "verify", "--unlock", words, "--json");
            File.Delete(words);
            if (exitCode != 0) throw new CrashException($"store verify: exit code {exitCode}: {output}{error}");
        }
    }

    public void Dispose() => Directory.Delete(Data, recursive: true);
}
