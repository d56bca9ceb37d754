using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Identity;
using CompatBot.Core.Identity.Proto;
using CompatBot.Core.Items;
using CompatBot.Core.Journal;
using CompatBot.Core.Shares.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Google.Protobuf;

namespace CompatBot.Core.Shares;

/// <summary>
/// The links to what is in an open realm: makes them, lists them, and keeps the cards that they open up to date, soon after a change,
/// before a link is used, and when the realm closes. A closed account's links show what was there when it closed.
/// </summary>
internal sealed class ShareKeeper(AccountId account, RealmKeys keys, IStore store, ItemRealm realm, IVaultLog? log)
{
    /// <summary>Links of one account. Each costs a login a comparison.</summary>
    public const int LinksMax = 256;

    /// <summary>How long after a change the cards are made anew: many changes in a row are one.</summary>
    private static readonly TimeSpan RefreshAfter = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private ChangeWatch? _watch;
    private ITimer? _timer;
    private bool _hasLinks;
    private bool _closed;

    /// <summary>Begins to watch, and catches up after a crash.</summary>
    public async ValueTask OpenAsync(CancellationToken cancellation)
    {
        _timer = realm.Contents.Time.CreateTimer(
            static keeper => _ = ((ShareKeeper)keeper!).RefreshLaterAsync(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _watch = realm.Changes.Watch(() =>
        {
            if (Volatile.Read(ref _hasLinks)) _timer.Change(RefreshAfter, Timeout.InfiniteTimeSpan);
        });
        await RefreshAsync(null, cancellation);
    }

    /// <summary>Makes the cards anew for the last time.</summary>
    public async ValueTask CloseAsync(CancellationToken cancellation)
    {
        _watch?.Dispose();
        if (_timer is not null) await _timer.DisposeAsync();
        try
        {
            await RefreshAsync(null, cancellation);
        }
        finally
        {
            await _gate.WaitAsync(CancellationToken.None);
            _closed = true;
            _gate.Release();
        }
    }

    /// <summary>Makes a link.</summary>
    /// <param name="found">What it names; it stays with the collection when that is moved, and with the file's name in its folder.</param>
    /// <param name="wanted">What it may do.</param>
    /// <param name="stretched">The link's password, if it has one, with what it was stretched by.</param>
    /// <param name="cancellation">Before it is durable.</param>
    /// <returns>
    /// Or NotFound (nothing is there), Invalid (the label; uploads to no folder; no calendar or address book), TooMany (links, members).
    /// </returns>
    public async ValueTask<Outcome<CreatedShare>> AddAsync(
        Found found, NewShare wanted, (SecretBytes Secret, Stretch Stretch)? stretched, CancellationToken cancellation)
    {
        if (found.IsNothing) return Refusal.NotFound;
        if (!Accounts.IsLabel(wanted.Label) || KindOf(found, wanted.TakesUploads) is not { } kind) return Refusal.Invalid;
        if ((await LinkRecords.AllAsync(store.Directory, account, cancellation)).Count >= LinksMax) return Refusal.TooMany;
        var state = realm.State;
        var isTooLarge = found.Collection is { } folder && !wanted.TakesUploads
            && state.Subtree(folder.Id).Sum(one => 1 + (long)one.Count) - 1 > LinkViews.MostOf(folder);
        if (isTooLarge) return Refusal.TooMany;
        if (await store.Directory.AccountAsync(account, cancellation) is not { } record) return Refusal.NotFound;
        if (Accounts.SealingKeyOf(record, Realm.Settings) is not { } settings) return Refusal.Damaged;

        var token = ShareToken.Draw(account);
        using var key = token.Key(stretched is { } password ? password.Secret.Span : default);
        var now = JournalClock.MicrosecondsOf(realm.Contents.Now);
        var deed = new LinkDeed
        {
            Secret = ByteString.CopyFrom(token.Secret),
            Key = ByteString.CopyFrom(key.Span),
            Collection = (found.Collection?.Id ?? found.Place.Parent).Value,
            Item = found.Item?.Name ?? "",
            Label = wanted.Label,
            Created = now,
        };
        var card = new LinkCard
        {
            Kind = (uint)kind,
            Expires = wanted.Expires is { } expires ? JournalClock.MicrosecondsOf(expires) : 0,
            UsesMax = wanted.UsesMax,
        };
        if (await ShowAsync(card, deed, cancellation) is var shown and not Refusal.None) return shown;
        var slot = new DeviceSlot
        {
            CreatedMicroseconds = now,
            Card = UnsafeByteOperations.UnsafeWrap(DropSeal.Seal(
                settings, account, new DeviceCard { Label = wanted.Label, Scopes = Devices.LinkScope }.ToByteArray())),
            Link = new LinkSlot
            {
                Verifier = UnsafeByteOperations.UnsafeWrap(token.Verifier()),
                Stretch = stretched?.Stretch,
                Card = LinkRecords.SealCard(key, account, token.Id, card),
                Deed = SealDeed(token.Id, deed),
                Realm = keys.Realm == Realm.Files ? 0 : (uint)keys.Realm,
            },
        };
        Volatile.Write(ref _hasLinks, true);
        var device = new DeviceRecord(account, token.Id, slot.ToByteArray());
        var added = await store.Directory.ApplyAsync(new() { NewDevices = [device] }, cancellation);
        return added is Refusal.None ? new CreatedShare(token, Describe(device, slot)!) : added;
    }

    /// <summary>What a link opens; null: nothing that has links lies there.</summary>
    private ShareKind? KindOf(Found found, bool takesUploads) => (keys.Realm, found.Collection?.Kind, takesUploads) switch
    {
        (Realm.Files, null, false) => ShareKind.File,
        (Realm.Files, CollectionKind.Folder, false) => ShareKind.Folder,
        (Realm.Files, CollectionKind.Folder, true) => ShareKind.Uploads,
        (Realm.Calendar, CollectionKind.Calendar, false) => ShareKind.Calendar,
        (Realm.Contacts, CollectionKind.AddressBook, false) => ShareKind.AddressBook,
        _ => null,
    };

    /// <summary>The realm's links, in the order in which they were made; one that does not open has only its id.</summary>
    public async ValueTask<IReadOnlyList<ShareInfo>> ListAsync(CancellationToken cancellation)
    {
        await RefreshAsync(null, cancellation);
        return [.. from one in await LinksAsync(cancellation) select Describe(one.Record, one.Slot)];
    }

    /// <summary>Makes anew what a link shows, or all links, where that changed.</summary>
    public async ValueTask RefreshAsync(DeviceId? only, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            if (_closed) return;
            var links = await LinksAsync(cancellation);
            Volatile.Write(ref _hasLinks, links.Count > 0);
            foreach (var (record, slot) in links)
            {
                if (only is { } id && id != record.Id) continue;
                if (OpenDeed(record, slot) is { } deed) await RefreshAsync(record, slot, deed, cancellation);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Marks the blobs that only links name: their listings, and the keys of envelopes.</summary>
    /// <returns>False when a link does not open: then nothing may be released.</returns>
    public async ValueTask<bool> MarkAsync(BlobSweep sweep, BlobMarks marks, CancellationToken cancellation)
    {
        foreach (var (record, slot) in await LinksAsync(cancellation))
        {
            if (OpenDeed(record, slot) is not { } deed) return false;
            using var key = SecretBytes.Copy(deed.Key.Span);
            if (LinkRecords.OpenCard(key, record, slot) is not { } card) return false;
            foreach (var own in new[] { card.Listing, card.Envelopes }.OfType<LinkedFile>())
            {
                if (!await sweep.MarkAsync(OpenShare.ContentOf(own), marks, cancellation)) return false;
            }
        }

        return true;
    }

    private async ValueTask<IReadOnlyList<(DeviceRecord Record, DeviceSlot Slot)>> LinksAsync(CancellationToken cancellation) =>
        [.. (await LinkRecords.AllAsync(store.Directory, account, cancellation)).Where(one => LinkRecords.RealmOf(one.Slot) == keys.Realm)];

    private async ValueTask RefreshAsync(DeviceRecord record, DeviceSlot slot, LinkDeed deed, CancellationToken cancellation)
    {
        using var key = SecretBytes.Copy(deed.Key.Span);
        if (LinkRecords.OpenCard(key, record, slot) is not { } now) return;
        await realm.LoadAsync(new CollectionId(deed.Collection), cancellation);
        var needsKeys = (now.File ?? now.Listing) is not null && realm.Contents.Envelopes is { AreUsed: true };
        if ((now.Envelopes is not null || !needsKeys) && LinkViews.Shown(realm.State, deed) == now.Shown) return;
        var refusal = await LinkRecords.ChangeAsync(
            store.Directory, account, record.Id, key, card => ShowAsync(card, deed, cancellation), cancellation);
        if (refusal is not (Refusal.None or Refusal.NotFound)) log?.IntakeFailed(account, refusal, null);
    }

    /// <summary>Writes into a card what there is now.</summary>
    private async ValueTask<Refusal> ShowAsync(LinkCard card, LinkDeed deed, CancellationToken cancellation)
    {
        var id = new CollectionId(deed.Collection);
        await realm.LoadAsync(id, cancellation);
        var state = realm.State;
        card.Shown = LinkViews.Shown(state, deed);
        (card.File, card.Listing, card.Envelopes, card.Collection) = (null, null, null, 0);
        if (card.Shown == 0) return Refusal.None;
        card.Name = deed.Item.Length > 0 ? deed.Item : state.Collections[id].Name;
        switch ((ShareKind)card.Kind)
        {
            case ShareKind.File:
                card.File = LinkViews.Of(state.Item(new ItemPlace(id, deed.Item))!);
                return await TakeEnvelopesAsync(card, [card.File], cancellation);
            case ShareKind.Uploads:
                card.Collection = deed.Collection;
                return Refusal.None;
            default:
                var view = await LinkViews.OfAsync(state, state.Collections[id], one => realm.TableAsync(state, one, cancellation));
                var listed = await StoreAsync(view, cancellation);
                card.Listing = listed.Value;
                return listed.Declined ? listed.Refusal : await TakeEnvelopesAsync(card, LinkViews.FilesOf(view), cancellation);
        }
    }

    /// <summary>Once there was a rotation, what is shown may be in envelopes.</summary>
    private async ValueTask<Refusal> TakeEnvelopesAsync(LinkCard card, IEnumerable<LinkedFile> files, CancellationToken cancellation)
    {
        if (realm.Contents.Envelopes is not { AreUsed: true } envelopes) return Refusal.None;
        var stored = await StoreAsync(await LinkEnvelopes.OfAsync(realm.Contents, envelopes, files, cancellation), cancellation);
        card.Envelopes = stored.Value;
        return stored.Refusal;
    }

    /// <summary>Stores what a link needs and nothing else names.</summary>
    private async ValueTask<Outcome<LinkedFile>> StoreAsync(IMessage message, CancellationToken cancellation)
    {
        using var writer = realm.Contents.Write();
        if (await writer.WriteAsync(message.ToByteArray(), cancellation) is var refusal and not Refusal.None) return refusal;
        var written = await writer.CompleteAsync(cancellation);
        if (written.Declined) return written.Refusal;
        var content = written.Value!;
        var put = await store.Blobs.PutAsync(account, BlobHolder.Of(keys.Realm), content.Blobs, cancellation);
        if (put != Refusal.None) return put;
        return new LinkedFile
        {
            Content = ByteString.CopyFrom(content.Content.Key.ToBytes()),
            Depth = content.Content.Depth,
            Size = (ulong)content.Length,
        };
    }

    private ShareInfo Describe(DeviceRecord record, DeviceSlot slot)
    {
        if (OpenDeed(record, slot) is not { } deed) return new ShareInfo(record.Id, null, null);
        using var key = SecretBytes.Copy(deed.Key.Span);
        var token = new ShareToken(account, deed.Secret.Span);
        if (LinkRecords.OpenCard(key, record, slot) is not { } card) return new ShareInfo(record.Id, token, deed.Label);
        var state = realm.State;
        var id = new CollectionId(deed.Collection);
        IReadOnlyList<string> path = state.Find(id) is null ? [] : state.PathOf(id);
        return new ShareInfo(record.Id, token, deed.Label)
        {
            Kind = (ShareKind)card.Kind,
            Path = string.Join('/', deed.Item.Length > 0 ? path.Append(deed.Item) : path),
            IsGone = card.Shown == 0,
            Created = JournalClock.TimeOf(deed.Created),
            Expires = card.Expires == 0 ? null : JournalClock.TimeOf(card.Expires),
            UsesMax = card.UsesMax,
            Uses = card.Uses,
            HasPassword = slot.Link.Stretch is not null,
        };
    }

    private ByteString SealDeed(DeviceId id, LinkDeed deed)
    {
        var newest = keys.Newest;
        using var key = CardSeal.DeedKey(account, newest);
        return UnsafeByteOperations.UnsafeWrap(CardSeal.Seal(key, CardKind.Deed, newest.Epoch, account, id, deed.ToByteArray()));
    }

    /// <summary>Null for one that this account did not make: who writes the directory must not get a card of its files.</summary>
    private LinkDeed? OpenDeed(DeviceRecord record, DeviceSlot slot)
    {
        var stored = slot.Link.Deed.Span;
        if (CardSeal.EpochOf(CardKind.Deed, stored) is not { } epoch || keys.Find(epoch) is not { } realmKey) return null;
        using var key = CardSeal.DeedKey(account, realmKey);
        return CardSeal.Open(key, CardKind.Deed, account, record.Id, stored) is { } plain ? LinkDeed.Parser.ParseFrom(plain) : null;
    }

    private async Task RefreshLaterAsync()
    {
        try
        {
            await RefreshAsync(null, CancellationToken.None);
        }
        catch (Exception error)
        {
            log?.IntakeFailed(account, Refusal.Unavailable, error);
        }
    }
}
