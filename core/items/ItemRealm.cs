using CompatBot.Core.Calendar;
using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Content;
using CompatBot.Core.Content.Envelopes;
using CompatBot.Core.Drops;
using CompatBot.Core.Items.Sharing;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Mail;
using CompatBot.Core.Push;
using CompatBot.Core.Shares;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Formats.Vobject;

namespace CompatBot.Core.Items;

/// <summary>An open realm of items (files, calendar, contacts) of one account, shared by all of its sessions.</summary>
public sealed class ItemRealm : OpenRealm<ItemState>
{
    private readonly ItemLog _log;
    private readonly ObjectCache _objects = new();
    private readonly AccountId _account;
    private readonly Intakes? _intakes;

    internal ItemRealm(AccountId account, RealmKeys keys, IStore store, JournalLog journal, Contents contents, Intakes? intakes = null)
        : this(account, store, journal, new ItemLog(account, keys, store), contents, intakes)
    {
        if (keys.Realm == Realm.Calendar) Schedule = new ScheduleIntake(account, keys, store, this, intakes);
        if (keys.Realm == Realm.Files) Drops = new FileIntake(account, keys, store, this, intakes?.Log);
    }

    /// <summary>What members of a share see, in the place of the realm.</summary>
    internal ItemRealm(AccountId account, IStore store, JournalLog journal, ShareLog share, Contents contents, Intakes? intakes)
        : this(account, store, journal, (ItemLog)share, contents, intakes) => Share = share;

    private ItemRealm(AccountId account, IStore store, JournalLog journal, ItemLog log, Contents contents, Intakes? intakes)
        : base(journal, log)
    {
        (_log, Realm, Contents) = (log, log.Keys.Realm, contents);
        (_account, _intakes) = (account, intakes);
        Shares = new ShareKeeper(account, log.Keys, store, this, intakes?.Log);
        Collector = new ItemCollector(store, this);
        Moments = new ItemPast(this);
    }

    /// <summary>Null: it is the whole realm.</summary>
    internal ShareLog? Share { get; }

    /// <summary>Gives the envelopes' keys of one of the account's own devices; null: none is connected, and no share begins.</summary>
    internal Func<AccountEnvelopes?>? OwnEnvelopes { get; init; }

    /// <summary>Takes scheduling messages in; null in other realms than the calendar.</summary>
    internal ScheduleIntake? Schedule { get; }

    /// <summary>Takes in what those who may only upload left; null in other realms than the files.</summary>
    internal FileIntake? Drops { get; }

    /// <summary>Makes links to what is in the realm and keeps them fresh.</summary>
    internal ShareKeeper Shares { get; }

    /// <summary>Tells clients that subscribed of changes; null before the realm is read, and where nobody does.</summary>
    internal RealmPushes? Pushes { get; private set; }

    public Realm Realm { get; }

    public Contents Contents { get; }

    internal ItemCollector Collector { get; }

    internal ItemPast Moments { get; }

    /// <summary>Reads the realm in, makes its first collections, and takes in what came while it was closed.</summary>
    /// <exception cref="JournalException">The journal is damaged or of a newer version.</exception>
    internal async ValueTask OpenAsync(CancellationToken cancellation)
    {
        await ReadAsync(cancellation);
        if (Share is not null) return;
        Pushes = _intakes?.Pushes?.Watch(_account, this);
        if (FirstCollections.AreMissing(State, Realm)) await CommitAsync(null, FirstCollections.Make(Realm), [], cancellation);
        if (Schedule is not null) await Schedule.TakeInAsync(cancellation);
        if (Drops is not null) await Drops.TakeInAsync(cancellation);
        await Shares.OpenAsync(cancellation);
        await RefreshSharesAsync(cancellation);
    }

    /// <summary>
    /// Begins those shares anew that are of an older epoch, or not of those who are members now; one that has become too large for that is
    /// over. What is refused here, for lack of room, is done when the realm is opened again.
    /// </summary>
    internal async ValueTask RefreshSharesAsync(CancellationToken cancellation)
    {
        if (Realm != Realm.Calendar || OwnEnvelopes?.Invoke() is null) return;
        foreach (var id in State.Collections.Values.Where(one => ShareBeginnings.AreWanted(State, one, _log.Keys)).Select(one => one.Id))
        {
            var before = State.Shares.GetValueOrDefault(id);
            var begun = await RefreshAsync(id, ends: false, cancellation);
            if (begun.Refusal == Refusal.TooLarge) begun = await RefreshAsync(id, ends: true, cancellation);
            if (begun.Value && before is not null) await ForgetAsync(before, cancellation);
        }
    }

    private ValueTask<Outcome<bool>> RefreshAsync(CollectionId id, bool ends, CancellationToken cancellation) => CommitAsync<bool>(
        null,
        (state, _) => state.Find(id) is { } now && Beginning(state, id, ends ? [] : CalendarShare.Of(now)) is { } operation
            ? Proposal<bool>.Commit(new Change { Operations = { operation } }, true)
            : Proposal<bool>.Nothing(false),
        [],
        cancellation);

    /// <summary>Deletes what there is of a share that is over, and can be made again.</summary>
    internal ValueTask ForgetAsync(CollectionShare over, CancellationToken cancellation) => _log.ForgetAsync(over, cancellation);

    /// <summary>With what the share of a collection begins for these members, or ends; null: it is right as it is.</summary>
    internal Operation? Beginning(ItemState state, CollectionId id, IReadOnlyList<CalendarShare> members) =>
        ShareBeginnings.Of(state, id, members, _log.Keys, OwnEnvelopes?.Invoke());

    internal override async ValueTask CloseAsync(CancellationToken cancellation)
    {
        try
        {
            Pushes?.Dispose();
            if (Realm == Realm.Calendar && OutgoingSchedule.Waiting(State).Any()) _intakes?.Unsent?.Left(_account);
            if (Drops is not null) await Drops.CloseAsync();
            if (Share is null) await Shares.CloseAsync(cancellation);
        }
        finally
        {
            _objects.Close();
            if (Share is null || !State.Shares.IsEmpty) await base.CloseAsync(cancellation);
            _log.Dispose();
        }
    }

    /// <summary>The newest version of a collection with its items in memory; null when it does not exist (any more).</summary>
    internal async ValueTask<CollectionState?> LoadAsync(CollectionId id, CancellationToken cancellation)
    {
        while (State.Find(id) is { } collection)
        {
            if (collection.Table is not null) return collection;
            await ReshapeAsync(state => _log.WithItemsAsync(state, id, cancellation), cancellation);
        }

        return null;
    }

    /// <summary>The first component of what each of some items holds, in order; null for one that does not parse.</summary>
    /// <exception cref="ContentException">An item can not be read.</exception>
    internal async ValueTask<IReadOnlyList<Component?>> ParseAsync(IReadOnlyList<ItemRow> rows, CancellationToken cancellation)
    {
        var parsed = new Component?[rows.Count];
        var missing = new List<(int At, ContentReader Reader)>();
        for (var i = 0; i < parsed.Length; i++)
        {
            if (!_objects.TryFind(rows[i].Content, out parsed[i])) missing.Add((i, Contents.Read(rows[i].Content, rows[i].Size)));
        }

        if (missing.Count == 0) return parsed;
        await Contents.LoadAsync(missing.ConvertAll(one => one.Reader), cancellation);
        foreach (var (at, reader) in missing)
        {
            var octets = await reader.ReadAllAsync(cancellation);
            parsed[at] = Component.Read(octets.Span, out var roots) is null ? roots[0] : null;
            _objects.Keep(rows[at].Content, parsed[at], octets.Length);
        }

        return parsed;
    }

    /// <summary>The items of a collection, there or removed, which are not kept if they were not in memory.</summary>
    internal ValueTask<ItemTable> TableAsync(ItemState state, CollectionState collection, CancellationToken cancellation) =>
        _log.TableAsync(state, collection, cancellation);
}
