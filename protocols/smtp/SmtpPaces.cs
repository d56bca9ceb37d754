using CompatBot.Core.Store;
using CompatBot.Protocols.Net;

namespace CompatBot.Protocols.Smtp;

/// <summary>How often somebody may do something in an hour. What was used comes back evenly.</summary>
public sealed class HourlyPace<TKey>(int perHour, TimeProvider time) where TKey : notnull
{
    /// <summary>Who is remembered, twice.</summary>
    private const int GenerationMax = 10_000;

    private readonly RecentTable<TKey, (double Used, long At)> _known = new(GenerationMax);
    private readonly Lock _lock = new();

    /// <summary>Counts one.</summary>
    /// <returns>False: it is one too many for now.</returns>
    public bool TryTake(TKey key)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var used = 0.0;
            if (_known.TryGet(key, out var before))
            {
                used = Math.Max(0, before.Used - (time.GetElapsedTime(before.At, now).TotalHours * perHour));
            }

            var isFree = used + 1 <= perHour;
            _known.Set(key, (isFree ? used + 1 : used, now));
            return isFree;
        }
    }
}

/// <summary>Everything that is counted by the hour.</summary>
public sealed class SmtpPaces(SmtpLimits limits, TimeProvider time)
{
    /// <summary>Recipients of a device: a stolen app password sends no thousands of messages before its owner sees it.</summary>
    public HourlyPace<DeviceId> Devices { get; } = new(limits.RecipientsPerHourMax, time);

    /// <summary>Recipients of a stranger's network.</summary>
    public HourlyPace<PeerAddress> Strangers { get; } = new(limits.StrangerRecipientsPerHourMax, time);

    /// <summary>Messages of a sender, by network: whoever forges an address does not stop the mail of its owner.</summary>
    public HourlyPace<(PeerAddress, string)> Senders { get; } = new(limits.SenderMessagesPerHourMax, time);

    /// <summary>Messages of strangers to an account: a bombed mailbox stays of use.</summary>
    public HourlyPace<AccountId> Mailboxes { get; } = new(limits.MailboxMessagesPerHourMax, time);
}
