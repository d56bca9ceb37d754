using System.Globalization;
using System.Text.RegularExpressions;
using CompatBot.Protocols.Imap;
using Xunit;

namespace CompatBot.DialogueTests.Imap;

/// <summary>
/// Two sessions and mail that arrives, at random, beside a model that is only a list: numbers, UIDs, flags and the times of EXPUNGE are
/// always those of the model and of RFC 3501 section 7.4.1.
/// </summary>
public sealed partial class ModelTests
{
    private const int Steps = 150;

    private static readonly string[] Flags = ["\\Seen", "\\Flagged", "\\Deleted", "$work", "later"];

    private readonly SortedDictionary<uint, HashSet<string>> _model = [];
    private readonly List<string> _log = [];
    private Random _random = new(0);
    private uint _uidNext = 1;
    private int _trashed;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Sessions_agree_with_the_model(int group)
    {
        for (var seed = group * 15; seed < (group + 1) * 15; seed++)
        {
            try
            {
                await PlayAsync(seed);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"seed {seed}: {error.Message}\n{string.Join('\n', _log.TakeLast(30))}", error);
            }
        }
    }

    private async Task PlayAsync(int seed)
    {
        (_random, _uidNext, _trashed) = (new Random(seed), 1, 0);
        _model.Clear();
        _log.Clear();
        await using var bed = await ImapBed.MakeAsync();
        for (var count = 0; count < 5; count++) await DeliverAsync(bed);
        await using var one = new Peer(new DialogueClient(new ImapHandler(bed.Services, implicitTls: false)), "A", this);
        await using var other = new Peer(new DialogueClient(new ImapHandler(bed.Services, implicitTls: false)), "B", this);
        await one.StartAsync(seed % 3 == 1 ? "QRESYNC" : null);
        await other.StartAsync(seed % 3 == 2 ? "CONDSTORE" : null);
        for (var step = 0; step < Steps; step++)
        {
            var peer = _random.Next(2) == 0 ? one : other;
            await StepAsync(bed, peer);
        }

        foreach (var peer in (Peer[])[one, other])
        {
            await peer.DoAsync("NOOP");
            peer.Agrees();
        }
    }

    private async Task StepAsync(ImapBed bed, Peer peer)
    {
        switch (_random.Next(14))
        {
            case 0 or 1:
                await DeliverAsync(bed);
                break;
            case 2:
                var flags = SomeFlags();
                await peer.DoAsync($"APPEND INBOX ({string.Join(' ', flags)}) {{1+}}\r\nx", Append);
                peer.Agrees(); // A command that is not FETCH, STORE or SEARCH tells everything.
                break;

                void Append() => _model[_uidNext++] = [.. flags];
            case 3 or 4 or 5:
                await StoreAsync(peer);
                break;
            case 6:
                await peer.DoAsync("EXPUNGE", () => Remove(uid => _model[uid].Contains("\\Deleted")));
                peer.Agrees();
                break;
            case 7 when peer.Uids.Count > 0:
                var (low, high) = Two(peer);
                await peer.DoAsync(
                    $"UID EXPUNGE {low}:{high}", () => Remove(uid => uid >= low && uid <= high && _model[uid].Contains("\\Deleted")));
                peer.Agrees();
                break;
            case 8 when peer.Uids.Count > 0:
                (low, high) = Two(peer);
                var isMove = _random.Next(2) == 0;
                var there = _model.Keys.Count(uid => uid >= low && uid <= high && peer.Uids.Contains(uid));
                await peer.DoAsync($"UID {(isMove ? "MOVE" : "COPY")} {low}:{high} Trash", () =>
                {
                    _trashed += there;
                    if (isMove) Remove(uid => uid >= low && uid <= high && peer.Uids.Contains(uid));
                });
                await peer.DoAsync("STATUS Trash (MESSAGES)");
                Assert.Equal(_trashed, peer.Status);
                peer.Agrees();
                break;
            case 9 when peer.Uids.Count > 0:
                await peer.FetchAsync(_random.Next(peer.Uids.Count) + 1, _random.Next(peer.Uids.Count) + 1);
                break;
            case 10:
                await peer.SearchAsync(Flags[_random.Next(Flags.Length)]);
                break;
            case 11:
                await peer.DoAsync("NOOP");
                peer.Agrees();
                break;
            case 12:
                await peer.DoAsync("UNSELECT");
                await peer.SelectAsync();
                peer.Agrees();
                break;
            case 13:
                await peer.IdleAsync(() => DeliverAsync(bed));
                peer.Agrees();
                break;
        }
    }

    private async Task StoreAsync(Peer peer)
    {
        if (peer.Uids.Count == 0) return;
        var (from, to) = (_random.Next(peer.Uids.Count), _random.Next(peer.Uids.Count));
        var uids = peer.Uids.Skip(Math.Min(from, to)).Take(Math.Abs(from - to) + 1).ToList();
        var (flags, byUid) = (SomeFlags(), _random.Next(2) == 0);
        var action = new[] { "+", "-", "" }[_random.Next(3)];
        var silent = _random.Next(2) == 0 ? ".SILENT" : "";
        var set = byUid ? $"{uids[0]}:{uids[^1]}" : $"{Math.Min(from, to) + 1}:{Math.Max(from, to) + 1}";
        await peer.DoAsync($"{(byUid ? "UID " : "")}STORE {set} {action}FLAGS{silent} ({string.Join(' ', flags)})", () =>
        {
            foreach (var uid in uids)
            {
                if (_model.TryGetValue(uid, out var known))
                {
                    if (action == "") known.Clear();
                    if (action == "-") known.ExceptWith(flags);
                    else known.UnionWith(flags);
                }

                // A silent STORE: the client reckons what the flags are (RFC 3501 section 6.4.6).
                if (silent.Length > 0) peer.Reckon(uid, action, flags);
            }
        });
        if (byUid) peer.Agrees();
    }

    private async Task DeliverAsync(ImapBed bed)
    {
        await bed.DeliverAsync("new");
        _model[_uidNext++] = [];
        _log.Add("delivered");
    }

    private void Remove(Predicate<uint> which)
    {
        foreach (var uid in _model.Keys.Where(uid => which(uid)).ToList()) _model.Remove(uid);
    }

    private HashSet<string> SomeFlags() => [.. Flags.Where(_ => _random.Next(3) == 0)];

    private (uint Low, uint High) Two(Peer peer)
    {
        var (a, b) = (peer.Uids[_random.Next(peer.Uids.Count)], peer.Uids[_random.Next(peer.Uids.Count)]);
        return (Math.Min(a, b), Math.Max(a, b));
    }

    /// <summary>A client that keeps what it is told, and nothing else.</summary>
    private sealed partial class Peer(DialogueClient client, string name, ModelTests test) : IAsyncDisposable
    {
        private readonly Dictionary<uint, HashSet<string>> _flags = [];
        private List<uint>? _found;
        private int _commands, _exists;
        private bool _keepsNumbers;

        /// <summary>By number.</summary>
        public List<uint> Uids { get; } = [];

        public int Status { get; private set; }

        public async Task StartAsync(string? enable)
        {
            await client.ReadLineAsync();
            await DoAsync($"LOGIN {ImapBed.Address} {ImapBed.Password}");
            if (enable is not null) await DoAsync($"ENABLE {enable}");
            await SelectAsync();
        }

        public async Task SelectAsync()
        {
            Uids.Clear();
            _flags.Clear();
            _exists = 0;
            await DoAsync("SELECT INBOX");
        }

        public async Task FetchAsync(int from, int to)
        {
            var before = Uids.ToList();
            await DoAsync($"FETCH {from}:{to} (FLAGS UID)");
            Assert.Equal(before, Uids.Take(before.Count)); // Numbers keep their meaning (section 7.4.1).
        }

        public async Task SearchAsync(string flag)
        {
            var key = flag.StartsWith('\\') ? flag[1..].ToUpperInvariant() : $"KEYWORD {flag}";
            List<uint> wanted = [];
            for (var at = 0; at < Uids.Count; at++) if (_flags[Uids[at]].Contains(flag)) wanted.Add((uint)at + 1);
            _found = null;
            await DoAsync($"SEARCH {key}");
            Assert.Equal(wanted, _found);
        }

        public async Task IdleAsync(Func<Task> meanwhile)
        {
            _keepsNumbers = false;
            await SayAsync("i IDLE");
            await UntilAsync("+");
            await meanwhile();
            var wanted = test._model.Count;
            while (_exists != wanted) Take(await LineAsync());
            await SayAsync("DONE");
            await UntilAsync("i");
            await LearnAsync();
        }

        /// <summary>One command, with what the model makes of it before what is told is looked at.</summary>
        public async Task DoAsync(string command, Action? then = null)
        {
            var tag = string.Create(CultureInfo.InvariantCulture, $"{name}{++_commands}");
            _keepsNumbers = command.StartsWith("FETCH", StringComparison.Ordinal) || command.StartsWith("STORE", StringComparison.Ordinal)
                || command.StartsWith("SEARCH", StringComparison.Ordinal);
            then?.Invoke();
            await SayAsync($"{tag} {command}");
            await UntilAsync(tag);
            if (command == "UNSELECT") return;

            // After any command the flags of what is there are known as they are.
            foreach (var uid in Uids.Where(test._model.ContainsKey))
            {
                Assert.Equal(test._model[uid].Order(StringComparer.Ordinal), _flags[uid].Order(StringComparer.Ordinal));
            }

            await LearnAsync();
        }

        /// <summary>What it knows is what there is.</summary>
        public void Agrees()
        {
            Assert.Equal(test._model.Keys, Uids);
        }

        public void Reckon(uint uid, string action, HashSet<string> flags)
        {
            var known = _flags[uid];
            if (action == "") known.Clear();
            if (action == "-") known.ExceptWith(flags);
            else known.UnionWith(flags);
        }

        public ValueTask DisposeAsync() => client.DisposeAsync();

        /// <summary>A new message's UID and flags are asked for, as clients do.</summary>
        private async Task LearnAsync()
        {
            if (Uids.Count < _exists) await DoAsync($"FETCH {Uids.Count + 1}:{_exists} (UID FLAGS)");
            Assert.Equal(_exists, Uids.Count);
        }

        private async Task SayAsync(string line)
        {
            test._log.Add($"{name}> {line}");
            await client.SendAsync(line + "\r\n");
        }

        private async Task<string> LineAsync()
        {
            var line = await client.ReadLineAsync() ?? throw new InvalidOperationException("The server hung up");
            test._log.Add($"{name}< {line}");
            return line;
        }

        private async Task UntilAsync(string end)
        {
            while (true)
            {
                var line = await LineAsync();
                if (line.StartsWith(end + " ", StringComparison.Ordinal))
                {
                    Assert.True(end == "+" || line.StartsWith(end + " OK", StringComparison.Ordinal), line);
                    return;
                }

                Take(line);
            }
        }

        private void Take(string line)
        {
            if (Numbered().Match(line) is { Success: true } numbered)
            {
                var number = int.Parse(numbered.Groups[1].Value, CultureInfo.InvariantCulture);
                switch (numbered.Groups[2].Value)
                {
                    case "EXISTS":
                        Assert.True(number >= _exists, "EXISTS takes messages away");
                        _exists = number;
                        break;
                    case "EXPUNGE":
                        Assert.False(_keepsNumbers, "EXPUNGE while numbers must keep their meaning");
                        Assert.InRange(number, 1, _exists);
                        Gone(number);
                        break;
                    case "FETCH":
                        Fetched(number, line);
                        break;
                }
            }
            else if (line.StartsWith("* VANISHED ", StringComparison.Ordinal))
            {
                Assert.False(_keepsNumbers, "VANISHED while numbers must keep their meaning");
                foreach (var range in line["* VANISHED ".Length..].Split(','))
                {
                    var ends = range.Split(':').Select(uint.Parse).ToList();
                    foreach (var uid in Uids.Where(uid => uid >= ends[0] && uid <= ends[^1]).ToList()) Gone(Uids.IndexOf(uid) + 1);
                }
            }
            else if (line.StartsWith("* SEARCH", StringComparison.Ordinal))
            {
                _found = [.. line["* SEARCH".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(uint.Parse)];
            }
            else if (line.StartsWith("* STATUS", StringComparison.Ordinal))
            {
                Status = int.Parse(Counted().Match(line).Groups[1].Value, CultureInfo.InvariantCulture);
            }
        }

        private void Gone(int number)
        {
            _exists--;
            if (number > Uids.Count) return; // It was never asked for.
            Assert.False(test._model.ContainsKey(Uids[number - 1]), "A message that is there was expunged");
            _flags.Remove(Uids[number - 1]);
            Uids.RemoveAt(number - 1);
        }

        private void Fetched(int number, string line)
        {
            Assert.InRange(number, 1, _exists);
            var flags = Told().Match(line).Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet();
            flags.Remove("\\Recent");
            if (Named().Match(line) is { Success: true } named)
            {
                var uid = uint.Parse(named.Groups[1].Value, CultureInfo.InvariantCulture);
                if (number == Uids.Count + 1) Uids.Add(uid);
                Assert.Equal(Uids[number - 1], uid);
            }

            if (number > Uids.Count) return;
            if (!line.Contains("FLAGS (", StringComparison.Ordinal)) return; // MODSEQ after a silent STORE.
            _flags[Uids[number - 1]] = flags;
        }

        [GeneratedRegex(@"^\* (\d+) (EXISTS|EXPUNGE|FETCH)\b")]
        private static partial Regex Numbered();

        [GeneratedRegex(@"FLAGS \(([^)]*)\)")]
        private static partial Regex Told();

        [GeneratedRegex(@"UID (\d+)")]
        private static partial Regex Named();

        [GeneratedRegex(@"MESSAGES (\d+)")]
        private static partial Regex Counted();
    }
}
