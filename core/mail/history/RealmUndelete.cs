using CompatBot.Core.Content;
using CompatBot.Core.Store;

namespace CompatBot.Core.Mail.History;

/// <summary>
/// Brings back what a past state had and the newest has not. Mailboxes come back as they were; messages to the mailbox that they
/// were deleted from. A message that was moved elsewhere is not lost, and stays where it is.
/// </summary>
internal sealed class RealmUndelete(MailRealm realm, DeviceId device, MailState past)
{
    /// <summary>Contents that the past state has and the newest has nowhere.</summary>
    private readonly HashSet<ContentRef> _lost = [];

    /// <summary>As <see cref="MailHistory.UndeleteAllAsync"/>.</summary>
    public async ValueTask<Outcome<Undeleted>> RunAsync(CancellationToken cancellation)
    {
        await FindLostAsync(cancellation);
        var (mailboxes, messages) = (0, 0);
        foreach (var deleted in (await realm.SettledAsync(cancellation)).Deleted.Values.OrderBy(one => one.Mailbox.Id.Value))
        {
            if (deleted.Sequence <= past.Sequence || !await IsWantedAsync(deleted, cancellation)) continue;
            var name = past.Find(deleted.Mailbox.Id)?.Name ?? deleted.Mailbox.Name;
            var restored = await realm.CommitAsync(
                device, MailUndelete.Mailbox(deleted.Mailbox.Id, name, anyName: true), [], cancellation);
            if (restored.Declined) return restored.Refusal;
            mailboxes++;
        }

        // First what was deleted where it stood; then what was moved, and deleted at its new place.
        foreach (var exact in (bool[])[true, false])
        {
            foreach (var id in realm.State.Mailboxes.Keys.OrderBy(id => id.Value))
            {
                var then = past.Find(id)?.Messages;
                var undeleted = await MessagesAsync(
                    realm, device, id, row => exact ? then?.IndexOf(row.Uid) >= 0 : _lost.Contains(row.Content), !exact, cancellation);
                if (undeleted.Declined) return undeleted.Refusal;
                messages += undeleted.Value;
                if (!exact && undeleted.Value > 0) await FindLostAsync(cancellation);
            }

            await FindLostAsync(cancellation);
        }

        return new Undeleted(mailboxes, messages);
    }

    /// <summary>Brings back buried messages of a mailbox, in as many changes as it takes.</summary>
    public static async ValueTask<Outcome<int>> MessagesAsync(
        MailRealm realm, DeviceId device, MailboxId id, Func<MessageRow, bool> wanted, bool once, CancellationToken cancellation)
    {
        for (var count = 0; ;)
        {
            if (realm.State.Find(id) is not { Graves.Count: > 0 }) return count;
            await realm.LoadGravesAsync(id, cancellation);
            var undeleted = await realm.CommitAsync(device, MailUndelete.Messages(id, wanted, once), [], cancellation);
            if (undeleted.Declined) return undeleted.Refusal;
            count += undeleted.Value;
            if (undeleted.Value < MailUndelete.MessagesMax) return count;
        }
    }

    private async ValueTask<bool> IsWantedAsync(DeletedMailbox deleted, CancellationToken cancellation)
    {
        if (past.Find(deleted.Mailbox.Id) is not null) return true;
        await foreach (var segment in realm.MessagesAsync(deleted.Mailbox, cancellation))
        {
            if (AnyLost(segment)) return true;
        }

        await foreach (var segment in realm.GravesAsync(realm.State, deleted.Mailbox, cancellation))
        {
            if (AnyLost(segment)) return true;
        }

        return false;
    }

    private bool AnyLost(MessageSegment segment) => segment.Contents.Any(_lost.Contains);

    private async ValueTask FindLostAsync(CancellationToken cancellation)
    {
        _lost.Clear();
        foreach (var mailbox in past.Mailboxes.Values)
        {
            foreach (var segment in mailbox.Messages.Segments()) _lost.UnionWith(segment.Contents);
        }

        foreach (var mailbox in (await realm.SettledAsync(cancellation)).Mailboxes.Values)
        {
            await foreach (var segment in realm.MessagesAsync(mailbox, cancellation)) _lost.ExceptWith(segment.Contents);
        }
    }
}
