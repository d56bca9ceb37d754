using CompatBot.Core.Calendar;
using CompatBot.Core.Items;
using CompatBot.Core.Store;

namespace CompatBot.Protocols.Dav.Scheduling;

/// <summary>Sends what waits as a request to the calendar would, without one.</summary>
public sealed class ScheduleSender(DavServices services) : IScheduleSender
{
    public ValueTask SendWaitingAsync(AccountId account, ItemStore items, CancellationToken cancellation) =>
        Sending.ResumeAsync(services, account, items, cancellation);
}
