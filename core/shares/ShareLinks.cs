using System.Security.Cryptography;
using CompatBot.Core.Content;
using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Journal;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Shares;

/// <summary>
/// Opens links for whoever has them. The link's own key opens what the link names, whether or not the account is open; where it is,
/// the link shows what is there now.
/// </summary>
public sealed class ShareLinks(IStore store, OpenAccounts accounts, PassphraseStretcher stretcher, TimeProvider time) : IDisposable
{
    /// <summary>Names nothing that is ever written: whoever reads by a link has no naming key of the account.</summary>
    private readonly SecretBytes _noNames = SecretBytes.Random(Sodium.KeyBytes);

    /// <param name="token">Of the link.</param>
    /// <param name="password">What the visitor said; null: nothing.</param>
    /// <param name="key">What the visitor was given for a right password earlier; empty: nothing.</param>
    /// <param name="cancellation">Ends the opening.</param>
    /// <returns>
    /// The link; or NotFound: never made, revoked, expired or used up; Locked: it asks for a password; BadCredentials: that one is
    /// wrong; Unavailable: too many passwords are being tried.
    /// </returns>
    public async ValueTask<Outcome<OpenShare>> OpenAsync(
        ShareToken token, Password? password, ReadOnlyMemory<byte> key, CancellationToken cancellation)
    {
        if (await FindAsync(token, cancellation) is not var (record, slot)) return Refusal.NotFound;
        var opened = await KeyAsync(token, slot.Link.Stretch, password, key, cancellation);
        if (opened.Declined) return opened.Refusal;
        if (LinkRecords.OpenCard(opened.Value, record, slot) is null)
        {
            opened.Value.Dispose();
            return slot.Link.Stretch is null ? Refusal.Damaged : password is null ? Refusal.Locked : Refusal.BadCredentials;
        }

        await RefreshAsync(token, LinkRecords.RealmOf(slot), cancellation);
        var now = await FindAsync(token, cancellation);
        var card = now is var (newest, at) ? LinkRecords.OpenCard(opened.Value, newest, at) : null;
        var isOver = card is null
            || (card.Expires != 0 && card.Expires <= JournalClock.MicrosecondsOf(time.GetUtcNow()))
            || (card.UsesMax > 0 && card.Uses >= card.UsesMax);
        if (!isOver)
        {
            var contents = new Contents(token.Account, LinkRecords.RealmOf(slot), _noNames, store.Blobs, time);
            contents.Adopt(new LinkEnvelopes(contents, card!.Envelopes));
            return new OpenShare(token.Account, token.Id, card, opened.Value, contents, store.Directory);
        }

        opened.Value.Dispose();
        return Refusal.NotFound;
    }

    /// <summary>Makes a link to what lies at a path.</summary>
    /// <param name="session">A device that may write, and open the realm.</param>
    /// <param name="realm">Files, Calendar or Contacts.</param>
    /// <param name="found">In that session's items of the realm.</param>
    /// <param name="wanted">What it may do.</param>
    /// <param name="cancellation">Before it is durable.</param>
    /// <returns>Or NotPermitted, Locked, NotFound, Invalid, TooMany, and what the store says.</returns>
    public async ValueTask<Outcome<CreatedShare>> AddAsync(
        Session session, Realm realm, Found found, NewShare wanted, CancellationToken cancellation)
    {
        if (session.Scopes.ReadOnly) return Refusal.NotPermitted;
        var keeper = await session.SharesAsync(realm, cancellation);
        if (keeper.Declined) return keeper.Refusal;
        if (wanted.Password is not { } password) return await keeper.Value!.AddAsync(found, wanted, null, cancellation);
        if (password.Value.Length is 0 or > Password.CharactersMax) return Refusal.Invalid;
        var stretch = PassphraseStretcher.NewParameters();
        var stretched = await stretcher.StretchAsync(password, stretch, cancellation);
        if (stretched.Declined) return stretched.Refusal;
        using var secret = stretched.Value!;
        return await keeper.Value!.AddAsync(found, wanted, (secret, stretch), cancellation);
    }

    /// <summary>The links of the session's account to what the device may open.</summary>
    /// <returns>Or Locked: it may open nothing of the kind; NotPermitted: it may only read, and links may take uploads.</returns>
    public static async ValueTask<Outcome<IReadOnlyList<ShareInfo>>> ListAsync(Session session, CancellationToken cancellation)
    {
        if (session.Scopes.ReadOnly) return Refusal.NotPermitted;
        var (all, isOpen) = (new List<ShareInfo>(), false);
        foreach (var realm in Account.ItemRealms)
        {
            var keeper = await session.SharesAsync(realm, cancellation);
            if (keeper.Refusal == Refusal.Locked) continue;
            if (keeper.Declined) return keeper.Refusal;
            all.AddRange(await keeper.Value.ListAsync(cancellation));
            isOpen = true;
        }

        return isOpen ? new Outcome<IReadOnlyList<ShareInfo>>([.. all.OrderBy(link => link.Created)], Refusal.None) : Refusal.Locked;
    }

    /// <summary>The ids of an account's links: nothing else of them is in clear.</summary>
    public async ValueTask<IReadOnlyList<DeviceId>> IdsAsync(AccountId account, CancellationToken cancellation) =>
        [.. (await LinkRecords.AllAsync(store.Directory, account, cancellation)).Select(link => link.Record.Id)];

    public void Dispose() => _noNames.Dispose();

    private async ValueTask<(DeviceRecord Record, Identity.Proto.DeviceSlot Slot)?> FindAsync(
        ShareToken token, CancellationToken cancellation)
    {
        if (await LinkRecords.FindAsync(store.Directory, token.Account, token.Id, cancellation) is not var (record, slot)) return null;
        return CryptographicOperations.FixedTimeEquals(slot.Link.Verifier.Span, token.Verifier()) ? (record, slot) : null;
    }

    private async ValueTask<Outcome<SecretBytes>> KeyAsync(
        ShareToken token,
        Identity.Proto.Stretch? stretch,
        Password? password,
        ReadOnlyMemory<byte> key,
        CancellationToken cancellation)
    {
        if (stretch is null) return token.Key(default);
        if (password is null) return key.Length == Sodium.KeyBytes ? SecretBytes.Copy(key.Span) : Refusal.Locked;
        if (password.Value.Value.Length is 0 or > Password.CharactersMax) return Refusal.BadCredentials;
        var stretched = await stretcher.StretchAsync(password.Value, stretch, cancellation);
        if (stretched.Declined) return stretched.Refusal;
        using var secret = stretched.Value!;
        return token.Key(secret.Span);
    }

    private async ValueTask RefreshAsync(ShareToken token, Realm kind, CancellationToken cancellation)
    {
        if (await accounts.TryJoinAsync(token.Account, cancellation) is not { } lease) return;
        await using (lease)
        {
            var realm = await lease.Account.ItemsAsync(kind, cancellation);
            if (realm?.Shares is { } keeper) await keeper.RefreshAsync(token.Id, cancellation);
        }
    }
}
