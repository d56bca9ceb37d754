using CompatBot.Core.Content.Envelopes;
using CompatBot.Core.Items;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Vault;
using Google.Protobuf;

namespace CompatBot.Core.Calendar.Sharing;

/// <summary>
/// When the share of a calendar has to begin anew: with other members, so that who was one has no key of what comes, and with another
/// epoch, so that the same is true of who had the account's keys. Pure.
/// </summary>
internal static class ShareBeginnings
{
    /// <summary>Whether the share of a calendar as it is there is not what its members want.</summary>
    public static bool AreWanted(ItemState state, CollectionState calendar, RealmKeys keys) =>
        (calendar.Properties.ContainsKey(CalendarShare.Property) || state.Shares.ContainsKey(calendar.Id))
        && Of(state, calendar.Id, CalendarShare.Of(calendar), keys, null) is not null;

    /// <summary>With what it begins, or ends; null: it is right as it is.</summary>
    /// <param name="members">Those that it is to have.</param>
    /// <param name="keys">Of the owner's realm.</param>
    /// <param name="envelopes">What members take envelopes off with.</param>
    public static Operation? Of(
        ItemState state, CollectionId calendar, IReadOnlyList<CalendarShare> members, RealmKeys keys, AccountEnvelopes? envelopes)
    {
        if (calendar == CollectionId.Root || !state.IsThere(calendar)) return null;
        var devices = members.Where(one => one.IsKeyed && !one.HasLeft).Select(one => one.Device).ToHashSet();
        var epoch = keys.Newest.Epoch;
        var now = state.Shares.GetValueOrDefault(calendar);
        if (now is null ? devices.Count == 0 : now.Epoch == epoch && devices.SetEquals(now.Devices)) return null;
        var shared = new CollectionShared { Collection = calendar.Value, Epoch = epoch };
        shared.Devices.AddRange(devices.Select(device => ByteString.CopyFrom(device.ToBytes())));
        if (envelopes is not null && devices.Count > 0)
        {
            shared.Envelopes.AddRange(envelopes.Keys.Select(one =>
                new EnvelopeKey { Epoch = one.Epoch, Key = ByteString.CopyFrom(one.Key.Span) }));
        }

        return new Operation { CollectionShared = shared };
    }
}
