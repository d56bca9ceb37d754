using CompatBot.Core.Content;
using CompatBot.Core.Content.Envelopes;
using CompatBot.Core.Items;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Mail;
using CompatBot.Core.Mail.History;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Identity;

/// <summary>What a check of one account found.</summary>
/// <param name="OpenedEntries">Entries that the keys at hand opened.</param>
/// <param name="Blobs">Blobs in the store.</param>
/// <param name="OpenedBlobs">
/// Blobs of messages and items, current or deleted and not forgotten, that were opened and whose content has the name it should have.
/// </param>
/// <param name="Waiting">Items in the dropboxes.</param>
/// <param name="Flaws">What is wrong, one sentence each, without private data; empty when all is well.</param>
public sealed record VerifyReport(
    ulong Entries, ulong OpenedEntries, long Blobs, long BlobBytes, long OpenedBlobs, long Waiting, IReadOnlyList<string> Flaws)
{
    /// <summary>Blobs that a message or an item needs and that are missing, unreadable or damaged.</summary>
    public IReadOnlyList<BlobName> BadBlobs { get; init; } = [];
}

/// <summary>
/// Checks an account in the store: the hash chain without any key; with a keyring also that every entry of its realms opens and
/// follows, that the content of every message and item is there, opens, and is the content that its name stands for.
/// </summary>
public sealed class AccountVerifier(IStore store, AccountId account, Keyring? keyring)
{
    /// <summary>Flaws listed one by one; a store that is damaged further is not told better by more lines.</summary>
    private const int FlawsMax = 100;

    private readonly AccountEnvelopes? _envelopes = keyring is null ? null : new(account, keyring.Epochs);
    private readonly EntryReader? _entries = keyring is null ? null : new(keyring);
    private readonly List<string> _flaws = [];
    private readonly HashSet<BlobName> _seen = [];
    private readonly HashSet<BlobName> _bad = [];
    private MailState? _mail = keyring?.Find(Realm.Mail) is null ? null : MailState.Empty;
    private readonly Dictionary<Realm, ItemState> _items =
        Account.ItemRealms.Where(realm => keyring?.Find(realm) is not null).ToDictionary(realm => realm, _ => ItemState.Empty);

    private readonly List<(Realm Realm, GoneItem Item)> _gone = [];
    private (ulong Entries, ulong Opened) _chain;

    public async ValueTask<VerifyReport> VerifyAsync(CancellationToken cancellation)
    {
        await VerifyChainAsync(cancellation);
        if (_mail is { } mail && keyring is not null) await VerifyMessagesAsync(mail, keyring, cancellation);
        foreach (var (realm, items) in _items) await VerifyItemsAsync(realm, items, keyring!, cancellation);
        var (blobs, bytes) = (0L, 0L);
        await foreach (var blob in store.Blobs.ListAsync(account, cancellation)) (blobs, bytes) = (blobs + 1, bytes + blob.Bytes);
        var waiting = 0L;
        foreach (var realm in Enum.GetValues<Realm>()) waiting += (await store.Dropbox.DepthAsync(account, realm, cancellation)).Items;
        return new VerifyReport(_chain.Entries, _chain.Opened, blobs, bytes, _seen.Count, waiting, _flaws) { BadBlobs = [.. _bad] };
    }

    private async ValueTask VerifyChainAsync(CancellationToken cancellation)
    {
        await foreach (var step in JournalWalk.AfterAsync(store.Journal, account, 0, cancellation))
        {
            if (step.Flaw is { } flaw) Flaw(flaw);
            if (step.Hash == default)
            {
                _mail = null;
                _items.Clear();
                return; // Not readable, and so the last.
            }

            var opened = Open(step);
            _chain = (step.Number, _chain.Opened + (opened ? 1UL : 0));
        }

        var head = await store.Journal.HeadAsync(account, cancellation);
        if (head < _chain.Entries) Flaw($"The journal says {head} entries and has {_chain.Entries}");
    }

    private bool Open(in JournalStep step)
    {
        var header = step.Header;
        if (_entries?.Knows(header) != true) return false;
        if (_entries.Open(step.Bytes.Span) is not { } change)
        {
            Flaw($"Entry {header.Sequence} does not open");
            GiveUp(header.Realm);
            return false;
        }

        try
        {
            Apply(header, change);
        }
        catch (JournalException error)
        {
            Flaw($"Entry {header.Sequence} can not be applied: {error.Message}");
            GiveUp(header.Realm);
        }

        return true;
    }

    private void Apply(in EntryHeader header, Change change)
    {
        if (header.Realm == Realm.Mail) _mail = _mail?.Apply(change, EntryStamp.Of(header));
        if (!_items.TryGetValue(header.Realm, out var items)) return;
        _items[header.Realm] = items.Apply(change, EntryStamp.Of(header));
        foreach (var gone in ItemHistory.Gone(header, change)) _gone.Add((header.Realm, gone));
    }

    /// <summary>The realm's state is not known from here on.</summary>
    private void GiveUp(Realm realm)
    {
        if (realm == Realm.Mail) _mail = null;
        _items.Remove(realm);
    }

    private async ValueTask VerifyItemsAsync(Realm realm, ItemState state, Keyring keys, CancellationToken cancellation)
    {
        foreach (var collection in state.Collections.Values)
        {
            foreach (var row in collection.Items.Rows)
            {
                await VerifyItemAsync(!state.IsThere(collection.Id), realm, row, keys, cancellation);
            }
        }

        foreach (var (_, item) in _gone.Where(gone => gone.Realm == realm && gone.Item.GoneAt > state.ForgottenThrough))
        {
            await VerifyItemAsync(true, realm, item.Row, keys, cancellation);
        }
    }

    private async ValueTask VerifyItemAsync(bool deleted, Realm realm, Items.ItemRow row, Keyring keys, CancellationToken cancellation)
    {
        var name = $"{(deleted ? "Deleted item" : "Item")} {row.Id} of {realm}";
        await VerifyItemAsync(deleted, name, row.Content, row.Size, keys, cancellation);
        foreach (var one in row.Attachments)
        {
            await VerifyItemAsync(deleted, name + ", an attachment:", one.Content, one.Size, keys, cancellation);
        }
    }

    private async ValueTask VerifyItemAsync(
        bool deleted, string name, ContentRef content, long size, Keyring keys, CancellationToken cancellation)
    {
        var octets = await VerifyContentAsync(content, keys, cancellation);
        if (octets == size) return;
        if (deleted && octets is null && await store.Journal.HeadAsync(account, cancellation) != _chain.Entries) return;
        Flaw($"{name} {(octets is null ? "can not be read" : $"has {octets} octets, not {size}")}");
    }

    private async ValueTask VerifyMessagesAsync(MailState mail, Keyring keys, CancellationToken cancellation)
    {
        foreach (var mailbox in mail.Mailboxes.Values.Concat(mail.Deleted.Values.Select(deleted => deleted.Mailbox)))
        {
            for (var i = 0; i < mailbox.Messages.Count; i++)
            {
                await VerifyMessageAsync(false, mailbox, mailbox.Messages[i], keys, cancellation);
            }

            foreach (var row in MailUndelete.Rows(mail, mailbox))
            {
                await VerifyMessageAsync(true, mailbox, row, keys, cancellation);
            }
        }
    }

    private async ValueTask VerifyMessageAsync(
        bool deleted, MailboxState mailbox, MessageRow row, Keyring keys, CancellationToken cancellation)
    {
        var octets = await VerifyContentAsync(row.Content, keys, cancellation);
        if (octets == row.Size) return;

        // A collection that runs meanwhile may have forgotten it.
        if (deleted && octets is null && await store.Journal.HeadAsync(account, cancellation) != _chain.Entries) return;
        var what = octets is null ? "can not be read" : $"has {octets} octets, not {row.Size}";
        Flaw($"{(deleted ? "Deleted message" : "Message")} {row.Uid} of mailbox {mailbox.Id.Value} {what}");
    }

    /// <summary>The octets below a reference, each blob opened and measured; null when something of it is missing or damaged.</summary>
    private async ValueTask<long?> VerifyContentAsync(ContentRef content, Keyring keys, CancellationToken cancellation)
    {
        var secret = BlobSeal.Derive(content.Key);
        var bytes = await OpenedAsync(secret, cancellation);
        if (bytes is null || !AllNamings(keys).Any(naming => BlobSeal.KeyOf(naming, bytes) == content.Key))
        {
            _bad.Add(secret.Name);
            return null;
        }

        _seen.Add(secret.Name);
        if (content.Depth == 0) return bytes.Length;
        if (ChunkList.Decode(bytes) is not { } items) return null;
        var (octets, sound) = (0L, true);
        foreach (var (key, length) in items)
        {
            // Goes on behind a damaged one: a repair wants to know them all.
            sound &= await VerifyContentAsync(new ContentRef(key, (byte)(content.Depth - 1)), keys, cancellation) == length;
            octets += length;
        }

        return sound ? octets : null;
    }

    private async ValueTask<byte[]?> OpenedAsync(BlobSecret secret, CancellationToken cancellation)
    {
        try
        {
            return await store.Blobs.GetAsync(account, secret.Name, cancellation) is { } stored
                && _envelopes!.Open(secret.Name, stored) is { } blob
                    ? BlobSeal.Open(account, secret, blob.Span)
                    : null;
        }
        catch (IOException error)
        {
            Flaw($"Blob {secret.Name}: {error.Message}");
            return null;
        }
    }

    private IEnumerable<SecretBytes> AllNamings(Keyring keys) => keys.AllNamingKeys.Concat(_entries!.ShareNamings);

    private void Flaw(string flaw)
    {
        if (_flaws.Count < FlawsMax) _flaws.Add(flaw);
    }
}
