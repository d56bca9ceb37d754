using System.Security.Cryptography;
using CompatBot.Core.Calendar.Proto;
using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Store;

namespace CompatBot.Core.Calendar.Sharing;

/// <summary>
/// Shares calendars between accounts of this server. A member gets a device of the owner's account, made for this share, whose password
/// lies in the member's own calendar realm: so the member needs nobody's presence, and the owner takes it back by revoking the device.
/// The device of who shares one calendar opens that calendar alone, by the share's own key; of who acts in all of them, the realm.
/// </summary>
public sealed class CalendarSharing(Accounts accounts, ScheduleDeliveries deliveries)
{
    /// <summary>Accounts with which one calendar is shared, each a device of the owner.</summary>
    public const int MembersMax = 50;

    /// <summary>
    /// Events of a calendar that is to be shared: each time that its members change, all of it is written once more, in one entry. It may
    /// grow beyond that to some three times as many.
    /// </summary>
    public const int ItemsMax = 20_000;

    private const int LabelCharactersMax = 60;

    /// <summary>Lets an account use a calendar, or changes what it may do there.</summary>
    /// <param name="owner">A session of a full device.</param>
    /// <param name="items">The owner's calendar realm.</param>
    /// <param name="calendar">In it; the root: all calendars, also those to come.</param>
    /// <param name="address">Of the member.</param>
    /// <param name="mayWrite">Events too; the calendar's own properties are each member's own.</param>
    /// <param name="name">What the owner calls the member; may be empty.</param>
    /// <param name="cancellation">Before the member is told.</param>
    /// <returns>
    /// None; NotFound (no such account here, or calendar), Invalid (the owner itself), NotPermitted (no full device that may write),
    /// TooMany, and what a new device or a commit is refused with.
    /// </returns>
    public async ValueTask<Refusal> ShareAsync(
        Session owner, ItemStore items, CollectionId calendar, string address, bool mayWrite, string name, CancellationToken cancellation)
    {
        var wanted = new CalendarShare("", address, mayWrite, false, default, name);
        return await ShareAsync(
            owner.Account, device => owner.AddDeviceAsync(accounts, device, cancellation), items, calendar, wanted, cancellation);
    }

    /// <summary>
    /// Gives the calendars that an earlier version shared, which gave members the keys of all calendars, keys of their own, and their
    /// members devices for them. A copy of the store from before, and what follows in this epoch, opens with what members were given then.
    /// </summary>
    /// <returns>False: there are such, and no full device is connected, or it failed.</returns>
    internal async ValueTask<bool> GiveKeysAsync(Account owner, ItemStore items, CancellationToken cancellation)
    {
        var shares = from id in items.State.Root.Children.Values
            from share in CalendarShare.Of(items.State.Collections[id])
            where !share.HasLeft
            select (Calendar: id, Share: share);
        var isDone = true;
        foreach (var (calendar, share) in shares.ToList())
        {
            // With a former device that is there still, somebody did not come to tell the member.
            var isFormer = !share.IsKeyed
                || (share.Former != default && await accounts.IsLiveAsync(owner.Id, share.Former, cancellation));
            if (!isFormer) continue;
            var refusal = owner.FullKeyring is { } keyring
                ? await ShareAsync(
                    owner.Id, device => accounts.AddDeviceAsync(keyring, device, cancellation), items, calendar, share, cancellation)
                : Refusal.NotPermitted;
            isDone &= refusal is Refusal.None or Refusal.NotFound; // Or the member's account is gone.
        }

        return isDone;
    }

    private async ValueTask<Refusal> ShareAsync(
        AccountId owner,
        Func<NewDevice, ValueTask<Outcome<CreatedDevice>>> addDevice,
        ItemStore items,
        CollectionId calendar,
        CalendarShare wanted,
        CancellationToken cancellation)
    {
        var (address, mayWrite) = (wanted.Address, wanted.MayWrite);
        var isAll = calendar == CollectionId.Root;
        if (items.State.Find(calendar) is not { RemovedAt: 0 } shared) return Refusal.NotFound;
        if (!isAll && shared.Kind != CollectionKind.Calendar) return Refusal.NotFound;
        if (await ResolveAsync(address, cancellation) is not { } member) return Refusal.NotFound;
        if (member.Id == owner) return Refusal.Invalid;
        var known = CalendarShare.Of(shared).FirstOrDefault(one => one.Address == member.Address);
        if (known is null && CalendarShare.Of(shared).Count >= MembersMax) return Refusal.TooMany;
        if (!isAll && known?.IsKeyed != true && shared.Count > ItemsMax) return Refusal.TooMany;
        var label = (isAll ? "all calendars" : $"calendar {shared.Name}") + $" for {member.Address}";
        if (label.Length > LabelCharactersMax) label = label[..LabelCharactersMax];
        var scopes = Scopes.Parse((mayWrite ? "calendar share" : "calendar:read share") + (isAll ? "" : " member"))!;
        var made = await addDevice(new NewDevice(label, scopes));
        if (made.Declined) return made.Refusal;
        var uid = known?.Uid ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var share = new CalendarShare(uid, member.Address, mayWrite, false, made.Value!.Id, wanted.Name)
        {
            Key = isAll ? "" : Convert.ToBase64String(made.Value.PublicKey.Span),
            Epoch = made.Value.Epoch,
            Former = isAll || known is null ? default : known.IsKeyed ? known.Former : known.Device,
        };
        var recorded = await items.ShareAsync(calendar, shares => [.. shares.Where(one => one.Uid != uid), share], cancellation);
        if (recorded.Declined)
        {
            await accounts.RevokeAsync(owner, made.Value.Id, CancellationToken.None);
            return recorded.Refusal;
        }

        var told = new DroppedShare
        {
            Uid = uid,
            Owner = (await accounts.AddressesAsync(owner, CancellationToken.None))[0],
            Calendar = calendar.Value,
            Title = TitleOf(shared),
            MayWrite = mayWrite,
            Password = made.Value.Password.Text,
        };
        var refusal = await deliveries.DeliverAsync(member, told, CancellationToken.None);
        if (refusal == Refusal.None && known is not null) await RevokeAsync(owner, known);
        return refusal;
    }

    private async ValueTask RevokeAsync(AccountId owner, CalendarShare share)
    {
        await accounts.RevokeAsync(owner, share.Device, CancellationToken.None);
        if (share.Former != default) await accounts.RevokeAsync(owner, share.Former, CancellationToken.None);
    }

    /// <summary>
    /// Takes a calendar back: the member's next request fails, and those that run are cut. A copy of the store from before still opens with
    /// what the member's account holds; what follows has another key. Of who acted in all calendars, or shared one by an earlier version,
    /// what follows in this epoch opens too: <see cref="LockOutAsync"/> ends that.
    /// </summary>
    /// <returns>None; NotFound (it is not shared with that account), or what the commit is refused with.</returns>
    public async ValueTask<Refusal> UnshareAsync(
        Session owner, ItemStore items, CollectionId calendar, string address, CancellationToken cancellation)
    {
        if (await FindAsync(items, calendar, address, cancellation) is not { } share) return Refusal.NotFound;
        var recorded = await items.ShareAsync(calendar, shares => [.. shares.Where(one => one.Uid != share.Uid)], cancellation);
        if (recorded.Declined) return recorded.Refusal;
        await EndAsync(owner.Account, [share], CancellationToken.None);
        return Refusal.None;
    }

    /// <summary>
    /// Takes a calendar back, and begins a new epoch of the owner's account: also who kept the share's password opens nothing that is
    /// written from then on, in whichever copy of the store. As with each rotation, the account's links end.
    /// </summary>
    /// <param name="words">The owner's, where they are at hand.</param>
    /// <returns>
    /// As <see cref="UnshareAsync"/>, or as <see cref="Session.RotateAsync"/>: then nothing was changed, or what has a key of its own was
    /// taken back all the same.
    /// </returns>
    public async ValueTask<Refusal> LockOutAsync(
        Session owner, ItemStore items, CollectionId calendar, string address, Words? words, CancellationToken cancellation)
    {
        if (await FindAsync(items, calendar, address, cancellation) is not { } share) return Refusal.NotFound;
        if (share.IsKeyed && owner.Scopes is { Full: true, ReadOnly: false })
        {
            // First, as the rotation gives those who share it then a key of its epoch.
            var ended = await UnshareAsync(owner, items, calendar, address, CancellationToken.None);
            return ended == Refusal.None ? (await owner.RotateAsync(accounts, words, [], CancellationToken.None)).Refusal : ended;
        }

        var isLive = await accounts.IsLiveAsync(owner.Account, share.Device, cancellation);
        var rotated = await owner.RotateAsync(accounts, words, isLive ? [share.Device] : [], cancellation);
        return rotated.Declined
            ? rotated.Refusal
            : await UnshareAsync(owner, items, calendar, address, CancellationToken.None);
    }

    /// <summary>Ends what was shared of a calendar that its owner removed.</summary>
    public async ValueTask EndAsync(AccountId owner, IReadOnlyList<CalendarShare> shares, CancellationToken cancellation)
    {
        foreach (var share in shares)
        {
            await RevokeAsync(owner, share);
            if (share.HasLeft || await accounts.FindAsync(share.Address, cancellation) is not { } member) continue;
            await deliveries.DeliverAsync(member, new DroppedShare { Uid = share.Uid, IsOver = true }, cancellation);
        }
    }

    /// <summary>A member says that it uses a calendar: the owner is told.</summary>
    /// <returns>None, also where the owner is gone; StoreFull, Unavailable.</returns>
    public async ValueTask<Refusal> AcceptAsync(SharedCalendar shared, CancellationToken cancellation)
    {
        if (await accounts.FindAsync(shared.Owner, cancellation) is not { } record) return Refusal.None;
        var told = new DroppedShare { Uid = shared.Uid, Calendar = shared.Calendar.Value, HasAccepted = true };
        return await deliveries.DeliverAsync(record, told, cancellation);
    }

    /// <summary>A member does not want a calendar any more: its device goes, and the owner's calendar says so.</summary>
    /// <param name="shared">Its collection is removed already.</param>
    /// <param name="owner">The session that the share's password opens; null: it does not any more.</param>
    public async ValueTask LeaveAsync(SharedCalendar shared, Session? owner, CancellationToken cancellation)
    {
        if (owner is null || await accounts.FindAsync(shared.Owner, cancellation) is not { } record) return;
        var told = new DroppedShare { Uid = shared.Uid, Calendar = shared.Calendar.Value, HasLeft = true };
        await deliveries.DeliverAsync(record, told, cancellation);
        await accounts.RevokeAsync(owner.Account, owner.Device, cancellation);
    }

    internal static string TitleOf(CollectionState calendar) =>
        calendar.Properties.GetValueOrDefault(FirstCollections.DisplayName) is { } title ? ScheduleCalendars.TextOf(title) : calendar.Name;

    private async ValueTask<CalendarShare?> FindAsync(
        ItemStore items, CollectionId calendar, string address, CancellationToken cancellation)
    {
        var named = (await ResolveAsync(address, cancellation))?.Address ?? address;
        return items.State.Find(calendar) is { } shared ? CalendarShare.Of(shared).FirstOrDefault(one => one.Address == named) : null;
    }

    private async ValueTask<AccountRecord?> ResolveAsync(string address, CancellationToken cancellation) =>
        Address.Parse(address) is { } parsed ? await accounts.ResolveAsync(parsed, cancellation) : null;
}
