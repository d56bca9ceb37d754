using CompatBot.Core.Content;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Calendar.Attachments;

/// <summary>
/// Opens managed attachments for whoever has their URL (RFC 8607 section 3.12.2): who attends may have no account here, and the organizer's
/// need not be open. Where it is open, only what an object names is there; where it is closed, what is not collected as garbage yet.
/// </summary>
public sealed class AttachmentLinks(IStore store, OpenAccounts accounts, TimeProvider time) : IDisposable
{
    /// <summary>Names nothing that is ever written: whoever reads by a URL has no naming key of the account.</summary>
    private readonly SecretBytes _noNames = SecretBytes.Random(Sodium.KeyBytes);

    /// <returns>The octets, of which the first were read; null: nothing is there.</returns>
    public async ValueTask<ContentReader?> OpenAsync(AttachmentToken token, CancellationToken cancellation)
    {
        var content = new Contents(token.Account, Realm.Calendar, _noNames, store.Blobs, time).Read(token.Content, token.Size);
        try
        {
            var first = await content.ReadAsync(0, cancellation); // A made-up URL ends here, before anybody looks through calendars.
            var isWhole = token.Content.Depth > 0 || first.Length == token.Size;
            return isWhole && await IsNamedAsync(token, cancellation) ? content : null;
        }
        catch (ContentException)
        {
            return null;
        }
    }

    public void Dispose() => _noNames.Dispose();

    private async ValueTask<bool> IsNamedAsync(AttachmentToken token, CancellationToken cancellation)
    {
        if (await accounts.TryJoinAsync(token.Account, cancellation) is not { } lease) return true;
        await using (lease)
        {
            if (await lease.Account.ItemsAsync(Realm.Calendar, cancellation) is not { } realm) return true;
            foreach (var id in ScheduleCalendars.All(realm.State, isTransparent: true).ToList())
            {
                if (await realm.LoadAsync(id, cancellation) is not { Table: { } table }) continue;
                if (table.Rows.Any(row => row.Attachments.Any(one => one.Content == token.Content && one.Size == token.Size))) return true;
            }

            return false;
        }
    }
}
