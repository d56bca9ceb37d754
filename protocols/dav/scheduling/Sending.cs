using CompatBot.Core.Calendar;
using CompatBot.Core.Items;
using CompatBot.Core.Queue;
using CompatBot.Core.Store;
using CompatBot.Formats.Icalendar.Itip;
using CompatBot.Formats.Vobject;

namespace CompatBot.Protocols.Dav.Scheduling;

/// <summary>
/// What a change has to tell others, on its way: kept by the change's own commit, sent when that is durable, and then forgotten. What an
/// earlier process kept and did not send goes when the account is unlocked (<see cref="UnsentSchedules"/>), or with the first request that
/// comes to the calendar. So each message is sent at least once; taking one twice changes nothing.
/// </summary>
internal sealed class Sending : IDisposable
{
    private readonly DavServices _services;
    private readonly AccountId _account;
    private readonly ItemStore _items;
    private readonly IReadOnlyList<SchedulePost> _posts;
    private readonly string? _name;

    private Sending(
        DavServices services, AccountId account, ItemStore items, IReadOnlyList<SchedulePost> posts, string? name) =>
        (_services, _account, _items, _posts, _name) = (services, account, items, posts, name);

    /// <summary>Belongs into the change's commit; null: nobody has to hear of it.</summary>
    public OutgoingSchedule? Kept { get; private init; }

    /// <param name="posts">What a plan has.</param>
    public static async ValueTask<Sending> BeginAsync(DavRequest request, ItemStore items, IEnumerable<SchedulePost> posts)
    {
        List<SchedulePost> ways = [.. posts.Where(post => post.Account is not null || post.GoesByMail)];
        var (services, account) = (request.Services, request.Login.Session.Account);
        if (ways.Count == 0) return new Sending(services, account, items, ways, null);
        var messages = ways.ConvertAll(post => post.Message);
        var kept = DavException.Unless(await OutgoingSchedule.WriteAsync(items, messages, request.Cancellation));
        services.Sendings.TryAdd(kept.Name, true);
        return new Sending(services, account, items, ways, kept.Name) { Kept = kept };
    }

    /// <summary>Sends what earlier processes did not come to send.</summary>
    /// <param name="account">Whose calendar realm it is.</param>
    public static async ValueTask ResumeAsync(
        DavServices services, AccountId account, ItemStore items, CancellationToken cancellation)
    {
        if (items.ReadOnly || items.State.Uploads.Children.IsEmpty || services.Schedules is null) return;
        foreach (var name in OutgoingSchedule.Waiting(items.State).ToList())
        {
            if (!services.Sendings.TryAdd(name, true)) continue; // Somebody is about to.
            using var sending = new Sending(services, account, items, [], name);
            if (await OutgoingSchedule.ReadAsync(items, name, cancellation) is not { } messages) continue;
            var posts = new List<SchedulePost>();
            foreach (var message in messages)
            {
                var (to, status) = await Scheduler.ResolveAsync(services, message.To, cancellation);
                posts.Add(new SchedulePost(message, to, status));
            }

            await sending.SendAsync(posts);
        }
    }

    /// <summary>Sends all, once the change is durable. What fares otherwise than was expected is said in the object.</summary>
    public ValueTask SendAsync() => SendAsync(_posts);

    /// <summary>From here on another may try.</summary>
    public void Dispose()
    {
        if (_name is not null) _services.Sendings.TryRemove(_name, out _);
    }

    private async ValueTask SendAsync(IReadOnlyList<SchedulePost> posts)
    {
        var failed = new List<ItipMessage>();
        foreach (var post in posts)
        {
            var refusal = await DeliverAsync(_services, _account, post);
            if (refusal != Refusal.None) failed.Add(post.Message);
        }

        if (failed.Count > 0) await TellAsync(failed);
        if (_name is not null) await _items.AbortUploadAsync(_name, CancellationToken.None);
    }

    /// <summary>Brings one message where it goes.</summary>
    /// <param name="account">Who sends it.</param>
    /// <returns>None: it is there, or queued, durably; NotFound: there is no way.</returns>
    public static async ValueTask<Refusal> DeliverAsync(DavServices services, AccountId account, SchedulePost post) =>
        post.Account is not null
            ? await services.Schedules!.DeliverAsync(post.Account, post.Message, isAside: false, CancellationToken.None)
            : post.GoesByMail ? await MailAsync(services, account, post.Message)
            : Refusal.NotFound;

    private static async ValueTask<Refusal> MailAsync(DavServices services, AccountId account, ItipMessage message)
    {
        var octets = InvitationMail.Write(message, services.Time.GetUtcNow());
        return await services.Post!.SendAsync(
            new OutgoingMail(account, message.From, message.To, Once(octets)), CancellationToken.None);

        static async IAsyncEnumerable<ReadOnlyMemory<byte>> Once(ReadOnlyMemory<byte> all)
        {
            await Task.CompletedTask;
            yield return all;
        }
    }

    /// <summary>Says in the object whom a message did not reach (RFC 6638 section 7.3), if it is still there.</summary>
    private async ValueTask TellAsync(List<ItipMessage> failed)
    {
        var users = failed.ConvertAll(message => message.To).ToHashSet(StringComparer.Ordinal);
        if (failed[0].Calendar.Components.First(one => one.Name != "VTIMEZONE").Find("UID")?.Text.Trim() is not { } uid) return;
        if (await Scheduler.FindAsync(_items, uid, CancellationToken.None) is not var (place, row)) return;
        var octets = await _items.Read(row).ReadAllAsync(CancellationToken.None);
        if (Component.Read(octets.Span, out var roots) is not null) return;
        var told = Answers.WithStatus(roots[0], user => users.Contains(user) ? "5.1" : null);
        using var writer = _items.Write();
        if (await writer.WriteAsync(Scheduler.Octets(told), CancellationToken.None) != Refusal.None) return;
        var written = await writer.CompleteAsync(row.MediaType, CancellationToken.None);
        if (written.Declined) return;
        await _items.PutAsync(
            place,
            written.Value! with { Facts = row.Facts, Schedule = ScheduleChange.Answer },
            state => state.Item(place)?.Version == row.Version ? Refusal.None : Refusal.Conflict,
            CancellationToken.None);
    }
}
