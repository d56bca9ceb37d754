using CompatBot.Core.Items;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Metrics;
using CompatBot.Core.Store;

namespace CompatBot.Core.Push;

/// <summary>
/// The push subscriptions of an open realm: registers and ends them, and tells them of changes, a moment after each. What changed while
/// the realm was closed is not told.
/// </summary>
internal sealed class RealmPushes : IDisposable
{
    private readonly PushRounds _rounds;
    private readonly AccountId _account;
    private readonly ItemRealm _realm;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<(CollectionId Collection, string Id), Told> _told = [];
    private readonly ITimer _timer;
    private readonly ChangeWatch _watch;
    private DateTimeOffset? _due;
    private int _counted;

    /// <summary>Begins to watch a realm from the state that it has now.</summary>
    public RealmPushes(PushRounds rounds, AccountId account, ItemRealm realm)
    {
        (_rounds, _account, _realm) = (rounds, account, realm);
        var state = realm.State;
        foreach (var collection in state.Collections.Values.Where(one => one.Properties.Count > 0))
        {
            var now = Picture.Of(state, collection);
            foreach (var one in PushSubscription.Of(collection)) _told.Add((collection.Id, one.Id), new Told(now));
        }

        CountTold();
        _timer = rounds.Time.CreateTimer(
            static pushes => _ = ((RealmPushes)pushes!).RunAsync(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _watch = realm.Changes.Watch(() => Schedule(rounds.Time.GetUtcNow() + rounds.Limits.MergeFor));
    }

    /// <summary>Takes a subscription, in the place of the one of the collection that has the same push resource.</summary>
    /// <returns>Or NotFound (the collection), TooMany.</returns>
    public async ValueTask<Outcome<bool>> RegisterAsync(PushSubscription wanted, CancellationToken cancellation)
    {
        Picture? before = null;
        var kept = await _realm.CommitAsync(null, Build, [], cancellation);
        if (kept.Declined) return kept;
        lock (_lock)
        {
            var key = (wanted.Collection, wanted.Id);
            _told[key] = new Told(_told.GetValueOrDefault(key)?.Picture ?? before!);
            CountTold();
        }

        return kept;

        Proposal<bool> Build(ItemState state, DateTimeOffset now)
        {
            if (state.Find(wanted.Collection) is not { } collection || !state.IsThere(collection.Id)) return Refusal.NotFound;
            before = Picture.Of(state, collection);
            var others = PushSubscription.Of(collection).Where(one => one.Id != wanted.Id).ToLookup(one => one.Until > now);
            var isNew = !collection.Properties.ContainsKey(wanted.PropertyName);
            if (isNew && others[true].Count() >= _rounds.Limits.CollectionMax) return Refusal.TooMany;
            if (isNew && Count(state) - others[false].Count() >= _rounds.Limits.RealmMax) return Refusal.TooMany;
            var change = new PropertiesChanged { Collection = collection.Id.Value };
            change.Set.Add(new Property { Name = wanted.PropertyName, Value = wanted.Write() });
            change.Removed.AddRange(others[false].Select(one => one.PropertyName));
            if (!ItemProperties.Fit(ItemProperties.Change(collection.Properties, change))) return Refusal.TooMany;
            return Proposal<bool>.Commit(new Change { Operations = { new Operation { PropertiesChanged = change } } }, true);
        }
    }

    /// <summary>Ends subscriptions.</summary>
    /// <returns>NotFound where there is none of them.</returns>
    public async ValueTask<Refusal> RemoveAsync(CollectionId id, IEnumerable<string> ids, CancellationToken cancellation)
    {
        var wanted = ids.ToHashSet(StringComparer.Ordinal);
        var removed = await _realm.CommitAsync(null, Build, [], cancellation);
        if (!removed.Declined)
        {
            lock (_lock)
            {
                foreach (var one in wanted) _told.Remove((id, one));
                CountTold();
            }
        }

        return removed.Refusal;

        Proposal<bool> Build(ItemState state, DateTimeOffset now)
        {
            if (state.Find(id) is not { } collection) return Refusal.NotFound;
            var change = new PropertiesChanged { Collection = id.Value };
            change.Removed.AddRange(PushSubscription.Of(collection).Where(one => wanted.Contains(one.Id)).Select(one => one.PropertyName));
            if (change.Removed.Count == 0) return Refusal.NotFound;
            return Proposal<bool>.Commit(new Change { Operations = { new Operation { PropertiesChanged = change } } }, true);
        }
    }

    /// <summary>Lets a change be told to all but those who made it.</summary>
    /// <param name="before">The collection before the change, with its items.</param>
    /// <param name="name">Of the item that was changed.</param>
    /// <param name="mine">Whose subscriptions know already.</param>
    public async ValueTask QuietAsync(
        (ItemState State, CollectionState Collection) before, string name, Func<string, bool> mine, CancellationToken cancellation)
    {
        await _realm.LoadAsync(before.Collection.Id, cancellation);
        var state = _realm.State;
        if (state.Find(before.Collection.Id) is not { Table: not null } after) return;
        var (was, now) = (before.State.NewestChange(before.Collection), state.NewestChange(after));
        var isQuietBelow = after.Children.Values.All(id => state.Collections[id].ChangedAt <= was);
        if (!isQuietBelow || !IsAllThatChanged(before.Collection, after, name)) return;
        lock (_lock)
        {
            foreach (var (key, told) in _told)
            {
                if (key.Collection == after.Id && mine(key.Id)) told.Quiet(was, now);
            }
        }
    }

    public void Dispose()
    {
        _watch.Dispose();
        _timer.Dispose();
        lock (_lock)
        {
            _told.Clear();
            CountTold();
        }
    }

    /// <summary>Says how many there are. Whoever calls it has the lock.</summary>
    private void CountTold()
    {
        CoreMetrics.PushSubscriptions.Add(_told.Count - _counted);
        _counted = _told.Count;
    }

    private static int Count(ItemState state) =>
        state.Collections.Values.Where(one => one.Properties.Count > 0).Sum(one => one.Properties.Keys.Count(PushSubscription.IsProperty));

    /// <summary>Whether nobody else changed anything meanwhile: then it has to be told.</summary>
    private static bool IsAllThatChanged(CollectionState before, CollectionState after, string name)
    {
        int Has(CollectionState one) => one.Items.Find(name) is null ? 0 : 1;
        return after.Items.ChangedAfter(before.ChangedAt).All(row => row.Name == name)
            && after.Count - before.Count == Has(after) - Has(before)
            && ReferenceEquals(before.Children, after.Children)
            && ReferenceEquals(before.Properties, after.Properties);
    }

    private void Schedule(DateTimeOffset at)
    {
        lock (_lock)
        {
            if (_told.Count == 0 || _due <= at) return;
            _due = at;
            var after = at - _rounds.Time.GetUtcNow();
            _timer.Change(after > TimeSpan.Zero ? after : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    private async Task RunAsync()
    {
        lock (_lock) _due = null;
        if (!_gate.Wait(0))
        {
            Schedule(_rounds.Time.GetUtcNow() + _rounds.Limits.MergeFor); // Messages are on their way; what is new goes after them.
            return;
        }

        try
        {
            var (due, over) = Look();
            if (due.Count + over.Count > 0) await _rounds.WhileOpenAsync(_account, stop => TellAsync(due, over, stop));
        }
        catch (Exception error)
        {
            _rounds.Log.Failed(_account, error);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask TellAsync(List<Due> due, List<PushSubscription> over, CancellationToken cancellation)
    {
        var devices = (await _rounds.Store.Directory.DevicesAsync(_account, cancellation)).Select(one => one.Id).ToHashSet();
        over.AddRange(due.Select(one => one.To).Where(one => !devices.Contains(one.Device)));
        due.RemoveAll(one => !devices.Contains(one.To.Device));
        var options = new ParallelOptions { MaxDegreeOfParallelism = _rounds.Limits.AtOnce, CancellationToken = cancellation };
        await Parallel.ForEachAsync(due, options, async (one, stop) =>
        {
            var outcome = await _rounds.SendAsync(one.To, one.News, stop);
            if (outcome.Answer == PushAnswer.Gone)
            {
                lock (over) over.Add(one.To);
            }
            else
            {
                Note(one, outcome);
            }
        });
        foreach (var group in over.GroupBy(one => one.Collection))
        {
            var refusal = await RemoveAsync(group.Key, group.Select(one => one.Id), cancellation);
            if (refusal is not (Refusal.None or Refusal.NotFound)) _rounds.Log.Declined(_account, refusal);
        }
    }

    /// <summary>Who has to be told what, and whose subscription is over.</summary>
    private (List<Due> Due, List<PushSubscription> Over) Look()
    {
        var (due, over) = (new List<Due>(), new List<PushSubscription>());
        var now = _rounds.Time.GetUtcNow();
        DateTimeOffset? next = null;
        lock (_lock)
        {
            var state = _realm.State; // Not before the lock: it must hold what was registered.
            foreach (var (key, told) in _told.ToList())
            {
                var collection = state.Find(key.Collection);
                if (collection is null || !state.IsThere(key.Collection) || PushSubscription.Find(collection, key.Id) is not { } one)
                {
                    _told.Remove(key);
                    CountTold();
                    continue;
                }

                if (one.Until <= now) over.Add(one);
                else if (told.Compare(Picture.Of(state, collection), one) is not { } difference) continue;
                else if (told.NotBefore > now) next = next is null || told.NotBefore < next ? told.NotBefore : next;
                else due.Add(new Due(one, told, difference.Now, NewsOf(one, difference)));
            }
        }

        if (next is { } later) Schedule(later);
        return (due, over);
    }

    private PushNews NewsOf(PushSubscription to, Difference difference)
    {
        var topic = _rounds.Keys.TopicOf(_account, _realm.Realm, to.Collection);
        var slot = _rounds.Keys.SlotOf(topic, to, difference.Content, difference.Properties);
        return new PushNews(topic, difference.Content ? difference.Now.Change : null, difference.Properties, slot);
    }

    private void Note(Due one, PushOutcome outcome)
    {
        var (limits, now) = (_rounds.Limits, _rounds.Time.GetUtcNow());
        lock (_lock)
        {
            if (outcome.Answer == PushAnswer.Later && one.Told.Tries < limits.RetriesMax)
            {
                var wait = outcome.After ?? limits.RetryAfter * Math.Pow(2, one.Told.Tries);
                one.Told.Tries++;
                one.Told.NotBefore = now + (wait < limits.RetryMax ? wait : limits.RetryMax);
            }
            else
            {
                one.Told.Picture = one.Now;
                one.Told.Tries = 0;
                one.Told.NotBefore = now + limits.Pause;
                return;
            }
        }

        Schedule(one.Told.NotBefore);
    }

    private sealed record Due(PushSubscription To, Told Told, Picture Now, PushNews News);
}
