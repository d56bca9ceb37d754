using System.Globalization;
using System.Text;
using CompatBot.Core.Content;
using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Gateway;
using CompatBot.Gateway.Admin;
using CompatBot.Storage.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace CompatBot.UnitTests.Gateway;

/// <summary>A bit of a closed store's database flips: nobody is shown wrong octets, and the damage stays where it is.</summary>
public sealed class FlippedBitTests : IAsyncLifetime
{
    private const string Anna = "anna@mail.test", Bert = "bert@mail.test";
    private const int Messages = 12;

    /// <summary>Bits flipped one after the other at random places; COMPATBOT_FLIPS=10000 is a long run.</summary>
    private static readonly int Flips =
        int.TryParse(Environment.GetEnvironmentVariable("COMPATBOT_FLIPS"), CultureInfo.InvariantCulture, out var flips) ? flips : 25;

    private readonly string _data = Directory.CreateTempSubdirectory("compatbot-flips-").FullName;
    private readonly Dictionary<string, CreatedAccount> _accounts = [];
    private byte[] _entry = [], _blob = [];

    private string Database => Path.Combine(_data, SqliteStore.FileName);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await using var composition = await OpenAsync();
        await composition.Accounts.AddDomainAsync("mail.test", Stop);
        foreach (var address in (string[])[Anna, Bert])
        {
            _accounts[address] = (await composition.Accounts.CreateAsync(new(address, [], []), Stop)).Value!;
            await using var session = (await LoginAsync(composition, address)).Value!;
            for (var i = 0; i < Messages; i++)
            {
                using var writer = session.Mail!.NewMessage();
                await writer.WriteAsync(Encoding.ASCII.GetBytes(Text(address, i)), Stop);
                var written = (await writer.CompleteAsync(Stop)).Value!;
                await session.Mail.AppendAsync("INBOX", written, MessageFlags.None, [], null, Stop);
            }
        }

        var anna = _accounts[Anna].Id;
        await using var owner = (await LoginAsync(composition, Anna)).Value!;
        var inbox = (await owner.Mail!.OpenAsync("INBOX", Stop)).Value!;
        _blob = (await composition.Store.Blobs.GetAsync(anna, BlobSeal.NameOf(inbox.Messages[4].Content.Key), Stop))!;
        _entry = (await composition.Store.Journal.ReadAsync(anna, 3, Stop).FirstAsync(Stop)).Bytes.ToArray();
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_data, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task In_an_entry_it_closes_its_account_alone_and_is_kept()
    {
        await using (var composition = await OpenAsync())
        {
            await composition.Store.Snapshots.ClearAsync(_accounts[Anna].Id, Stop);
        }

        Flip(_entry.AsSpan(100, 40));
        await using (var composition = await OpenAsync())
        {
            Assert.Equal(Refusal.Damaged, (await LoginAsync(composition, Anna)).Refusal);
            Assert.Equal(Messages, await ReadableAsync(composition, Bert));
        }

        Flip(_entry.AsSpan(100, 40));
        await using var mended = await OpenAsync();
        Assert.Equal(Messages, await ReadableAsync(mended, Anna));
    }

    [Fact]
    public async Task In_an_entry_behind_a_snapshot_the_mail_is_as_it_was_and_verify_says_so()
    {
        Flip(_entry.AsSpan(100, 40));
        await using var composition = await OpenAsync();
        Assert.Equal(Messages, await ReadableAsync(composition, Anna));
        var call = new VerbCall(["store", "verify", "--json"], null, null, _accounts[Anna].Words);
        var verified = await CommandLine.RunAsync(call, composition, (_, _) => default, Stop);
        Assert.Equal((int)ExitCode.Damaged, verified.ExitCode);
        Assert.Contains("does not", verified.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_a_page_of_the_engine_a_deep_verify_finds_it()
    {
        await using (var composition = await OpenAsync()) Assert.Equal((0, true), await DeepAsync(composition));
        var image = await File.ReadAllBytesAsync(Database, Stop);
        image.AsSpan(image.Length - 4096).Fill(0xEE);
        await File.WriteAllBytesAsync(Database, image, Stop);
        await using var damaged = await OpenAsync();
        Assert.NotEqual((0, true), await DeepAsync(damaged));
    }

    [Fact]
    public async Task In_snapshots_and_summaries_it_costs_nothing()
    {
        var image = await File.ReadAllBytesAsync(Database, Stop);
        var pieces = 0;
        for (var at = image.AsSpan().IndexOf("CBSP"u8); at >= 0; pieces++)
        {
            image[at + 40] ^= 1;
            var next = image.AsSpan(at + 4).IndexOf("CBSP"u8);
            at = next < 0 ? -1 : at + 4 + next;
        }

        Assert.True(pieces >= 4);
        await File.WriteAllBytesAsync(Database, image, Stop);
        await using var composition = await OpenAsync();
        Assert.Equal(Messages, await ReadableAsync(composition, Anna));
        Assert.Equal(Messages, await ReadableAsync(composition, Bert));
    }

    [Fact]
    public async Task In_a_blob_it_costs_one_message()
    {
        Flip(_blob.AsSpan(20, 40));
        await using var composition = await OpenAsync();
        Assert.Equal(Messages - 1, await ReadableAsync(composition, Anna));
        Assert.Equal(Messages, await ReadableAsync(composition, Bert));
    }

    [Fact]
    public async Task Anywhere_it_is_harmless_or_noticed()
    {
        var (image, seed) = (await File.ReadAllBytesAsync(Database, Stop), Environment.TickCount);
        var random = new Random(seed);
        var noticed = 0;
        for (var flip = 0; flip < Flips; flip++)
        {
            var bit = random.Next(image.Length * 8);
            var flipped = image.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            await File.WriteAllBytesAsync(Database, flipped, Stop);
            try
            {
                await using var composition = await OpenAsync();
                foreach (var address in _accounts.Keys)
                {
                    if (await ReadableAsync(composition, address) < Messages) noticed++;
                }
            }
            catch (IOException)
            {
                noticed++; // The engine says that it can not read this.
            }
            catch (Exception error)
            {
                Assert.Fail($"bit {bit}, seed {seed}: {error}");
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{Flips} flips, {noticed} noticed, seed {seed}");
    }

    private static async Task<(int ExitCode, bool IsSound)> DeepAsync(Composition composition)
    {
        var call = new VerbCall(["store", "verify", "--deep", "--json"], null, null, null);
        var answer = await CommandLine.RunAsync(call, composition, (_, _) => default, Stop);
        return (answer.ExitCode, answer.Output.Contains("\"sound\":true", StringComparison.Ordinal));
    }

    /// <summary>Flips a bit in the middle of bytes that lie somewhere in the database.</summary>
    private void Flip(Span<byte> bytes)
    {
        var image = File.ReadAllBytes(Database);
        var at = image.AsSpan().IndexOf(bytes);
        Assert.True(at > 0);
        bytes[bytes.Length / 2] ^= 1;
        bytes.CopyTo(image.AsSpan(at));
        File.WriteAllBytes(Database, image);
    }

    /// <summary>How many messages of an INBOX can be read, all of them with the octets that they had.</summary>
    private async Task<int> ReadableAsync(Composition composition, string address)
    {
        var login = await LoginAsync(composition, address);
        if (login.Declined) return 0;
        await using var session = login.Value!;
        var opened = await session.Mail!.OpenAsync("INBOX", Stop);
        if (opened.Declined) return 0;
        var (inbox, readable) = (opened.Value!, 0);
        for (var i = 0; i < inbox.Count; i++)
        {
            try
            {
                await session.Mail.SummaryAsync(inbox.Id, inbox.Messages[i], Stop);
                var octets = await session.Mail.Read(inbox.Messages[i]).ReadAllAsync(Stop);
                Assert.Equal(Text(address, i), Encoding.ASCII.GetString(octets.Span));
                readable++;
            }
            catch (ContentException)
            {
                Assert.Equal(i + 1u, inbox.Messages[i].Uid);
            }
        }

        return readable;
    }

    private async ValueTask<Outcome<Session>> LoginAsync(Composition composition, string address)
    {
        using var words = Words.Parse(_accounts[address].Words);
        var keyring = await composition.Accounts.RecoverAsync(words!, Stop);
        return keyring.Declined ? keyring.Refusal : await composition.Sessions.StartAsync(keyring.Value!, Stop);
    }

    private Task<Composition> OpenAsync() =>
        Composition.OpenAsync(CompositionOptions.ForVerb(_data, NullLogger.Instance), TimeProvider.System, Stop);

    private static string Text(string address, int number) =>
        $"Subject: {number}\r\n\r\n{address}\r\n{new string('x', number == 6 ? 30_000 : 200)}\r\n";
}
