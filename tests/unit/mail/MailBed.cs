using CompatBot.Core.Content;
using CompatBot.Core.Journal;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Storage.Memory;
using Xunit;

namespace CompatBot.UnitTests.Mail;

/// <summary>One account's mail over the memory engine; can be closed and opened again as after a restart.</summary>
internal sealed class MailBed(IStore store, ManualTime time)
{
    private static readonly AccountId Id = AccountId.New();
    private static readonly Keyring Keys = Keyring.Create(Id);

    public static DeviceId Device { get; } = DeviceId.New();

    public MailRealm Realm { get; private set; } = null!;

    public MailStore Mail { get; private set; } = null!;

    public JournalLog Journal { get; private set; } = null!;

    public ManualTime Time => time;

    public VaultTrouble Log { get; } = new();

    public Intakes Intakes => field ??= new Intakes(time, Log);

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static AccountId Account => Id;

    public static Keyring Keyring => Keys;

    public static RealmKey Key => Keys.Find(CompatBot.Core.Store.Realm.Mail)!;

    public static Task<MailBed> NewAsync(IStore? store = null) => NewAsync(time => store ?? new MemoryStore(time));

    /// <summary>Over a store with the same clock.</summary>
    public static async Task<MailBed> NewAsync(Func<ManualTime, IStore> make)
    {
        var time = new ManualTime();
        time.Advance(TimeSpan.FromDays(20_000));
        var bed = new MailBed(make(time), time);
        await bed.OpenAsync();
        return bed;
    }

    public async Task OpenAsync()
    {
        Journal = new JournalLog(Id, store.Journal, time);
        var contents = new Contents(Id, CompatBot.Core.Store.Realm.Mail, Keys.NamingKey, store.Blobs, time);
        Realm = new MailRealm(Id, new RealmKeys(Key), store, Journal, contents, Intakes);
        await Realm.OpenAsync(Stop);
        Mail = new MailStore(Realm, Device, readOnly: false);
    }

    /// <summary>As a clean stop: the snapshot is written.</summary>
    public async Task ReopenAsync()
    {
        await Realm.CloseAsync(Stop);
        await OpenAsync();
    }

    public async Task<AppendResult> AppendAsync(
        string mailbox, string message, MessageFlags flags = MessageFlags.None, params string[] keywords)
    {
        using var writer = Mail.NewMessage();
        Assert.Equal(Refusal.None, await writer.WriteAsync(System.Text.Encoding.UTF8.GetBytes(message), Stop));
        var written = await writer.CompleteAsync(Stop);
        var appended = await Mail.AppendAsync(mailbox, written.Value!, flags, keywords, null, Stop);
        Assert.Equal(Refusal.None, appended.Refusal);
        return appended.Value;
    }

    public async Task<MailboxState> MailboxAsync(string name)
    {
        var opened = await Mail.OpenAsync(name, Stop);
        Assert.Equal(Refusal.None, opened.Refusal);
        return opened.Value!;
    }

    /// <summary>Everything that a client could see, as text: two beds with the same text look the same to every client.</summary>
    public async Task<string> PictureAsync()
    {
        foreach (var id in Mail.State.Mailboxes.Keys) await Mail.RefreshAsync(id, Stop);
        return Picture(Mail.State);
    }

    /// <summary>Everything that can be brought back, as text.</summary>
    public async Task<string> GravesAsync()
    {
        var text = new System.Text.StringBuilder();
        var state = Mail.State;
        foreach (var deleted in state.Deleted.Values.OrderBy(one => one.Mailbox.Id.Value))
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{deleted.Mailbox.Name} at {deleted.Sequence}:");
            await foreach (var segment in Realm.MessagesAsync(deleted.Mailbox, Stop))
            {
                for (var i = 0; i < segment.Count; i++) text.Append(' ').Append(segment[i]);
            }

            text.Append('\n');
        }

        foreach (var mailbox in state.Mailboxes.Values.Concat(state.Deleted.Values.Select(one => one.Mailbox)).OrderBy(one => one.Id.Value))
        {
            await foreach (var segment in Realm.GravesAsync(state, mailbox, Stop))
            {
                for (var i = 0; i < segment.Count; i++)
                {
                    if (segment.ModSeqs[i] > state.ForgottenThrough) text.Append(mailbox.Id.Value).Append(segment[i]).Append('\n');
                }
            }
        }

        return text.Append(state.ForgottenThrough).Append(state.HorizonDays).ToString();
    }

    /// <summary>What a client could see of a state whose messages are loaded.</summary>
    public static string Picture(MailState state)
    {
        var text = new System.Text.StringBuilder();
        foreach (var (name, id) in state.Names)
        {
            var mailbox = state.Find(id)!;
            text.Append(System.Globalization.CultureInfo.InvariantCulture,
                $"{name} {id.Value} v{mailbox.UidValidity} n{mailbox.UidNext} m{mailbox.HighestModSeq} {mailbox.SpecialUse} ");
            text.Append(System.Globalization.CultureInfo.InvariantCulture,
                $"r{mailbox.RecentFromUid} u{mailbox.Unseen} b{mailbox.Bytes} [{string.Join(' ', mailbox.Keywords)}]\n");
            for (var i = 0; i < mailbox.Messages.Count; i++)
            {
                var row = mailbox.Messages[i];
                text.Append(System.Globalization.CultureInfo.InvariantCulture,
                    $"  {row.Uid} {(ulong)row.Flags} m{row.ModSeq} {row.Size} {row.InternalDate} {row.Content.Depth} ");
                text.Append(Convert.ToHexStringLower(row.Content.Key.ToBytes())).Append('\n');
            }
        }

        return text.Append(string.Join(' ', state.Subscriptions)).Append(state.DropboxThrough).ToString();
    }
}
