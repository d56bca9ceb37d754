using System.Text;
using CompatBot.Core.Calendar.Attachments;
using CompatBot.Core.Content.Envelopes;
using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Shares;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Xunit;

namespace CompatBot.UnitTests.Identity;

/// <summary>Ann with mail, files and an event with a file attached, all of before a rotation; and a thief with her laptop's keys.</summary>
internal sealed class ResealBed : IAsyncDisposable
{
    public const int LongOctets = 3_000_000;
    private static readonly string Long = new('x', LongOctets);

    private ResealBed(RotationBed house, Keyring thief) => (House, Thief) = (house, thief);

    public RotationBed House { get; }

    /// <summary>All keys of the first epoch.</summary>
    public Keyring Thief { get; }

    public IBlobStore Blobs => House.Store.Blobs;

    /// <summary>What the event has attached, by its URL.</summary>
    public AttachmentToken Attached { get; private set; } = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<ResealBed> NewAsync()
    {
        var house = await RotationBed.NewAsync();
        var bed = new ResealBed(house, await house.KeysAsync(RotationBed.Laptop));
        await using var session = await house.LoginAsync(RotationBed.Phone);
        await house.DeliverAsync("short");
        await house.DeliverAsync(Long);
        await PutAsync(session, "old.txt", "a file of before");
        await PutAsync(session, "long.txt", Long);
        await bed.AttachAsync(session);
        return bed;
    }

    public static async Task<ItemStore> ItemsAsync(Session session, Realm realm = Realm.Files) =>
        (await session.ItemsAsync(realm, Stop)).Value!;

    public static async Task PutAsync(Session session, string name, string text)
    {
        var items = await ItemsAsync(session);
        var put = await items.PutAsync(new ItemPlace(CollectionId.Root, name), await WriteAsync(items, text), null, Stop);
        Assert.Equal(Refusal.None, put.Refusal);
    }

    public static async Task<string> TextAsync(Session session, string name)
    {
        var items = await ItemsAsync(session);
        return await TextAsync(items.Read((await items.FindAsync([name], Stop))!.Item!));
    }

    public static async Task<string> TextAsync(Core.Content.ContentReader reader) =>
        Encoding.ASCII.GetString((await reader.ReadAllAsync(Stop)).Span);

    /// <summary>All that the account shows: of mail the identifiers and octets, now and as it was after an entry, and the files.</summary>
    public static async Task<string> PictureAsync(Session session, ulong sequence)
    {
        var text = new StringBuilder();
        var mail = session.Mail!;
        foreach (var state in new[] { mail.State, (await mail.History.StateAtAsync(sequence, Stop)).Value! })
        {
            var inbox = state.Find("INBOX")!;
            if (inbox.Table is null) inbox = (await mail.OpenAsync("INBOX", Stop)).Value!;
            for (var i = 0; i < inbox.Messages.Count; i++)
            {
                var row = inbox.Messages[i];
                text.Append(row.Uid).Append(' ').Append(row.EmailId).Append(await TextAsync(mail.Read(row)));
            }
        }

        foreach (var row in (await (await ItemsAsync(session)).OpenAsync(CollectionId.Root, Stop))!.Items.Rows)
        {
            text.Append(row.Name).Append(row.Version).Append(await TextAsync(session, row.Name));
        }

        return text.ToString();
    }

    public async Task<ResealReport> ResealAsync(Session session)
    {
        var resealed = await session.ResealAsync(new Pace(House.Time, 1), (_, _) => ValueTask.CompletedTask, Stop);
        Assert.Equal(Refusal.None, resealed.Refusal);
        return resealed.Value;
    }

    public async Task<ResealReport> StandingAsync() =>
        (await ResealStanding.OfAsync(House.Store, (await House.Accounts.FindAsync(RotationBed.Ann, Stop))!, Stop))!.Value;

    /// <summary>How many of the blobs keys open, with all references at hand, as the journal of before has them.</summary>
    public async Task<int> OpenedByAsync(Keyring keys, IReadOnlyDictionary<BlobName, BlobKey> references)
    {
        var (opened, envelopes) = (0, new AccountEnvelopes(House.Id, keys.Epochs));
        foreach (var (name, key) in references)
        {
            if (await Blobs.GetAsync(House.Id, name, Stop) is not { } stored) continue;
            var secret = BlobSeal.Derive(key);
            var isOpened = BlobSeal.Open(House.Id, secret, stored) is not null
                || (envelopes.Open(name, stored) is { } blob && BlobSeal.Open(House.Id, secret, blob.Span) is not null);
            opened += isOpened ? 1 : 0;
        }

        return opened;
    }

    /// <summary>The keys of all blobs of mail, files and attachments, lists and chunks.</summary>
    public static async Task<Dictionary<BlobName, BlobKey>> ReferencesAsync(Session session)
    {
        var found = new Dictionary<BlobName, BlobKey>();
        var inbox = (await session.Mail!.OpenAsync("INBOX", Stop)).Value!;
        for (var i = 0; i < inbox.Messages.Count; i++) await TakeAsync(session.Mail!.Read(inbox.Messages[i]));
        var items = await ItemsAsync(session);
        foreach (var row in (await items.OpenAsync(CollectionId.Root, Stop))!.Items.Rows) await TakeAsync(items.Read(row));
        return found;

        async Task TakeAsync(Core.Content.ContentReader reader)
        {
            var top = reader.Content.Key;
            found[BlobSeal.NameOf(top)] = top;
            await foreach (var (key, _, _) in reader.ChunksAsync(0, reader.Length, Stop)) found[BlobSeal.NameOf(key)] = key;
        }
    }

    public ShareLinks Links() => new(House.Store, House.Open, new PassphraseStretcher(), House.Time);

    public async ValueTask DisposeAsync()
    {
        Thief.Dispose();
        await House.DisposeAsync();
    }

    private static async Task<NewItem> WriteAsync(ItemStore items, string text, string mediaType = "text/plain")
    {
        using var writer = items.Write();
        await writer.WriteAsync(Encoding.ASCII.GetBytes(text), Stop);
        return (await writer.CompleteAsync(mediaType, Stop)).Value!;
    }

    private async Task AttachAsync(Session session)
    {
        var items = await ItemsAsync(session, Realm.Calendar);
        var attached = (await WriteAsync(items, "an agenda")).Content;
        var item = await WriteAsync(
            items, "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", "text/calendar");
        item = item with { Attached = attached, Attachments = [new ItemAttachment("1", attached.Content, attached.Length)] };
        var calendar = (await items.FindAsync(["calendar"], Stop))!.Collection!.Id;
        Assert.Equal(Refusal.None, (await items.PutAsync(new ItemPlace(calendar, "1.ics"), item, null, Stop)).Refusal);
        Attached = new AttachmentToken(House.Id, attached.Content, attached.Length, "text/plain");
    }
}
