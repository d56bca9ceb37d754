namespace CompatBot.CrashTests;

/// <summary>Clients that keep a server busy until it is killed under them, and write down each promise it makes.</summary>
internal sealed class Load(CrashSite site, ServerProcess server, Random random)
{
    private const int DeliveriesPerRoundMax = 60;
    private const int MailboxMessagesMax = 40;

    private static readonly string[] FlagSets = ["", "\\Seen", "\\Flagged", "\\Answered \\Seen", "\\Draft", "$Work \\Seen", "\\Deleted"];

    /// <summary>
    /// Runs all clients until their connections end. An <see cref="Audit"/> comes before each: what the last end left uncertain may
    /// be flagged \Deleted, and an EXPUNGE here would delete it without the ledger's knowing.
    /// </summary>
    public async Task RunAsync()
    {
        using var dav = new DavLoad(site, server);
        await Task.WhenAll(
            UntilHangUpAsync(() => dav.PutFilesAsync(Dice())),
            UntilHangUpAsync(() => dav.PutEventsAsync(Dice())),
            UntilHangUpAsync(() => DeliverAsync("smtp", login: false, site.Away)),
            UntilHangUpAsync(() => DeliverAsync("submission", login: true, site.Home)),
            UntilHangUpAsync(() => DeliverAsync("submission", login: true, site.Home, site.Away)),
            UntilHangUpAsync(() => WorkAsync("work1")),
            UntilHangUpAsync(() => WorkAsync("work2")),
            UntilHangUpAsync(TidyInboxAsync));
    }

    /// <summary>Flags as a set, for comparing.</summary>
    public static string Normal(string flags) =>
        string.Join(' ', flags.Split(' ').Where(flag => flag is not ("" or "\\Recent")).Order(StringComparer.Ordinal));

    private async Task UntilHangUpAsync(Func<Task> client)
    {
        try
        {
            await client();
        }
        catch (IOException) when (server.Ending)
        {
            return; // What every client here waits for.
        }
    }

    private async Task DeliverAsync(string port, bool login, params Resident[] recipients)
    {
        var dice = Dice();
        using var client = await SmtpClient.ConnectAsync(server.Port(port), login ? (site.Home.Address, site.Home.Password) : null);
        for (var sent = 0; sent < DeliveriesPerRoundMax; sent++)
        {
            var token = site.NewToken(Size(dice));
            foreach (var recipient in recipients) recipient.Ledger.Begin(token, new Place("INBOX", ""));
            var from = login ? site.Home.Address : "stranger@else.test";
            await client.SendAsync(from, recipients.Select(recipient => recipient.Address), Letters.Make(token));
            foreach (var recipient in recipients) recipient.Ledger.End(token, new Place("INBOX", ""));
        }
    }

    /// <summary>Appends, flags, moves and expunges in two mailboxes of its own.</summary>
    private async Task WorkAsync(string mailbox)
    {
        var dice = Dice();
        var done = mailbox + "done";
        using var client = await LoginAsync();
        await client.RunAsync($"CREATE {mailbox}");
        await client.RunAsync($"CREATE {done}");
        while (true)
        {
            foreach (var open in (string[])[mailbox, done])
            {
                await client.SelectAsync(open);
                var here = await SettledAsync(client, open);
                if (open == mailbox && here.Count < MailboxMessagesMax)
                {
                    for (var count = 0; count < 5; count++) here.Add(await AppendAsync(client, mailbox, dice));
                }

                for (var count = 0; count < 5 && here.Count > 0; count++) await FlagAsync(client, open, here[dice.Next(here.Count)], dice);
                for (var count = 0; open == mailbox && count < 3 && here.Count > 0; count++)
                {
                    var index = dice.Next(here.Count);
                    await MoveAsync(client, open, done, here[index]);
                    here.RemoveAt(index);
                }

                if (here.Count > MailboxMessagesMax / 2 || dice.Next(3) == 0) await ExpungeAsync(client, open, here);
            }
        }
    }

    /// <summary>Flags, moves and deletes what others deliver.</summary>
    private async Task TidyInboxAsync()
    {
        var dice = Dice();
        using var client = await LoginAsync();
        await client.RunAsync("CREATE archive");
        while (true)
        {
            await client.SelectAsync("INBOX");
            var here = await SettledAsync(client, "INBOX");
            foreach (var message in here.Take(20))
            {
                await FlagAsync(client, "INBOX", message, dice);
                if (dice.Next(3) == 0) await MoveAsync(client, "INBOX", "archive", message);
            }

            if (here.Count > MailboxMessagesMax) await ExpungeAsync(client, "INBOX", await SettledAsync(client, "INBOX"));
            await client.SelectAsync("archive");
            await ExpungeAsync(client, "archive", await SettledAsync(client, "archive"));
        }
    }

    /// <summary>Messages of the open mailbox whose place is certain, so that nobody else works on them.</summary>
    private async Task<List<(string Token, uint Uid)>> SettledAsync(ImapClient client, string mailbox)
    {
        var settled = new List<(string Token, uint Uid)>();
        foreach (var message in await client.FetchAsync("1:*", "HEADER.FIELDS (X-Token)"))
        {
            if (Letters.TokenOf(message.Body) is not { } token || site.Home.Ledger.Settled(token)?.Mailbox != mailbox) continue;
            site.Home.Ledger.Name(mailbox, message.Uid, token);
            settled.Add((token, message.Uid));
        }

        return settled;
    }

    private async Task<(string Token, uint Uid)> AppendAsync(ImapClient client, string mailbox, Random dice)
    {
        var token = site.NewToken(Size(dice));
        var flags = FlagSets[dice.Next(FlagSets.Length - 1)];
        site.Home.Ledger.Begin(token, new Place(mailbox, Normal(flags)));
        var answer = Must(await client.AppendAsync(mailbox, flags, Letters.Make(token)));
        site.Home.Ledger.End(token, new Place(mailbox, Normal(flags)));
        var uid = ImapClient.Number(ImapClient.AppendUid(), answer.Tagged);
        site.Home.Ledger.Name(mailbox, uid, token);
        return (token, uid);
    }

    private async Task FlagAsync(ImapClient client, string mailbox, (string Token, uint Uid) message, Random dice)
    {
        var after = new Place(mailbox, Normal(FlagSets[dice.Next(FlagSets.Length)]));
        site.Home.Ledger.Begin(message.Token, after);
        Must(await client.RunAsync($"UID STORE {message.Uid} FLAGS ({after.Flags})"));
        site.Home.Ledger.End(message.Token, after);
    }

    private async Task MoveAsync(ImapClient client, string from, string to, (string Token, uint Uid) message)
    {
        var after = new Place(to, site.Home.Ledger.Settled(message.Token)!.Flags);
        site.Home.Ledger.Begin(message.Token, after);
        var answer = Must(await client.RunAsync($"UID MOVE {message.Uid} {to}"));
        site.Home.Ledger.End(message.Token, after);
        site.Home.Ledger.Name(to, ImapClient.Number(ImapClient.CopyUid(), answer.All), message.Token);
        site.Home.Ledger.Name(from, message.Uid, message.Token);
    }

    /// <summary>Deletes every second message in one STORE and one EXPUNGE, with what was flagged before.</summary>
    private async Task ExpungeAsync(ImapClient client, string mailbox, List<(string Token, uint Uid)> here)
    {
        var doomed = here.Where((_, index) => index % 2 == 0).ToList();
        if (doomed.Count > 0)
        {
            foreach (var (token, _) in doomed) site.Home.Ledger.Begin(token, new Place(mailbox, "\\Deleted"));
            Must(await client.RunAsync($"UID STORE {string.Join(',', doomed.Select(one => one.Uid))} FLAGS.SILENT (\\Deleted)"));
            foreach (var (token, _) in doomed) site.Home.Ledger.End(token, new Place(mailbox, "\\Deleted"));
        }

        var deleted = here.Where(one => site.Home.Ledger.Settled(one.Token) is { } place
            && place.Mailbox == mailbox && place.Flags.Contains("\\Deleted", StringComparison.Ordinal)).ToList();
        foreach (var (token, _) in deleted) site.Home.Ledger.Begin(token, Ledger.Nowhere);
        Must(await client.RunAsync("EXPUNGE"));
        foreach (var (token, _) in deleted) site.Home.Ledger.End(token, Ledger.Nowhere);
    }

    private Task<ImapClient> LoginAsync() => ImapClient.LoginAsync(server.Port("imap"), site.Home.Address, site.Home.Password);

    /// <summary>A server that stops may say NO to what it is not sure of; one that runs may not.</summary>
    private ImapAnswer Must(ImapAnswer answer) =>
        answer.Ok ? answer : throw (server.Ending ? new IOException(answer.Tagged) : new CrashException($"refused: {answer.Tagged}"));

    private Random Dice()
    {
        lock (random) return new Random(random.Next());
    }

    /// <summary>Mostly small; now and then more than one chunk of a megabyte.</summary>
    private static int Size(Random dice) => dice.Next(40) switch
    {
        0 => dice.Next(1_000_000, 2_500_000),
        < 8 => dice.Next(20_000, 200_000),
        _ => dice.Next(200, 4_000),
    };
}
