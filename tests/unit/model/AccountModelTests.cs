using System.Globalization;
using CompatBot.Core.Content;
using CompatBot.Core.Items;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using Xunit;

namespace CompatBot.UnitTests.Model;

/// <summary>
/// Random histories of a whole account against a plain model: commits, kills in the middle of a write, lost snapshots, garbage
/// collections, rotations, sealing again, undeletes, exports, imports, backups restored elsewhere. What was acknowledged is there, what
/// was cut off is there wholly or not at all, and the past stays what it was.
/// </summary>
public sealed class AccountModelTests
{
    private const int OperationsOfOneHistory = 2_000;
    private const int OperationsOfShortRun = 4_000;
    private const int OperationsBetweenLooks = 25;
    private const int MessagesMax = 60;

    private static readonly TimeSpan Horizon = TimeSpan.FromDays(3);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>COMPATBOT_MODEL_OPERATIONS=1000000 is the long run; COMPATBOT_MODEL_SEED repeats a history.</summary>
    [Fact]
    public async Task Any_history_of_an_account_agrees_with_a_plain_model()
    {
        var operations = Given("COMPATBOT_MODEL_OPERATIONS") ?? OperationsOfShortRun;
        var first = Given("COMPATBOT_MODEL_SEED") ?? Environment.TickCount;
        var histories = (operations + OperationsOfOneHistory - 1) / OperationsOfOneHistory;
        var done = 0L;
        for (var seed = first; seed < first + histories; seed++)
        {
            await using var history = new ModelHistory(seed);
            await history.PlayAsync(OperationsOfOneHistory);
            done += history.Operations;
            if (histories > 10 && (seed - first) % 10 == 9) Console.Error.WriteLine($"{done} operations agree, up to seed {seed}");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{done} operations agree, seeds {first} to {first + histories - 1}");
    }

    private static int? Given(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var given) ? given : null;

    /// <summary>One account's history.</summary>
    private sealed class ModelHistory(int seed) : IAsyncDisposable
    {
        private static readonly string[] Names = ["INBOX", "a", "b", "c"];

        private readonly Random _random = new(seed);
        private readonly List<(ulong Sequence, DateTimeOffset Time, string Mail, string Files)> _moments = [];
        private ModelBed _bed = null!;
        private PlainAccount _plain = null!;
        private string? _exported;
        private PlainAccount? _exportedPlain;
        private int _texts;

        public int Operations { get; private set; }

        private DateTimeOffset Now => _bed.Time.GetUtcNow();

        public async Task PlayAsync(int operations)
        {
            _bed = await ModelBed.NewAsync();
            await _bed.Mail.History.SetHorizonAsync((int)Horizon.TotalDays, Stop);
            _plain = await _bed.LookAsync();
            try
            {
                for (; Operations < operations; Operations++)
                {
                    _bed.Time.Advance(TimeSpan.FromSeconds(_random.Next(1, 7200)) - TimeSpan.FromMilliseconds(Now.Millisecond));
                    await StepAsync();
                    if (Operations % OperationsBetweenLooks == 0) await CompareAsync();
                }

                await CompareAsync();
                await LookBackAsync();
                await AssertNothingIsLeftOverAsync();
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"seed {seed}, operation {Operations}: {error.Message}", error);
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (_exported is not null) Directory.Delete(_exported, recursive: true);
            await _bed.DisposeAsync();
        }

        private async Task StepAsync()
        {
            switch (_random.Next(1000))
            {
                case < 35: await KilledAsync(); break;
                case < 45: await _bed.RestartAsync(); break;
                case < 50: await _bed.LoseSnapshotsAsync(); break;
                case < 60: await CollectAsync(); break;
                case < 64: await _bed.RotateAsync(); break;
                case < 66: await _bed.RestoreAsync(); break;
                case < 68: await ExportAsync(); break;
                case < 70: await ImportAsync(); break;
                case < 75: await LookBackAsync(); break;
                case < 95: await RememberAsync(); break;
                case < 100: await ResealAsync(); break;
                default:
                    var after = _plain.Clone();
                    Assert.Equal(Refusal.None, await ChangeAsync(after));
                    _plain = after;
                    break;
            }
        }

        /// <summary>One command of a client, in the store and in a model; they must decline the same.</summary>
        private async Task<Refusal> ChangeAsync(PlainAccount plain)
        {
            var (name, other, at) = (Names[_random.Next(Names.Length)], Names[_random.Next(Names.Length)], Now);
            var mailbox = plain.Mailboxes.GetValueOrDefault(name);
            var id = _bed.Mail.State.Find(name)?.Id;
            Assert.Equal(mailbox is null, id is null);
            List<uint> some = mailbox is null ? [] : [.. mailbox.Messages.Keys.Where(_ => _random.Next(3) == 0)];
            var realm = PlainAccount.ItemRealms[_random.Next(PlainAccount.ItemRealms.Length)];
            var item = realm == Realm.Files ? $"f{_random.Next(6)}" : $"e{_random.Next(6)}.ics";
            switch (_random.Next(14))
            {
                case 0 when mailbox is null:
                    plain.Mailboxes.Add(name, new PlainMailbox());
                    return (await _bed.Mail.CreateAsync(name, SpecialUse.None, Stop)).Refusal;
                case 0 when name != "INBOX" && _random.Next(4) == 0:
                    plain.Mailboxes.Remove(name);
                    plain.Deleted.Add((name, mailbox!, at));
                    return (await _bed.Mail.DeleteAsync(name, Stop)).Refusal;
                case 1:
                    var isBack = plain.UndeleteMailbox(name);
                    if (!isBack) return Refusal.None;
                    return (await _bed.Mail.History.UndeleteMailboxAsync(name, null, Stop)).Refusal;
                case 2 or 3 or 4 when mailbox?.Messages.Count < MessagesMax:
                    var message = new PlainMessage($"Subject: {++_texts}\r\n\r\n", (MessageFlags)_random.Next(8));
                    mailbox.Add(message);
                    return (await _bed.AppendAsync(name, message.Text, message.Flags)).Refusal;
                case 5 when some.Count > 0:
                    var flag = _random.Next(2) == 0 ? MessageFlags.Flagged : MessageFlags.Deleted;
                    foreach (var uid in some) mailbox!.Mark(uid, flag);
                    return (await _bed.Mail.StoreAsync(id!.Value, some, FlagAction.Add, flag, [], Stop)).Refusal;
                case 6 or 7 when some.Count > 0:
                    mailbox!.Remove(some, at);
                    return (await _bed.Mail.RemoveAsync(id!.Value, some, Stop)).Refusal;
                case 8 when some.Count > 0 && name != other && plain.Mailboxes.TryGetValue(other, out var target):
                    if (target.Messages.Count > MessagesMax) return Refusal.None;
                    mailbox!.Move(some, target);
                    return (await _bed.Mail.MoveAsync(id!.Value, some, other, Stop)).Refusal;
                case 9 when mailbox?.Messages.Count < MessagesMax && mailbox.Graves.Count > 0 && _random.Next(3) == 0:
                    mailbox.Undelete();
                    return (await _bed.Mail.History.UndeleteAsync(name, null, Stop)).Refusal;
                case 10 or 11:
                    var text = realm == Realm.Files ? $"file {++_texts}" : Event(item, ++_texts);
                    plain.Items[realm].Put(item, text, at);
                    return await _bed.PutAsync(realm, item, text);
                case 12 when plain.Items[realm].Remove(item, at):
                    var items = await _bed.ItemsAsync(realm);
                    return (await items.RemoveAsync(await PlaceAsync(items, realm, item), null, Stop)).Refusal;
                case 13:
                    return await BringBackAsync(plain, realm);
                default:
                    return Refusal.None;
            }
        }

        private async Task<Refusal> BringBackAsync(PlainAccount plain, Realm realm)
        {
            var gone = plain.Items[realm].Gone;
            var wanted = gone.FindLastIndex(one => !plain.Items[realm].There.ContainsKey(one.Name));
            if (wanted < 0) return Refusal.None;
            plain.Items[realm].There.Add(gone[wanted].Name, gone[wanted].Text);
            var items = await _bed.ItemsAsync(realm);
            var collection = await ModelBed.CollectionAsync(items, realm);
            var found = await items.GoneAsync(Stop).Where(one => one.Collection == collection).ElementAtAsync(wanted, Stop);
            return (await items.RestoreAsync(found, await PlaceAsync(items, realm, gone[wanted].Name), Stop)).Refusal;
        }

        /// <summary>A command, or a collection, in a process that dies at one of its writes.</summary>
        private async Task KilledAsync()
        {
            (_bed.Process.LastIsDone, _bed.Process.WritesLeft) = (_random.Next(2) == 0, _random.Next(3));
            List<PlainAccount> possible = [_plain];
            if (_random.Next(8) == 0)
            {
                _bed.Process.WritesLeft = _random.Next(4);
                await _bed.ResealAsync();
            }
            else if (_random.Next(8) == 0)
            {
                possible.AddRange(_plain.Collect(Before()));
                _bed.Process.WritesLeft = _random.Next(12);
                if (!(await _bed.CollectAsync()).Declined) possible.RemoveRange(0, possible.Count - 1);
            }
            else
            {
                possible.Add(_plain.Clone());
                var refusal = await ChangeAsync(possible[1]);
                Assert.True(refusal is Refusal.None or Refusal.Unavailable, $"{refusal}");
                if (refusal == Refusal.None) possible.RemoveAt(0);
            }

            await _bed.KillAsync();
            var found = (await _bed.LookAsync()).Picture();
            _plain = possible.Find(one => one.Picture() == found) ?? possible[0];
            Assert.Equal(_plain.Picture(), found);
        }

        /// <summary>What older epochs wrote is sealed again: nobody sees a difference but those who have only the older keys.</summary>
        private async Task ResealAsync()
        {
            var resealed = await _bed.ResealAsync();
            Assert.Equal((Refusal.None, 0L), (resealed.Refusal, resealed.Value.Blobs - resealed.Value.Done));
        }

        private async Task CollectAsync()
        {
            _plain = _plain.Collect(Before()).Last();
            Assert.Equal(Refusal.None, (await _bed.CollectAsync()).Refusal);
        }

        /// <summary>The horizon, between two entries: those of one moment are a microsecond apart.</summary>
        private DateTimeOffset Before()
        {
            _bed.Time.Advance(TimeSpan.FromMilliseconds(500));
            return Now - Horizon;
        }

        private async Task CompareAsync() => Assert.Equal(_plain.Picture(), (await _bed.LookAsync()).Picture());

        private async Task RememberAsync()
        {
            await CompareAsync();
            var files = await _bed.ItemsAsync(Realm.Files);
            _bed.Time.Advance(TimeSpan.FromSeconds(1));
            _moments.Add((_bed.Mail.State.Sequence, Now, MailText(_bed.Mail.State), await FilesTextAsync(files)));
        }

        /// <summary>Random moments, as they are shown now: names, UIDs, flags and sizes, for the octets may be erased.</summary>
        private async Task LookBackAsync()
        {
            for (var i = 0; i < 3 && _moments.Count > 0; i++)
            {
                var moment = _moments[_random.Next(_moments.Count)];
                Assert.Equal(moment.Mail, MailText((await _bed.Mail.History.StateAtAsync(moment.Sequence, Stop)).Value!));
                if (await (await _bed.ItemsAsync(Realm.Files)).AtAsync(moment.Time, Stop) is { } files)
                {
                    Assert.Equal(moment.Files, await FilesTextAsync(files));
                }
            }
        }

        private async Task ExportAsync()
        {
            if (_exported is not null) Directory.Delete(_exported, recursive: true);
            _exported = Directory.CreateTempSubdirectory("compatbot-model-").FullName;
            await _bed.ExportAsync(_exported);
            _exportedPlain = _plain.Clone();
        }

        /// <summary>Takes an older export in again: what is missing is added, and nothing else happens.</summary>
        private async Task ImportAsync()
        {
            if (_exported is null) return;
            var expected = _plain.Clone();
            foreach (var (name, was) in _exportedPlain!.Mailboxes)
            {
                if (!expected.Mailboxes.TryGetValue(name, out var mailbox)) expected.Mailboxes.Add(name, mailbox = new PlainMailbox());
                mailbox.Import(was);
            }

            foreach (var realm in PlainAccount.ItemRealms)
            {
                foreach (var (name, text) in _exportedPlain.Items[realm].There) expected.Items[realm].There.TryAdd(name, text);
            }

            await _bed.ImportAsync(_exported);
            var found = await _bed.LookAsync();
            foreach (var (name, mailbox) in expected.Mailboxes)
            {
                Assert.Equal(Sorted(mailbox), Sorted(found.Mailboxes[name]));
                mailbox.Adopt(found.Mailboxes[name].UidNext, found.Mailboxes[name].Messages.Select(one => (one.Key, one.Value)));
            }

            _plain = expected;
            Assert.Equal(_plain.Picture(), found.Picture());
        }

        /// <summary>Once nothing can be brought back, the disk holds what the account holds, and no blob more.</summary>
        private async Task AssertNothingIsLeftOverAsync()
        {
            await _bed.Mail.History.SetHorizonAsync(0, Stop);
            _bed.Time.Advance(Contents.PutGrace * 2);
            Assert.Equal(Refusal.None, (await _bed.CollectAsync()).Refusal);
            _plain = _plain.Collect(Now).Last();
            await CompareAsync();
            var blobs = await _bed.Disk.Blobs.ListAsync(_bed.Id, Stop).Select(blob => blob.Name).ToHashSetAsync(null, Stop);
            Assert.Equal(await _bed.NamedAsync(), blobs);
        }

        private static IEnumerable<string> Sorted(PlainMailbox mailbox) =>
            mailbox.Messages.Values.Select(message => message.ToString()).Order(StringComparer.Ordinal);

        private static string MailText(MailState state) => string.Join('\n', state.Mailboxes.Values
            .Select(mailbox => $"{mailbox.Name} {mailbox.UidValidity} {mailbox.UidNext} {mailbox.Count} {mailbox.Unseen} {mailbox.Bytes}")
            .Order(StringComparer.Ordinal));

        private static async Task<string> FilesTextAsync(ItemStore files) => string.Join(
            '\n', (await files.OpenAsync(CollectionId.Root, Stop))!.Items.Rows.Select(row => $"{row.Name} {row.Version} {row.Size}"));

        private static async Task<ItemPlace> PlaceAsync(ItemStore items, Realm realm, string name) =>
            new(await ModelBed.CollectionAsync(items, realm), name);

        private static string Event(string name, int text) => "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\n"
            + $"UID:{name}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T000000Z\r\nSUMMARY:{text}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    }
}
