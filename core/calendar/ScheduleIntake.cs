using System.Text;
using CompatBot.Core.Calendar.Proto;
using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Formats.Icalendar.Itip;
using CompatBot.Formats.Vobject;
using Google.Protobuf;
using ItemRow = CompatBot.Core.Items.ItemRow;

namespace CompatBot.Core.Calendar;

/// <summary>
/// Takes scheduling messages out of the calendar realm's dropbox into the calendars, in arrival order and exactly once: one entry has
/// what a message makes of an event, its copy for the inbox, and up to which arrival number the dropbox is taken.
/// </summary>
internal sealed class ScheduleIntake(AccountId account, RealmKeys keys, IStore store, ItemRealm realm, Intakes? intakes)
{
    /// <summary>Messages that are taken in at once; what is more waits for the next arrival or opening.</summary>
    public const int MessagesMax = 500;

    /// <summary>Messages that stay in the inbox: most clients never look there, and the oldest go.</summary>
    public const int InboxMax = 500;

    /// <summary>Octets that an event may grow to.</summary>
    private const int ObjectBytesMax = 10 << 20;

    private const int TriesMax = 5;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private bool _swept;

    /// <summary>Takes in what waits. What is refused goes on waiting.</summary>
    public async ValueTask TakeInAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            var (through, count) = (0UL, 0);
            var after = _swept ? realm.State.DropboxThrough : 0;
            await foreach (var (number, bytes) in store.Dropbox.ReadAsync(account, Realm.Calendar, after, cancellation))
            {
                if (number > realm.State.DropboxThrough)
                {
                    if (count++ == MessagesMax || await DropEpochs.IsAheadAsync(store.Directory, account, keys, bytes, cancellation)) break;
                    var refusal = await TakeAsync(number, bytes, cancellation);
                    if (refusal != Refusal.None)
                    {
                        intakes?.Log.IntakeFailed(account, refusal, null);
                        break;
                    }
                }

                through = number;
            }

            if (through == 0) return;
            _swept = await store.Dropbox.DeleteAsync(account, Realm.Calendar, through, [], CancellationToken.None) == Refusal.None;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask<Refusal> TakeAsync(ulong number, byte[] bytes, CancellationToken cancellation)
    {
        for (var tries = 0; ; tries++)
        {
            var dropped = Open(bytes);
            if (dropped?.Share is { } share)
            {
                var empty = await NoticeAsync(cancellation);
                if (empty.Declined) return empty.Refusal;
                var take = ShareIntake.Take(share, number, empty.Value!);
                var told = await realm.CommitAsync(null, take, empty.Value!.Content.Blobs, cancellation);
                if (told.Refusal == Refusal.None && share.HasLeft) await realm.RefreshSharesAsync(cancellation);
                return told.Refusal;
            }

            var judged = dropped is null ? await DamagedAsync(bytes, cancellation)
                : Component.Read(dropped.Content.Span, out var roots) is null && roots is [{ Name: "VCALENDAR" } message]
                    ? await JudgeAsync(message, dropped, cancellation)
                    : Judged.Nothing;
            if (judged.Declined) return judged.Refusal;
            var (puts, answered) = judged.Value;
            var blobs = puts.SelectMany(put => put.Item.Content.Blobs).ToList();
            var taken = await realm.CommitAsync(null, Build(puts, number), blobs, cancellation);
            if (taken.Refusal == Refusal.None && answered is not null && intakes?.Answers is { } news)
            {
                await news.AnsweredAsync(account, answered, dropped!.Sender, cancellation);
            }

            if (taken.Refusal != Refusal.Conflict || tries == TriesMax) return taken.Refusal;
        }
    }

    /// <summary>What a notification about a shared calendar is made of: no octets.</summary>
    private async ValueTask<Outcome<NewItem>> NoticeAsync(CancellationToken cancellation)
    {
        if (ScheduleCalendars.Find(realm.State, CollectionKind.Notifications) is { } box) await realm.LoadAsync(box.Id, cancellation);
        using var writer = new ItemWriter(realm.Contents);
        return await writer.CompleteAsync("application/xml; charset=utf-8", cancellation);
    }

    private DroppedSchedule? Open(byte[] bytes)
    {
        try
        {
            return DropSeal.Open(keys, account, bytes) is { } plain ? DroppedSchedule.Parser.ParseFrom(plain) : null;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private async ValueTask<Outcome<Judged>> JudgeAsync(Component message, DroppedSchedule dropped, CancellationToken cancellation)
    {
        var part = message.Components.FirstOrDefault(one => one.Name != "VTIMEZONE");
        if (part?.Find("UID")?.Text.Trim() is not { Length: > 0 } uid) return Judged.Nothing;
        var found = await FindAsync(uid, cancellation);
        var existing = found is var (_, row) ? await ReadAsync(row, cancellation) : null;
        if (dropped.IsNews && existing is null) return Judged.Nothing;
        var taken = ItipTaking.Take(existing, message, dropped.Recipient, dropped.Sender);
        if (taken is not null && existing is not null && Octets(taken.Calendar).AsSpan().SequenceEqual(Octets(existing))) taken = null;
        var puts = new List<Putting>();
        if (taken is not null)
        {
            var home = found?.Collection ?? ScheduleCalendars.Default(realm.State, ObjectReader.ComponentOf(part.Name))?.Id;
            if (home is { } calendar && await realm.LoadAsync(calendar, cancellation) is { } opened)
            {
                var name = found?.Row.Name ?? ItemNames.FreeName(opened, uid, ".ics");
                var change = taken.IsAnswer ? ScheduleChange.Answer : ScheduleChange.Change;
                var written = await WriteAsync(taken.Calendar, change, cancellation);
                if (written.Declined) return written.Refusal;
                if (written.Value!.Content.Length > ObjectBytesMax) return Judged.Nothing;
                puts.Add(new Putting(new ItemPlace(calendar, name), written.Value, found?.Row.Version ?? 0));
            }
        }

        var isForPeople = existing is not null && message.Find("METHOD")?.Value.Trim().ToUpperInvariant()
            is "COUNTER" or "DECLINECOUNTER" or "REFRESH";
        var judged = new Judged(puts, taken is { IsAnswer: true, IsQuiet: false } ? taken.Calendar : null);
        if (taken is { IsQuiet: true } || (taken is null && !isForPeople)) return judged;
        if (ScheduleCalendars.Find(realm.State, CollectionKind.ScheduleInbox) is not { } inbox) return judged;
        await realm.LoadAsync(inbox.Id, cancellation);
        var copy = await WriteAsync(message, ScheduleChange.None, cancellation);
        if (copy.Declined) return copy.Refusal;
        puts.Add(new Putting(new ItemPlace(inbox.Id, Guid.NewGuid() + ".ics"), copy.Value!, 0));
        return judged;
    }

    /// <summary>What does not open is never thrown away: it reaches the owner as it is, in a note that says so.</summary>
    private async ValueTask<Outcome<Judged>> DamagedAsync(byte[] bytes, CancellationToken cancellation)
    {
        if (ScheduleCalendars.Find(realm.State, CollectionKind.ScheduleInbox) is not { } inbox) return Refusal.Unavailable;
        await realm.LoadAsync(inbox.Id, cancellation);
        var note = new Component("VJOURNAL").With(
            [
                new ContentLine("UID", [], Guid.NewGuid().ToString()),
                new ContentLine("SUMMARY", [], "A scheduling message could not be opened"),
                new ContentLine(
                    "ATTACH", [new Parameter("ENCODING", ["BASE64"]), new Parameter("VALUE", ["BINARY"])], Convert.ToBase64String(bytes)),
            ],
            []);
        var written = await WriteAsync(ItipMessage.Wrap(note, null, [note]), ScheduleChange.None, cancellation);
        if (written.Declined) return written.Refusal;
        return new Judged([new(new ItemPlace(inbox.Id, Guid.NewGuid() + ".ics"), written.Value!, 0)], null);
    }

    /// <summary>The object with a UID, in whichever calendar it is; one that is scheduled before one that is not.</summary>
    private async ValueTask<(CollectionId Collection, ItemRow Row)?> FindAsync(string uid, CancellationToken cancellation)
    {
        (CollectionId, ItemRow)? found = null;
        foreach (var id in ScheduleCalendars.All(realm.State, isTransparent: true).ToList())
        {
            if (await realm.LoadAsync(id, cancellation) is not { Table: { } table }) continue;
            if (table.Rows.FirstOrDefault(row => row.Facts.Uid == uid) is not { } row) continue;
            if (row.Schedule > 0) return (id, row);
            found ??= (id, row);
        }

        return found;
    }

    private async ValueTask<Component?> ReadAsync(ItemRow row, CancellationToken cancellation)
    {
        var octets = await realm.Contents.Read(row.Content, row.Size).ReadAllAsync(cancellation);
        return Component.Read(octets.Span, out var roots) is null ? roots[0] : null;
    }

    private async ValueTask<Outcome<NewItem>> WriteAsync(Component calendar, ScheduleChange change, CancellationToken cancellation)
    {
        var octets = Octets(calendar);
        ObjectReader.ReadCalendar(octets, out var facts);
        var item = await ItemWriter.CalendarObjectAsync(realm.Contents, octets, facts, cancellation);
        return item.Declined ? item.Refusal : item.Value! with { Schedule = change };
    }

    private static byte[] Octets(Component calendar)
    {
        var text = new StringBuilder();
        calendar.Write(text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static Func<ItemState, DateTimeOffset, Proposal<bool>> Build(IReadOnlyList<Putting> puts, ulong number) => (state, now) =>
    {
        if (state.DropboxThrough >= number) return Proposal<bool>.Nothing(false); // Another writer of the account took it in.
        var change = new Change();
        var next = state.NextId;
        foreach (var put in puts)
        {
            if (!state.IsThere(put.Place.Parent)) return Refusal.Conflict;
            var before = state.Item(put.Place);
            if ((before?.Version ?? 0) != put.Version) return Refusal.Conflict;
            var row = ItemChanges.Row(put.Place, put.Item, before, next, JournalClock.MicrosecondsOf(now));
            if (before is null) next++;
            change.Operations.Add(ItemChanges.Putting(put.Place.Parent, row, before));
            var parent = state.Collections[put.Place.Parent];
            if (parent.Kind != CollectionKind.ScheduleInbox || parent.Count < InboxMax) continue;
            var oldest = parent.Items.Rows.MinBy(one => one.Created)!;
            change.Operations.Add(new Operation
            {
                ItemRemoved = new ItemRemoved { Collection = parent.Id.Value, Row = oldest.Write(stored: true) },
            });
        }

        change.Operations.Add(new Operation { DropboxTaken = new DropboxTaken { Through = number } });
        return Proposal<bool>.Commit(change, true);
    };

    /// <summary>What a message makes of the calendar.</summary>
    /// <param name="Answered">The event that has an answer now.</param>
    private sealed record Judged(IReadOnlyList<Putting> Puts, Component? Answered)
    {
        public static Judged Nothing { get; } = new([], null);
    }

    /// <param name="Version">Of what is there now; 0: nothing.</param>
    private sealed record Putting(ItemPlace Place, NewItem Item, ulong Version);
}
