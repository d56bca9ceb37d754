using System.Buffers.Binary;
using CompatBot.Core.Content;
using CompatBot.Core.Content.Envelopes;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Items.Sharing;

/// <summary>
/// The shares of one realm of an open account that its connected members opened, whether or not anybody is connected who may open the
/// realm. Takes part in the journal to hear of shares that begin. Its callers wait for each other.
/// </summary>
internal sealed class SharedRealms(
    AccountId account, Realm realm, IStore store, JournalLog journal, TimeProvider time, Intakes intakes) : IRealmLog
{
    private readonly Lock _lock = new();
    private readonly SortedSet<ulong> _begun = [];
    private readonly Dictionary<DeviceId, Place> _members = [];
    private readonly Dictionary<ulong, OpenShare> _open = [];
    private readonly List<Begun> _keys = [];
    private ulong? _knownFrom;

    Realm? IRealmLog.Whole => null;

    public JournalHead Origin { get; private set; }

    long IRealmLog.UsageBytes => 0;

    /// <summary>About how many bytes the states take.</summary>
    public long MemoryBytes => _open.Values.Sum(one => one.Items.State.MemoryBytes);

    /// <summary>The newest share that a member's device has a key of; null: there is none, or it is over.</summary>
    /// <param name="member">The device's keys.</param>
    /// <exception cref="JournalException">The journal is damaged or of a newer version.</exception>
    public async ValueTask<ItemRealm?> OpenAsync(Keyring member, CancellationToken cancellation)
    {
        if (!_members.TryGetValue(member.Device, out var place)) place = await LocateAsync(member, cancellation);
        while (true)
        {
            foreach (var number in BegunAfter(place.Seen))
            {
                place = place with { Seen = number };
                if (await UnwrapAsync(member, number, cancellation) is { } begun) place = new Place(number, number, begun);
            }

            _members[member.Device] = place;
            if (place.Begun is null) return null;
            if (!_open.TryGetValue(place.Number, out var open))
            {
                _open.Add(place.Number, open = await OpenAsync(place.Number, place.Begun, cancellation));
            }

            if (!open.Items.State.Shares.IsEmpty) return open.Items;
            if (BegunAfter(place.Seen).Count == 0) return null; // Else it was over this moment, as the next one began.
        }
    }

    /// <summary>Writes snapshots, and how far each member's share was looked for, and forgets the keys.</summary>
    public async ValueTask CloseAsync(CancellationToken cancellation)
    {
        try
        {
            foreach (var open in _open.Values) await open.Items.CloseAsync(cancellation);
            foreach (var place in _members.Values.Where(place => BegunAfter(place.Seen).Count == 0))
            {
                if (place.Begun is not null) await RememberAsync(place, cancellation);
            }
        }
        finally
        {
            foreach (var open in _open.Values) open.Dispose();
            foreach (var keys in _keys) keys.Dispose();
        }
    }

    /// <summary>Notes a share that begins. It counts when its entry is durable; of one that never is, nothing is found.</summary>
    Change? IRealmLog.Open(in JournalStep step)
    {
        if (step.Header.Realm != realm || !step.Header.Flags.HasFlag(EntryFlags.HasParts)) return null;
        foreach (var part in EntrySeal.PartsOf(step.Bytes.Span))
        {
            if (part.Wraps == 0 || part.Number != step.Number) continue;
            lock (_lock) _begun.Add(part.Number);
        }

        return null;
    }

    ValueTask IRealmLog.ReplayAsync(Change change, EntryStamp entry, CancellationToken cancellation) => ValueTask.CompletedTask;

    ValueTask<Following> IRealmLog.FollowAsync(Change change, EntryStamp entry, CancellationToken cancellation) =>
        throw new NotSupportedException("No entry says anything to it.");

    void IRealmLog.Rewind()
    {
    }

    private List<ulong> BegunAfter(ulong seen)
    {
        var durable = journal.Head.Sequence;
        lock (_lock) return [.. _begun.Where(number => number > seen && number <= durable)];
    }

    /// <summary>Where a member's share was found the last time; from there on what begins is known afterwards.</summary>
    private async ValueTask<Place> LocateAsync(Keyring member, CancellationToken cancellation)
    {
        var remembered = await RecallAsync(member, cancellation);
        var from = remembered?.Head ?? default;
        if (_knownFrom is null)
        {
            if (!await WatchAsync(from, cancellation)) return default;
        }
        else if (from.Sequence < _knownFrom)
        {
            await foreach (var step in JournalWalk.AfterAsync(store.Journal, account, from.Sequence, cancellation))
            {
                if (step.Number > _knownFrom) break;
                ((IRealmLog)this).Open(step.Sound());
            }

            _knownFrom = from.Sequence;
        }

        return remembered is { } known && await UnwrapAsync(member, known.Number, cancellation) is { } begun
            ? new Place(known.Number, known.Head.Sequence, begun)
            : default;
    }

    /// <returns>False: it does not fit the chain, and everything is known now.</returns>
    private async ValueTask<bool> WatchAsync(JournalHead from, CancellationToken cancellation)
    {
        Origin = from;
        try
        {
            await journal.OpenAsync(this, cancellation);
        }
        catch (JournalException) when (from.Sequence > 0)
        {
            Origin = default; // What was noted is only a bad shortcut: the journal decides.
            await journal.OpenAsync(this, cancellation);
        }

        _knownFrom = Origin.Sequence;
        return Origin == from;
    }

    /// <returns>The share that begins with an entry; null: it begins none for this device.</returns>
    private async ValueTask<Begun?> UnwrapAsync(Keyring member, ulong number, CancellationToken cancellation)
    {
        await foreach (var step in JournalWalk.AfterAsync(store.Journal, account, number - 1, cancellation))
        {
            if (Unwrap(member, step.Sound()) is not { } begun) return null;
            _keys.Add(begun);
            return begun;
        }

        return null;
    }

    private Begun? Unwrap(Keyring member, in JournalStep step)
    {
        var stored = step.Bytes.Span;
        if (step.Header.Realm != realm) return null;
        foreach (var part in EntrySeal.PartsOf(stored))
        {
            for (var i = 0; i < part.Wraps && part.Number == step.Number; i++)
            {
                if (ShareWrap.Open(member, realm, part.Epoch, part.Number, part.Wrap(stored, i)) is not { } key) continue;
                if (PartSeal.Open(key, account, stored, part) is { } body)
                {
                    return new Begun(ShareKey.OfDevice(member, realm), key, step.Header.PreviousHash, EnvelopesIn(body));
                }

                key.Dispose();
            }
        }

        return null;
    }

    private static Dictionary<uint, SecretBytes> EnvelopesIn(byte[] body) =>
        Change.Parser.ParseFrom(body).Operations.Select(operation => operation.ShareBegun).OfType<ShareBegun>()
            .SelectMany(begun => begun.Envelopes)
            .Where(one => one.Key.Length == Sodium.KeyBytes)
            .DistinctBy(one => one.Epoch)
            .ToDictionary(one => one.Epoch, one => SecretBytes.Copy(one.Key.Span));

    private async ValueTask<OpenShare> OpenAsync(ulong number, Begun begun, CancellationToken cancellation)
    {
        var naming = ShareKey.Naming(begun.Key, account);
        var contents = new Contents(account, realm, naming, store.Blobs, time, begun.Key.Epoch);
        contents.Adopt(new ShareEnvelopes(begun.Envelopes));
        var log = new ShareLog(account, begun.Key, store, number, begun.Before);
        var items = new ItemRealm(account, store, journal, log, contents, intakes);
        try
        {
            await items.OpenAsync(cancellation);
            return new OpenShare(items, naming);
        }
        catch
        {
            naming.Dispose();
            throw;
        }
    }

    /// <summary>A piece of a snapshot, under the device's own keys: a shortcut, without which the journal is looked through.</summary>
    private async ValueTask<(ulong Number, JournalHead Head)?> RecallAsync(Keyring member, CancellationToken cancellation)
    {
        using var key = ShareKey.OfDevice(member, realm);
        var name = SnapshotSeal.NameOf(key, "share"u8);
        if (await store.Snapshots.GetAsync(account, name, cancellation) is not { } stored) return null;
        if (SnapshotSeal.Open(key, account, name, stored) is not { Length: PlaceBytes } piece) return null;
        var head = new JournalHead(
            BinaryPrimitives.ReadUInt64LittleEndian(piece.Span[sizeof(ulong)..]), new BlobName(piece.Span[(2 * sizeof(ulong))..]));
        return (BinaryPrimitives.ReadUInt64LittleEndian(piece.Span), head);
    }

    private const int PlaceBytes = (2 * sizeof(ulong)) + BlobName.Length;

    private async ValueTask RememberAsync(Place place, CancellationToken cancellation)
    {
        var (piece, head, key) = (new byte[PlaceBytes], journal.Head, place.Begun!.Device);
        BinaryPrimitives.WriteUInt64LittleEndian(piece, place.Number);
        BinaryPrimitives.WriteUInt64LittleEndian(piece.AsSpan(sizeof(ulong)), head.Sequence);
        head.Hash.WriteTo(piece.AsSpan(2 * sizeof(ulong)));
        var name = SnapshotSeal.NameOf(key, "share"u8);
        await store.Snapshots.ReplaceAsync(
            account, [new SealedBlob(name, SnapshotSeal.Seal(key, account, name, piece))], [], cancellation);
    }

    /// <summary>Which share a device has.</summary>
    /// <param name="Number">0: none that it has a key of.</param>
    /// <param name="Seen">What began up to this entry was looked at.</param>
    private readonly record struct Place(ulong Number, ulong Seen, Begun? Begun);

    /// <summary>A share as its first part gives it to a member.</summary>
    /// <param name="Device">The keys of the member's own.</param>
    /// <param name="Before">The hash of the entry before.</param>
    private sealed record Begun(
        RealmKey Device, RealmKey Key, BlobName Before, IReadOnlyDictionary<uint, SecretBytes> Envelopes) : IDisposable
    {
        public void Dispose()
        {
            Device.Dispose();
            Key.Dispose();
            foreach (var key in Envelopes.Values) key.Dispose();
        }
    }

    private sealed record OpenShare(ItemRealm Items, SecretBytes Naming) : IDisposable
    {
        public void Dispose() => Naming.Dispose();
    }
}
