using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Mail.Filters;
using CompatBot.Core.Store;
using CompatBot.Formats.Mime;

namespace CompatBot.Core.Mail;

/// <summary>What was read from the dropbox and is to be taken in together.</summary>
internal sealed class IntakeSlice
{
    /// <summary>Messages that were read; the filter may want to store one nowhere, or more than once.</summary>
    public int Count { get; set; }

    public List<(NewMessage Message, FilterStore Store)> Messages { get; } = [];

    public List<SealedBlob> Blobs { get; } = [];

    /// <summary>What the filter wants to know again of later messages.</summary>
    public List<(string Key, DateTimeOffset Until)> Memories { get; } = [];

    /// <summary>Blobs of the dropbox that go with the items.</summary>
    public List<BlobName> Parts { get; } = [];

    /// <summary>Arrival number of the last item; 0 when there was none.</summary>
    public ulong Through { get; set; }

    public bool More { get; set; }

    public bool Remembers(string key) => Memories.Exists(memory => memory.Key == key);
}

/// <summary>Where a message went.</summary>
internal readonly record struct IntakePlace(MailboxId Mailbox, uint Uid, MimeMessage Summary);

/// <summary>Turns a slice into one change: its messages, and up to which arrival number the dropbox is taken. Pure.</summary>
internal sealed class IntakeChange
{
    private readonly MailState _state;
    private readonly DateTimeOffset _now;
    private readonly MailDraft _draft;
    private readonly List<IntakePlace> _places = [];

    /// <summary>Mailboxes that get something, by name, as they will be.</summary>
    private readonly Dictionary<string, MailboxState> _mailboxes = new(StringComparer.Ordinal);

    private IntakeChange(MailState state, DateTimeOffset now) => (_state, _now, _draft) = (state, now, new MailDraft(state, now));

    /// <returns>The places of the messages; null: the dropbox was taken in meanwhile. Or NotFound: there is no INBOX.</returns>
    public static Func<MailState, DateTimeOffset, Proposal<IReadOnlyList<IntakePlace>?>> Build(IntakeSlice slice, ulong after) =>
        (state, now) =>
        {
            if (state.DropboxThrough != after) return Proposal<IReadOnlyList<IntakePlace>?>.Nothing(null);
            if (state.Find(MailboxNames.Inbox) is null) return Refusal.NotFound;
            return new IntakeChange(state, now).Build(slice);
        };

    private Proposal<IReadOnlyList<IntakePlace>?> Build(IntakeSlice slice)
    {
        foreach (var copies in slice.Messages.GroupBy(entry => entry.Message))
        {
            var mailboxes = new HashSet<string>(StringComparer.Ordinal);
            foreach (var (message, store) in copies)
            {
                var mailbox = Mailbox(store);
                if (mailboxes.Add(mailbox.Name)) Add(message, store, mailbox);
            }
        }

        if (slice.Memories.Count > 0)
        {
            var remembered = new FilterRemembered { Now = _now.ToUnixTimeSeconds() };
            remembered.Memories.AddRange(slice.Memories.Select(one => FilterState.Memory(one.Key, one.Until.ToUnixTimeSeconds())));
            _draft.Change.Operations.Add(new Operation { FilterRemembered = remembered });
        }

        _draft.Change.Operations.Add(new Operation { DropboxTaken = new DropboxTaken { Through = slice.Through } });
        return Proposal<IReadOnlyList<IntakePlace>?>.Commit(_draft.Change, _places);
    }

    private void Add(NewMessage message, FilterStore store, MailboxState mailbox)
    {
        var keywords = store.Keywords.Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        var fresh = keywords.FindAll(keyword => mailbox.FlagOf(keyword) is null);
        var room = MailboxState.KeywordsMax - mailbox.Keywords.Length;
        keywords.RemoveAll(fresh.Skip(room).Contains);
        var stored = message with { Flags = store.Flags, Keywords = keywords };
        _draft.Add(MailChanges.Added(stored, mailbox, _now));
        _places.Add(new IntakePlace(mailbox.Id, mailbox.UidNext, message.Summary!));
        _mailboxes[mailbox.Name] = mailbox with
        {
            UidNext = mailbox.UidNext + 1, Keywords = [.. mailbox.Keywords, .. fresh.Take(room)],
        };
    }

    /// <summary>The mailbox that is meant; INBOX where there is none.</summary>
    private MailboxState Mailbox(FilterStore store)
    {
        var special = store.SpecialUse == SpecialUse.None
            ? null
            : _state.Mailboxes.Values.FirstOrDefault(mailbox => mailbox.SpecialUse == store.SpecialUse);
        var name = special?.Name ?? MailboxNames.Fold(store.Mailbox);
        if (Known(name) is { } known) return known.UidNext < uint.MaxValue ? known : Known(MailboxNames.Inbox)!;
        if (!store.Creates || !MailboxNames.IsValid(name) || _state.Mailboxes.Count + _mailboxes.Count >= MailboxNames.MailboxesMax)
        {
            return Known(MailboxNames.Inbox)!;
        }

        foreach (var parent in MailboxNames.Parents(name).Where(parent => Known(parent) is null)) Create(parent, SpecialUse.None);
        return Create(name, store.SpecialUse);
    }

    private MailboxState? Known(string name) => _mailboxes.GetValueOrDefault(name) ?? _state.Find(name);

    private MailboxState Create(string name, SpecialUse use)
    {
        var created = _draft.Create(name, use);
        _draft.Subscribe(name, true);
        return _mailboxes[name] = new MailboxState
        {
            Id = new MailboxId(created.Mailbox), Name = name, UidValidity = created.UidValidity, SpecialUse = use,
        };
    }
}
