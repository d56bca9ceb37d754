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

    public static RealmKey Key => Keys.Find(CompatBot.Core.Store.Realm.Mail)!;

    public static async Task<MailBed> NewAsync(IStore? store = null)
    {
        var time = new ManualTime();
        time.Advance(TimeSpan.FromDays(20_000));
        var bed = new MailBed(store ?? new MemoryStore(), time);
        await bed.OpenAsync();
        return bed;
    }

    public async Task OpenAsync()
    {
        Journal = new JournalLog(Id, store.Journal, time);
        Realm = new MailRealm(Id, new RealmKeys(Key), store, Journal, new Contents(Id, Keys.NamingKey, store.Blobs), Intakes);
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
        var text = new System.Text.StringBuilder();
        foreach (var (name, id) in Mail.State.Names)
        {
            var mailbox = (await Mail.RefreshAsync(id, Stop))!;
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

        return text.Append(string.Join(' ', Mail.State.Subscriptions)).Append(Mail.State.DropboxThrough).ToString();
    }
}
