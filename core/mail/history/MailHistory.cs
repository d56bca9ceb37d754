using System.Runtime.CompilerServices;
using CompatBot.Core.Journal;
using CompatBot.Core.Store;

namespace CompatBot.Core.Mail.History;

/// <summary>
/// The past of one account's mail, as one device may see and undo it. Every past state can be read; what was deleted can be brought
/// back until it is forgotten. Anything here may also answer Damaged, when the journal does not read; and what changes something,
/// NotPermitted (a read-only device), Conflict, StoreFull or Unavailable.
/// </summary>
public sealed class MailHistory
{
    /// <summary>How long what was deleted is kept when neither the account nor the server says otherwise.</summary>
    public const int HorizonDays = 30;

    /// <summary>Longest horizon, in days: a hundred years. 0 is the shortest: gone at the next collection.</summary>
    public const int HorizonDaysMax = 36_525;

    private readonly MailRealm _realm;
    private readonly DeviceId _device;
    private readonly bool _readOnly;

    internal MailHistory(MailRealm realm, DeviceId device, bool readOnly) => (_realm, _device, _readOnly) = (realm, device, readOnly);

    /// <summary>The newest entry that is not younger than a time; 0 when all are.</summary>
    public ValueTask<Outcome<ulong>> SequenceAtAsync(DateTimeOffset time, CancellationToken cancellation) =>
        GuardAsync<ulong>(async () => await _realm.Past.SequenceAtAsync(time, cancellation));

    /// <summary>
    /// The state after an entry, all messages loaded. What was forgotten since is listed in it, but its content may be erased.
    /// </summary>
    /// <returns>NotFound for an entry that is not written yet.</returns>
    public ValueTask<Outcome<MailState>> StateAtAsync(ulong sequence, CancellationToken cancellation) => GuardAsync<MailState>(async () =>
        sequence > _realm.Head ? Refusal.NotFound : await _realm.Past.StateAtAsync(sequence, cancellation));

    /// <summary>What happened, in order.</summary>
    /// <exception cref="JournalException">The journal does not read.</exception>
    public IAsyncEnumerable<MailEvent> EventsAsync(CancellationToken cancellation) =>
        MailEvents.ReadAsync(_realm.Past.EntriesAsync(0, ulong.MaxValue, cancellation));

    /// <summary>The messages of a mailbox that can be brought back, in the order of their deletion.</summary>
    public async IAsyncEnumerable<DeletedMessage> DeletedAsync(MailboxId id, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var state = _realm.State;
        if ((state.Find(id) ?? state.Deleted.GetValueOrDefault(id)?.Mailbox) is not { } mailbox) yield break;
        await foreach (var segment in _realm.GravesAsync(state, mailbox, cancellation))
        {
            for (var i = 0; i < segment.Count; i++)
            {
                if (segment.ModSeqs[i] <= state.ForgottenThrough) continue;
                yield return new DeletedMessage(segment[i], await _realm.Past.TimeOfAsync(segment.ModSeqs[i], cancellation));
            }
        }
    }

    /// <summary>When an entry was written.</summary>
    /// <exception cref="JournalException">The journal does not read.</exception>
    public ValueTask<DateTimeOffset> TimeOfAsync(ulong sequence, CancellationToken cancellation) =>
        _realm.Past.TimeOfAsync(sequence, cancellation);

    /// <summary>Whether the octets of a message of a past state are still there.</summary>
    public ValueTask<bool> IsReadableAsync(MessageRow row, CancellationToken cancellation) =>
        _realm.Contents.ContainsAsync(row.Content.Key, cancellation);

    /// <summary>Brings back messages of a mailbox, under new UIDs, with their octets, dates and flags (but \Deleted).</summary>
    /// <param name="mailbox">Its name.</param>
    /// <param name="uids">Those that they had; null: all that can be brought back.</param>
    /// <param name="cancellation">Between two changes.</param>
    /// <returns>How many came back: none that were back already, or are forgotten. NotFound (the mailbox), TooMany (UIDs).</returns>
    public async ValueTask<Outcome<int>> UndeleteAsync(string mailbox, IReadOnlySet<uint>? uids, CancellationToken cancellation)
    {
        if (_realm.State.Find(MailboxNames.Fold(mailbox)) is not { } found) return Refusal.NotFound;
        return await GuardAsync(() => UndeleteAsync(found.Id, row => uids is null || uids.Contains(row.Uid), cancellation));
    }

    /// <summary>Brings back the mailbox that was last deleted under a name, with its messages, UIDVALIDITY and UIDs.</summary>
    /// <param name="name">The name that it had.</param>
    /// <param name="newName">The name that it gets; null: the same.</param>
    /// <param name="cancellation">Of the call.</param>
    /// <returns>
    /// Its new state; the mailbox that has the name when none was deleted under it; NotFound; AlreadyExists (the new name); TooMany.
    /// </returns>
    public async ValueTask<Outcome<MailboxState>> UndeleteMailboxAsync(string name, string? newName, CancellationToken cancellation)
    {
        if (_readOnly) return Refusal.NotPermitted;
        var (folded, state) = (MailboxNames.Fold(name), await _realm.SettledAsync(cancellation));
        if (state.Deleted.Values.Where(one => one.Mailbox.Name == folded).MaxBy(one => one.Sequence) is not { } deleted)
        {
            return state.Find(folded) is { } there ? there : Refusal.NotFound;
        }

        var wanted = newName is null ? folded : MailboxNames.Fold(newName);
        var change = MailUndelete.Mailbox(deleted.Mailbox.Id, wanted, anyName: false);
        var restored = await _realm.CommitAsync(_device, change, [], cancellation);
        if (restored.Declined) return restored.Refusal;
        return _realm.State.Find(restored.Value) is { } mailbox ? mailbox : Refusal.NotFound;
    }

    /// <summary>Brings back all mail that was there after an entry and was deleted since; what came since stays.</summary>
    /// <returns>NotFound for an entry that is not written yet; TooMany.</returns>
    public async ValueTask<Outcome<Undeleted>> UndeleteAllAsync(ulong sequence, CancellationToken cancellation)
    {
        if (_readOnly) return Refusal.NotPermitted;
        var past = await StateAtAsync(sequence, cancellation);
        if (past.Declined) return past.Refusal;
        return await GuardAsync(() => new RealmUndelete(_realm, _device, past.Value).RunAsync(cancellation));
    }

    /// <summary>Sets how long what is deleted is kept; what is deleted already is no exception.</summary>
    /// <returns>The days; or Invalid.</returns>
    public async ValueTask<Outcome<int>> SetHorizonAsync(int days, CancellationToken cancellation) =>
        _readOnly ? Refusal.NotPermitted
        : days is < 0 or > HorizonDaysMax ? Refusal.Invalid
        : await _realm.CommitAsync(_device, MailUndelete.Horizon(days), [], cancellation);

    private async ValueTask<Outcome<int>> UndeleteAsync(MailboxId id, Func<MessageRow, bool> wanted, CancellationToken cancellation) =>
        _readOnly ? Refusal.NotPermitted : await RealmUndelete.MessagesAsync(_realm, _device, id, wanted, once: false, cancellation);

    private static async ValueTask<Outcome<T>> GuardAsync<T>(Func<ValueTask<Outcome<T>>> read)
    {
        try
        {
            return await read();
        }
        catch (JournalException)
        {
            return Refusal.Damaged;
        }
    }
}

/// <summary>A message that was deleted and can be brought back.</summary>
/// <param name="Row">As it was, but for its MODSEQ: the entry that deleted it.</param>
public readonly record struct DeletedMessage(MessageRow Row, DateTimeOffset DeletedAt);

/// <summary>What came back.</summary>
public readonly record struct Undeleted(int Mailboxes, int Messages);
