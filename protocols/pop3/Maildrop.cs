using System.Globalization;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;

namespace CompatBot.Protocols.Pop3;

/// <summary>
/// INBOX as it was when the client logged in. It needs no lock (RFC 1939 section 4): what others delete meanwhile stays readable here,
/// and what this client deletes goes at QUIT, by UID, whatever came or went.
/// </summary>
public sealed class Maildrop
{
    private readonly MailStore _mail;
    private readonly MailboxState _inbox;
    private readonly HashSet<int> _deleted = [];
    private readonly HashSet<int> _retrieved = [];
    private long _deletedOctets;

    private Maildrop(MailStore mail, MailboxState inbox)
    {
        (_mail, _inbox) = (mail, inbox);
        for (var i = 0; i < inbox.Messages.Count; i++) TotalOctets += inbox.Messages[i].Size;
    }

    /// <summary>Messages, with those that are marked as deleted: numbers go from 1 to this.</summary>
    public int Last => _inbox.Messages.Count;

    public int Count => Last - _deleted.Count;

    /// <summary>Of all messages that are not marked as deleted.</summary>
    public long Octets => TotalOctets - _deletedOctets;

    public bool ReadOnly => _mail.ReadOnly;

    private long TotalOctets { get; }

    public static async ValueTask<Outcome<Maildrop>> OpenAsync(MailStore mail, CancellationToken cancellation)
    {
        var inbox = await mail.OpenAsync(MailboxNames.Inbox, cancellation);
        return inbox.Declined ? inbox.Refusal : new Maildrop(mail, inbox.Value);
    }

    /// <summary>A message that is there and not marked as deleted.</summary>
    /// <param name="number">From 1.</param>
    public bool Has(int number) => number >= 1 && number <= Last && !_deleted.Contains(number);

    public MessageRow this[int number] => _inbox.Messages[number - 1];

    /// <summary>The same for ever, also after a restore (RFC 1939 section 7).</summary>
    public string UniqueId(int number) => string.Create(
        CultureInfo.InvariantCulture, $"{_inbox.UidValidity:x8}{_inbox.Messages.UidAt(number - 1):x8}");

    public Core.Content.ContentReader Read(int number) => _mail.Read(this[number]);

    public void MarkRetrieved(int number) => _retrieved.Add(number);

    public void Delete(int number)
    {
        if (_deleted.Add(number)) _deletedOctets += this[number].Size;
    }

    public void Reset()
    {
        _deleted.Clear();
        _deletedOctets = 0;
    }

    /// <summary>QUIT: what is marked goes, and what was retrieved and stays is marked as seen for the other clients.</summary>
    public async ValueTask<Refusal> UpdateAsync(CancellationToken cancellation)
    {
        if (ReadOnly) return Refusal.None;
        if (_deleted.Count > 0)
        {
            var removed = await _mail.RemoveAsync(_inbox.Id, Uids(_deleted), cancellation);
            if (removed.Declined && removed.Refusal != Refusal.NotFound) return removed.Refusal;
        }

        _retrieved.ExceptWith(_deleted);
        _retrieved.RemoveWhere(number => (_inbox.Messages.FlagsAt(number - 1) & MessageFlags.Seen) != 0);
        if (_retrieved.Count == 0) return Refusal.None;
        var seen = await _mail.StoreAsync(_inbox.Id, Uids(_retrieved), FlagAction.Add, MessageFlags.Seen, [], cancellation);
        return seen.Refusal == Refusal.NotFound ? Refusal.None : seen.Refusal;
    }

    private List<uint> Uids(IEnumerable<int> numbers) => [.. numbers.Select(number => _inbox.Messages.UidAt(number - 1))];
}
