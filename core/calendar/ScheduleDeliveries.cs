using CompatBot.Core.Calendar.Proto;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Icalendar.Itip;
using CompatBot.Formats.Vobject;
using Google.Protobuf;

namespace CompatBot.Core.Calendar;

/// <summary>
/// Brings scheduling messages to accounts here, whether or not anybody can open their calendars right now: sealed into the calendar
/// realm's dropbox, and taken in from there at once where the key is open.
/// </summary>
public sealed class ScheduleDeliveries(IStore store, OpenAccounts accounts, TimeProvider time)
{
    /// <summary>Longest message, in octets: it is one item of the dropbox.</summary>
    public const int MessageBytesMax = 512 << 10;

    /// <param name="to">Whose calendar it is for.</param>
    /// <param name="message">Its recipient is a user of that account.</param>
    /// <param name="isAside">It is only laid down, and taken in afterwards: for callers that themselves take something in.</param>
    /// <param name="cancellation">Before it is durable.</param>
    /// <returns>None when it is durable; TooLarge, Damaged (the account's profile), StoreFull, Unavailable.</returns>
    public async ValueTask<Refusal> DeliverAsync(
        AccountRecord to, ItipMessage message, bool isAside, CancellationToken cancellation)
    {
        var content = message.ToOctets();
        if (content.Length > MessageBytesMax) return Refusal.TooLarge;
        var dropped = new DroppedSchedule
        {
            Sender = message.From,
            Recipient = message.To,
            Content = UnsafeByteOperations.UnsafeWrap(content),
            Arrived = time.GetUtcNow().ToUnixTimeSeconds(),
            IsNews = message.IsNews,
        };
        return await DropAsync(to, dropped, isAside, cancellation);
    }

    /// <summary>Tells an account about a calendar that is shared.</summary>
    /// <returns>As above.</returns>
    internal ValueTask<Refusal> DeliverAsync(AccountRecord to, DroppedShare share, CancellationToken cancellation) =>
        DropAsync(to, new DroppedSchedule { Share = share }, isAside: false, cancellation);

    private async ValueTask<Refusal> DropAsync(AccountRecord to, DroppedSchedule dropped, bool isAside, CancellationToken cancellation)
    {
        if (Accounts.SealingKeyOf(to, Realm.Calendar) is not { } key) return Refusal.Damaged;
        var item = new DroppedItem(to.Id, Realm.Calendar, DropSeal.Seal(key, to.Id, dropped.ToByteArray()), [])
        {
            Octets = dropped.Content.Length,
        };
        var refusal = await store.Dropbox.PutAsync([item], cancellation);
        if (refusal != Refusal.None) return refusal;
        if (isAside) TakeInLater(to.Id);
        else await TakeInAsync(to.Id, CancellationToken.None);
        return Refusal.None;
    }

    /// <summary>The busy times of an account whose calendar is open.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="from">Seconds since 1970.</param>
    /// <param name="until">Seconds since 1970.</param>
    /// <param name="most">Times.</param>
    /// <param name="except">UID of an event that does not count.</param>
    /// <returns>Type and span; Locked: nobody is connected who may open the calendar; TooMany.</returns>
    public async ValueTask<Outcome<IReadOnlyList<(string Type, long From, long Until)>>> BusyAsync(
        AccountId account, long from, long until, int most, string? except, CancellationToken cancellation)
    {
        if (await accounts.TryJoinAsync(account, cancellation) is not { } lease) return Refusal.Locked;
        await using (lease)
        {
            if (await lease.Account.ItemsAsync(Realm.Calendar, cancellation) is not { } realm) return Refusal.Locked;
            var busy = new List<(string, long, long)>(Availabilities.Busy(realm.State, from, until));
            foreach (var id in ScheduleCalendars.All(realm.State, isTransparent: false))
            {
                if (await realm.LoadAsync(id, cancellation) is not { Table: { } table }) continue;
                foreach (var row in table.Rows)
                {
                    if (row.Facts.From >= until || row.Facts.Until <= from || (except is not null && row.Facts.Uid == except)) continue;
                    var octets = await realm.Contents.Read(row.Content, row.Size).ReadAllAsync(cancellation);
                    if (Component.Read(octets.Span, out var roots) is not null) continue;
                    busy.AddRange(CalendarQueries.Busy(new CalendarObject(roots[0]), from, until).Take(most + 1 - busy.Count));
                    if (busy.Count > most) return Refusal.TooMany;
                }
            }

            return busy;
        }
    }

    private void TakeInLater(AccountId account)
    {
        // Nobody waits for it: should it fail, the next message or opening takes it in.
        _ = Task.Run(() => TakeInAsync(account, CancellationToken.None).AsTask()).ContinueWith(
            static work => work.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private async ValueTask TakeInAsync(AccountId account, CancellationToken cancellation)
    {
        if (await accounts.TryJoinAsync(account, cancellation) is not { } lease) return;
        await using (lease)
        {
            var realm = await lease.Account.ItemsAsync(Realm.Calendar, cancellation);
            if (realm?.Schedule is { } intake) await intake.TakeInAsync(cancellation);
        }
    }
}
