using System.Security.Cryptography;
using System.Text;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;

namespace CompatBot.StoreBench;

/// <summary>Deliveries as SMTP makes them, without SMTP: a message is sealed for its account, and durable when the call ends.</summary>
/// <param name="open">Whether the accounts' owners are logged in: straight into INBOX, or into the dropbox.</param>
internal sealed class SealedDeliveries(IStore store, int messageBytes, bool open) : IVaultLog
{
    private const string Domain = "bench.test";

    private readonly byte[] _noise = RandomNumberGenerator.GetBytes((1 << 20) + messageBytes);

    public async Task<string> RunAsync(int writers, int accounts, TimeSpan time)
    {
        var stretcher = new PassphraseStretcher();
        var directory = new Accounts(store, TimeProvider.System, stretcher);
        var opened = new OpenAccounts(store, TimeProvider.System, TimeSpan.FromMinutes(10), this);
        var sessions = new Sessions(opened, directory, new Credentials(store, stretcher));
        var deliveries = new CompatBot.Core.Mail.Deliveries(store, opened, TimeProvider.System);
        await directory.AddDomainAsync(Domain, CancellationToken.None);
        var records = new AccountRecord[accounts];
        List<Session> logins = [];
        for (var i = 0; i < accounts; i++)
        {
            var address = $"u{Guid.NewGuid():N}@{Domain}";
            var account = new NewAccount(address, [], [new NewDevice("bench", Scopes.All)]);
            var created = await directory.CreateAsync(account, CancellationToken.None);
            records[i] = (await directory.FindAsync(address, CancellationToken.None))!;
            var password = new Password(created.Value!.Devices[0].Password.Text);
            if (open) logins.Add((await sessions.LoginAsync(address, password, "imap", CancellationToken.None)).Value!);
        }

        var result = await Timing.RunAsync(writers, accounts, time, async (home, random) =>
        {
            await using var delivery = await deliveries.OpenAsync([records[home]], CancellationToken.None);
            await delivery.WriteAsync(Message(random), CancellationToken.None);
            if (await delivery.CommitAsync(CancellationToken.None) is var refusal and not Refusal.None)
            {
                throw new InvalidOperationException($"Refused: {refusal}");
            }
        });
        foreach (var login in logins) await login.DisposeAsync();
        await opened.DisposeAsync();
        return result;
    }

    public void CloseFailed(Exception error) => Console.WriteLine(error.Message);

    public void IntakeFailed(AccountId account, Refusal refusal, Exception? error) => Console.WriteLine($"{refusal} {error?.Message}");

    public void Closed()
    {
    }

    private byte[] Message(Random random)
    {
        var header = Encoding.ASCII.GetBytes($"From: a@{Domain}\r\nTo: b@{Domain}\r\nSubject: {random.NextInt64()}\r\n\r\n");
        var message = new byte[messageBytes];
        _noise.AsSpan(random.Next(1 << 20), messageBytes).CopyTo(message);
        header.CopyTo(message, 0);
        return message;
    }
}
