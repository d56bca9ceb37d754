using System.Collections.Concurrent;
using CompatBot.Core.Store;

namespace CompatBot.Protocols.Dav.Scheduling;

/// <summary>How many scheduling messages an account sends by mail in an hour.</summary>
public sealed class InvitationPace(int mostInAnHour, TimeProvider time)
{
    private readonly ConcurrentDictionary<AccountId, (long Hour, int Count)> _sent = new();

    /// <summary>Counts messages; false: they are too many, and none is counted.</summary>
    public bool Take(AccountId account, int count)
    {
        var hour = time.GetUtcNow().ToUnixTimeSeconds() / 3600;
        foreach (var (old, (then, _)) in _sent) if (then < hour) _sent.TryRemove(old, out _);
        while (true)
        {
            var known = _sent.GetOrAdd(account, (hour, 0));
            var before = known.Hour == hour ? known.Count : 0;
            if (before + count > mostInAnHour) return false;
            if (_sent.TryUpdate(account, (hour, before + count), known)) return true;
        }
    }
}
