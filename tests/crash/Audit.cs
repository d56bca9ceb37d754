using System.Diagnostics;

namespace CompatBot.CrashTests;

/// <summary>Reads everything back after a restart, holds it against the ledgers, and makes room for the next round.</summary>
internal sealed class Audit(CrashSite site, ServerProcess server)
{
    private const int AwayMessagesMax = 100;

    /// <summary>How long all that waits may take to come in, on a busy machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly HashSet<string> _compared = [];

    public async Task RunAsync()
    {
        await RunAsync(site.Home);
        await RunAsync(site.Away);
        using var dav = new DavLoad(site, server);
        await dav.AuditAsync();
    }

    private async Task RunAsync(Resident resident)
    {
        using var client = await ImapClient.LoginAsync(server.Port("imap"), resident.Address, resident.Password);
        await TakenInAsync(resident);
        var mailboxes = new Dictionary<string, (uint UidValidity, uint UidNext)>();
        var found = new List<(string Token, uint Uid, Place Place)>();
        foreach (var name in await client.ListAsync())
        {
            mailboxes[name] = await client.SelectAsync(name);
            foreach (var message in await client.FetchAsync("1:*", "HEADER.FIELDS (X-Token)"))
            {
                var token = Letters.TokenOf(message.Body) ?? throw new CrashException($"UID {message.Uid} of {name} has no token");
                found.Add((token, message.Uid, new Place(name, Load.Normal(message.Flags))));
            }

            await CompareNewestAsync(client);
        }

        resident.Ledger.Audit(mailboxes, found);
        if (resident == site.Away && found.Count > AwayMessagesMax) await EmptyAsync(client, found);
    }

    /// <summary>The login is answered after the first slice; the server takes in the rest behind it.</summary>
    private async Task TakenInAsync(Resident resident)
    {
        var began = Stopwatch.GetTimestamp();
        while (await site.WaitingAsync(resident) is var waiting and > 0)
        {
            if (server.Ending) throw new IOException("The server was killed");
            if (Stopwatch.GetElapsedTime(began) > Patience) throw new CrashException($"{waiting} messages are not taken in");
            await Task.Delay(20);
        }
    }

    /// <summary>The newest bodies, octet for octet; SMTP puts its trace header in front.</summary>
    private async Task CompareNewestAsync(ImapClient client)
    {
        foreach (var header in (await client.FetchAsync("1:*", "HEADER.FIELDS (X-Token)")).TakeLast(12))
        {
            var token = Letters.TokenOf(header.Body)!;
            if (!_compared.Add(token)) continue;
            var message = (await client.FetchAsync($"{header.Uid}", "")).Single();
            if (!message.Body.AsSpan().EndsWith(Letters.Make(token))) throw new CrashException($"{token} has other octets than were sent");
        }
    }

    private async Task EmptyAsync(ImapClient client, List<(string Token, uint Uid, Place Place)> found)
    {
        await client.SelectAsync("INBOX");
        foreach (var (token, _, _) in found) site.Away.Ledger.Begin(token, new Place("INBOX", "\\Deleted"));
        foreach (var (token, _, _) in found) site.Away.Ledger.Begin(token, Ledger.Nowhere);
        await client.MustAsync("STORE 1:* FLAGS.SILENT (\\Deleted)");
        await client.MustAsync("EXPUNGE");
        foreach (var (token, _, _) in found) site.Away.Ledger.End(token, Ledger.Nowhere);
    }
}
