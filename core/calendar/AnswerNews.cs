using CompatBot.Core.Identity;
using CompatBot.Core.Store;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Icalendar.Itip;
using CompatBot.Formats.Vobject;

namespace CompatBot.Core.Calendar;

/// <summary>Told of answers that were taken into an organizer's calendar.</summary>
internal interface IAnswerNews
{
    /// <param name="organizer">Whose calendar it is.</param>
    /// <param name="calendar">The object with the answer.</param>
    /// <param name="from">Who answered.</param>
    ValueTask AnsweredAsync(AccountId organizer, Component calendar, string from, CancellationToken cancellation);
}

/// <summary>
/// Lets the others who attend see an answer at once, in calendars of this server; users elsewhere see it with the organizer's next change.
/// It is a courtesy: what does not get through is told by that change too.
/// </summary>
public sealed class AnswerNews(Accounts accounts, ScheduleDeliveries deliveries, TimeProvider time) : IAnswerNews
{
    /// <summary>Beyond so many attendees nobody is told: that each answer goes to everybody costs the square of them.</summary>
    public const int AttendeesMax = 50;

    async ValueTask IAnswerNews.AnsweredAsync(AccountId organizer, Component calendar, string from, CancellationToken cancellation)
    {
        if (new SchedulingObject(calendar).Attendees.Take(AttendeesMax + 1).Count() > AttendeesMax) return;
        var stamp = CalendarExpansion.UtcText(time.GetUtcNow().ToUnixTimeSeconds());
        foreach (var message in OrganizerMessages.Of(null, calendar, stamp).Where(one => one.To != from))
        {
            if (Address.Parse(message.To) is not { } address) continue;
            if (await accounts.ResolveAsync(address, cancellation) is not { } account || account.Id == organizer) continue;
            await deliveries.DeliverAsync(account, message with { IsNews = true }, isAside: true, cancellation);
        }
    }
}
