using CompatBot.Core.Identity;
using CompatBot.Core.Journal;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Proof;

/// <summary>Where an account's journal stands against what a book remembers of it.</summary>
public enum HeadStanding
{
    /// <summary>The book knows nothing of this account.</summary>
    Unknown,

    /// <summary>The journal holds what the book remembers.</summary>
    Held,

    /// <summary>The journal ends before the entry that the book remembers, or has another one in its place.</summary>
    WentBack,

    /// <summary>The book's record is not signed by the account nor by this host.</summary>
    Forged,
}

/// <summary>
/// Signs the heads of journals and keeps them in books, and refuses an account whose journal does not hold what a book remembers:
/// its store went back in time (a restored disk, an old copy), and writing on would use numbers twice that clients have seen.
/// </summary>
/// <param name="store">Whose journals.</param>
/// <param name="books">Each is asked and each is told; best one of them lies on another disk.</param>
/// <param name="host">Signs where no full device is connected.</param>
/// <param name="time">When a head is signed.</param>
/// <param name="log">Hears of accounts that were refused and of books that can not be written.</param>
public sealed class HeadKeeper(IStore store, IReadOnlyList<IHeadBook> books, HostKey host, TimeProvider time, IHeadLog log)
{
    /// <summary>How often the heads of open accounts are signed while they change.</summary>
    public static readonly TimeSpan SignEvery = TimeSpan.FromMinutes(1);

    public ReadOnlyMemory<byte> HostPublicKey => host.PublicKey;

    /// <exception cref="WentBackException">A book remembers what the journal does not hold, or its record is forged.</exception>
    internal async ValueTask CheckAsync(AccountId account, CancellationToken cancellation)
    {
        foreach (var (book, _, standing) in await StandingAsync(account, cancellation))
        {
            if (standing is not (HeadStanding.WentBack or HeadStanding.Forged)) continue;
            log.Refused(account, book.Place, standing);
            throw new WentBackException(standing);
        }
    }

    /// <summary>What each book says of an account.</summary>
    public async ValueTask<IReadOnlyList<(IHeadBook Book, SignedHead? Head, HeadStanding Standing)>> StandingAsync(
        AccountId account, CancellationToken cancellation)
    {
        var all = new List<(IHeadBook, SignedHead?, HeadStanding)>();
        foreach (var book in books)
        {
            if (book.Find(account) is not { } kept) all.Add((book, null, HeadStanding.Unknown));
            else if (SignedHead.Read(kept.Span) is not { } head) all.Add((book, null, HeadStanding.Forged));
            else all.Add((book, head, await StandingAsync(account, head, cancellation)));
        }

        return all;
    }

    /// <summary>Takes the journal as it is now for good, in every book: an operator said so.</summary>
    public async ValueTask AcceptAsync(AccountId account, CancellationToken cancellation)
    {
        var head = default(JournalHead);
        await foreach (var entry in store.Journal.ReadAsync(account, 0, cancellation))
        {
            head = new JournalHead(entry.Sequence, EntrySeal.Hash(entry.Bytes.Span));
        }

        var signed = SignedByHost(account, head).ToBytes();
        foreach (var book in books) await book.PutAsync([(account, signed)], cancellation);
    }

    /// <summary>Signs the heads of accounts that changed since the books were told, and tells them. Trouble goes to the log.</summary>
    internal async ValueTask SignAsync(IReadOnlyList<Account> accounts, CancellationToken cancellation)
    {
        var fresh = new List<(AccountId, ReadOnlyMemory<byte>)>();
        foreach (var account in accounts)
        {
            if (account.Journal.Head is { Sequence: > 0 } head && account.SignedSequence < head.Sequence)
            {
                if (TrySign(account, head) is not { } signed) continue;
                fresh.Add((account.Id, signed.ToBytes()));
                account.SignedSequence = head.Sequence;
            }
        }

        if (fresh.Count == 0) return;
        foreach (var book in books)
        {
            try
            {
                await book.PutAsync(fresh, cancellation);
            }
            catch (IOException error)
            {
                foreach (var account in accounts) account.SignedSequence = 0; // The next round tells them all again.
                log.BookFailed(book.Place, error);
            }
        }
    }

    /// <summary>
    /// By the account where its master key is at hand and its identity certified the epoch's head key, else by the host; null when the
    /// account closes at this moment.
    /// </summary>
    private SignedHead? TrySign(Account account, JournalHead head)
    {
        if (account.FullKeyring is not { MasterKey: { } master } keys || keys.Epoch != account.HeadEpoch)
        {
            return SignedByHost(account.Id, head);
        }

        try
        {
            return SignedHead.Make(account.Id, head, Now(), HeadSigner.Account, keys.Epoch, (statement, signature) =>
                HeadKey.Sign(account.Id, keys.Epoch, master, statement, signature));
        }
        catch (ObjectDisposedException)
        {
            return null; // Closing signs by itself, before it lets go of the keys.
        }
    }

    private SignedHead SignedByHost(AccountId account, JournalHead head) =>
        SignedHead.Make(account, head, Now(), HeadSigner.Host, 0, host.Sign);

    private async ValueTask<HeadStanding> StandingAsync(AccountId account, SignedHead remembered, CancellationToken cancellation)
    {
        if (remembered.Account != account || !await IsSignedAsync(account, remembered, cancellation)) return HeadStanding.Forged;
        if (remembered.Head.Sequence == 0) return HeadStanding.Held;
        await foreach (var entry in store.Journal.ReadAsync(account, remembered.Head.Sequence - 1, cancellation))
        {
            return entry.Sequence == remembered.Head.Sequence && EntrySeal.Hash(entry.Bytes.Span) == remembered.Head.Hash
                ? HeadStanding.Held
                : HeadStanding.WentBack;
        }

        return HeadStanding.WentBack;
    }

    private async ValueTask<bool> IsSignedAsync(AccountId account, SignedHead head, CancellationToken cancellation)
    {
        if (head.Signer == HeadSigner.Host) return head.Verify(host.PublicKey.Span);
        if (await store.Directory.AccountAsync(account, cancellation) is not { } record) return false;
        return Profiles.Read(record) is { } profile
            && HeadKey.Find(profile, account, head.Epoch) is { IsEmpty: false } key
            && head.Verify(key.Span);
    }

    private long Now() => JournalClock.MicrosecondsOf(time.GetUtcNow());
}

/// <summary>An account is not opened because its journal does not hold what was signed. Nothing was changed.</summary>
public sealed class WentBackException(HeadStanding standing) : Exception($"The account's journal is {standing}")
{
    public HeadStanding Standing => standing;
}

/// <summary>Told what the keeper of heads sees.</summary>
public interface IHeadLog
{
    void Refused(AccountId account, string place, HeadStanding standing);

    void BookFailed(string place, Exception error);
}
