using System.Globalization;
using System.Text.RegularExpressions;
using CompatBot.Core.Mail;
using CompatBot.Protocols.Imap;
using Xunit;

namespace CompatBot.DialogueTests.Imap;

/// <summary>
/// A client that believes every untagged reply, beside others who change the mailbox at random: at each moment its list of messages
/// is a version that the mailbox once had, numbers mean what it thinks they mean, and after NOOP it is the newest.
/// </summary>
public sealed partial class ViewTests
{
    private const int Steps = 120;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task What_the_client_believes_is_true(int seed)
    {
        var random = new Random(seed);
        await using var bed = await ImapBed.MakeAsync(null, null, "1", "2", "3", "4", "5");
        await using var other = await bed.OpenAsync();
        await using var client = new Believer(bed.Services);
        await client.StartAsync();
        for (var step = 0; step < Steps; step++)
        {
            for (var changes = random.Next(3); changes > 0; changes--) await ChangeAsync(other.Mail!, random);
            await client.ActAsync(random);
        }

        await client.CommandAsync("NOOP");
        await client.AskForUnknownAsync();
        var truth = (await other.Mail!.OpenAsync("INBOX", TestContext.Current.CancellationToken)).Value!;
        Assert.Equal(Enumerable.Range(0, truth.Count).Select(truth.Messages.UidAt), client.Messages.Select(message => message.Uid));
        for (var row = 0; row < truth.Count; row++) Assert.Equal(Names(truth.Messages.FlagsAt(row)), client.Messages[row].Flags);
    }

    private static async Task ChangeAsync(MailStore mail, Random random)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var inbox = (await mail.OpenAsync("INBOX", cancellation)).Value!;
        var uid = inbox.Count == 0 ? 1 : inbox.Messages.UidAt(random.Next(inbox.Count));
        switch (random.Next(4))
        {
            case 0: await ImapBed.AppendAsync(mail, "INBOX", "new"); break;
            case 1:
                await mail.StoreAsync(inbox.Id, [uid], FlagAction.Add, MessageFlags.Deleted, [], cancellation);
                await mail.ExpungeAsync(inbox.Id, [uid], cancellation);
                break;
            default:
                await mail.StoreAsync(inbox.Id, [uid], (FlagAction)random.Next(3), (MessageFlags)(1 << random.Next(3)), [], cancellation);
                break;
        }
    }

    private static string Names(MessageFlags flags) => string.Join(' ', new[]
    {
        flags.HasFlag(MessageFlags.Answered) ? "\\Answered" : "", flags.HasFlag(MessageFlags.Flagged) ? "\\Flagged" : "",
        flags.HasFlag(MessageFlags.Deleted) ? "\\Deleted" : "", flags.HasFlag(MessageFlags.Seen) ? "\\Seen" : "",
    }.Where(name => name.Length > 0));

    private sealed partial class Believer(ImapServices services) : IAsyncDisposable
    {
        private readonly DialogueClient _client = new(new ImapHandler(services, implicitTls: false));
        private int _tag;

        /// <summary>UID 0: known to exist, not yet asked for.</summary>
        public List<(uint Uid, string? Flags)> Messages { get; } = [];

        public async Task StartAsync()
        {
            await _client.ReadLineAsync();
            await CommandAsync($"LOGIN {ImapBed.Address} {ImapBed.Password}");
            await CommandAsync("SELECT INBOX");
            await CommandAsync("FETCH 1:* (UID FLAGS)");
        }

        public async Task ActAsync(Random random)
        {
            var number = Messages.Count == 0 ? 0 : random.Next(Messages.Count) + 1;
            switch (number == 0 ? 0 : random.Next(6))
            {
                case 0: await CommandAsync("NOOP"); break;
                case 1: await CommandAsync($"STORE {number} +FLAGS (\\Flagged)"); break;
                case 2:
                    Reckon(number, "\\Seen");
                    await CommandAsync($"STORE {number} +FLAGS.SILENT (\\Seen)");
                    break;
                case 3: await CommandAsync($"UID FETCH {Messages[number - 1].Uid} (FLAGS)"); break;
                case 4: await CommandAsync($"FETCH {number} (UID FLAGS)"); break;
                default: await CommandAsync("SEARCH ALL"); break;
            }

            await AskForUnknownAsync();
        }

        /// <summary>What is new is asked for, as clients do; what is known must not change its UID.</summary>
        public async Task AskForUnknownAsync()
        {
            while (Messages.FindIndex(message => message.Uid == 0) is var unknown and >= 0)
            {
                await CommandAsync($"FETCH {unknown + 1} (UID FLAGS)");
            }
        }

        public async Task CommandAsync(string command)
        {
            var tag = FormattableString.Invariant($"t{++_tag}");
            var keepsNumbers = command.Split(' ')[0] is "FETCH" or "STORE" or "SEARCH";
            await _client.SendAsync($"{tag} {command}\r\n");
            while (true)
            {
                var line = await _client.ReadLineAsync();
                Assert.NotNull(line);
                if (line.StartsWith(tag, StringComparison.Ordinal))
                {
                    Assert.StartsWith(tag + " OK", line, StringComparison.Ordinal);
                    return;
                }

                Assert.False(keepsNumbers && line.EndsWith("EXPUNGE", StringComparison.Ordinal), line);
                Believe(line);
            }
        }

        public ValueTask DisposeAsync() => _client.DisposeAsync();

        private void Believe(string line)
        {
            if (Count().Match(line) is { Success: true } count)
            {
                var number = int.Parse(count.Groups[1].Value, CultureInfo.InvariantCulture);
                if (count.Groups[2].Value == "EXPUNGE")
                {
                    Messages.RemoveAt(number - 1);
                    return;
                }

                Assert.True(number >= Messages.Count, line);
                while (Messages.Count < number) Messages.Add((0, null));
                return;
            }

            if (FetchReply().Match(line) is not { Success: true } fetch) return;
            var row = int.Parse(fetch.Groups[1].Value, CultureInfo.InvariantCulture) - 1;
            var (uid, _) = Messages[row];
            if (fetch.Groups[2].Success)
            {
                var told = uint.Parse(fetch.Groups[2].Value, CultureInfo.InvariantCulture);
                Assert.True(uid == 0 || uid == told, $"{line} for a message that was {uid}");
                uid = told;
            }

            Messages[row] = (uid, fetch.Groups[3].Value.Replace("\\Recent", "", StringComparison.Ordinal).Trim());
        }

        private void Reckon(int number, string flag)
        {
            var (uid, flags) = Messages[number - 1];
            if (!flags!.Contains(flag, StringComparison.Ordinal)) Messages[number - 1] = (uid, $"{flags} {flag}".Trim());
        }

        [GeneratedRegex(@"^\* (\d+) (EXISTS|EXPUNGE)$")]
        private static partial Regex Count();

        [GeneratedRegex(@"^\* (\d+) FETCH \((?:UID (\d+) )?FLAGS \(([^)]*)\)\)$")]
        private static partial Regex FetchReply();
    }
}
