using CompatBot.Core.Store;
using CompatBot.Protocols.Net;

namespace CompatBot.Protocols.Smtp;

/// <summary>
/// How many recipients a device may write to in an hour: a stolen app password sends no thousands of messages before its owner sees it.
/// What was used comes back evenly.
/// </summary>
public sealed class SubmissionPace(int recipientsPerHour, TimeProvider time)
{
    /// <summary>Devices that are remembered, twice.</summary>
    private const int GenerationMax = 10_000;

    private readonly RecentTable<DeviceId, (double Used, long At)> _devices = new(GenerationMax);
    private readonly Lock _lock = new();

    /// <summary>Counts a recipient.</summary>
    /// <returns>False: it is one too many for now.</returns>
    public bool TryTake(DeviceId device)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var used = 0.0;
            if (_devices.TryGet(device, out var before))
            {
                used = Math.Max(0, before.Used - (time.GetElapsedTime(before.At, now).TotalHours * recipientsPerHour));
            }

            var isFree = used + 1 <= recipientsPerHour;
            _devices.Set(device, (isFree ? used + 1 : used, now));
            return isFree;
        }
    }
}
