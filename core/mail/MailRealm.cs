using System.Runtime.CompilerServices;
using CompatBot.Core.Content;
using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Journal;
using CompatBot.Core.Mail.History;
using CompatBot.Core.Metrics;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Formats.Mime;

namespace CompatBot.Core.Mail;

/// <summary>The open mail realm of one account, shared by all of its sessions.</summary>
public sealed class MailRealm : OpenRealm<MailState>
{
    private readonly MailLog _log;
    private readonly MessageBlocks _summaries;
    private readonly MessageBlocks[] _caches;

    internal MailRealm(AccountId account, RealmKeys keys, IStore store, JournalLog journal, Contents contents, Intakes intakes)
        : this(account, keys, store, journal, new MailLog(account, keys, store), contents, intakes)
    {
    }

    private MailRealm(
        AccountId account, RealmKeys keys, IStore store, JournalLog journal, MailLog log, Contents contents, Intakes intakes)
        : base(journal, log)
    {
        (_log, Contents) = (log, contents);
        _summaries = new MessageBlocks(account, keys, store.Snapshots, "summaries", blocksMax: 16);
        Summaries = new Summaries(_summaries, contents);
        Signatures = new MessageBlocks(account, keys, store.Snapshots, "signatures", blocksMax: 16);
        Answers = new MessageBlocks(account, keys, store.Snapshots, "answers", blocksMax: 16);
        _caches = [_summaries, Signatures, Answers];
        Intake = new MailIntake(account, new IntakeSlices(account, keys, store, this, intakes.Filter, intakes.Arrivals), intakes);
        Arrivals = intakes.Arrivals;
        Collector = new MailCollector(account, keys, store, this);
        Feeds = new MailboxFeeds(this);
    }

    public Contents Contents { get; }

    internal Summaries Summaries { get; }

    /// <summary>Which texts a message can not hold (<see cref="TextSignature"/>), for searches.</summary>
    internal MessageBlocks Signatures { get; }

    /// <summary>What IMAP answers of messages to those who ask for envelopes and structures.</summary>
    internal MessageBlocks Answers { get; }

    /// <summary>About how many bytes state and caches take in memory.</summary>
    internal long MemoryBytes => State.MemoryBytes + _caches.Sum(cache => cache.MemoryBytes);

    internal MailIntake Intake { get; }

    internal MailCollector Collector { get; }

    internal MailboxFeeds Feeds { get; }

    internal IMailArrivals? Arrivals { get; }

    /// <summary>
    /// Reads the realm in, makes the first mailboxes, and takes in a first slice of what arrived while the key was not open; the rest
    /// follows behind until <see cref="CloseAsync"/>.
    /// </summary>
    /// <exception cref="JournalException">The journal is damaged or of a newer version.</exception>
    internal async ValueTask OpenAsync(CancellationToken cancellation)
    {
        await ReadAsync(cancellation);
        if (State.Find(MailboxNames.Inbox) is null) await CommitAsync(null, MailChanges.FirstMailboxes, [], cancellation);
        try
        {
            await Intake.TakeInAsync(cancellation);
        }
        catch
        {
            await Intake.CloseAsync();
            throw;
        }
    }

    /// <summary>Stops taking in, waits for all commits and writes the snapshot and the summaries.</summary>
    internal override async ValueTask CloseAsync(CancellationToken cancellation)
    {
        await Intake.CloseAsync();
        await base.CloseAsync(cancellation);
    }

    /// <summary>The newest version of a mailbox with its messages in memory; null when it does not exist (any more).</summary>
    internal async ValueTask<MailboxState?> LoadAsync(MailboxId id, CancellationToken cancellation)
    {
        CoreMetrics.MailboxCache.Count(hit: State.Find(id)?.Table is not null);
        while (State.Find(id) is { } mailbox)
        {
            if (mailbox.Table is not null) return mailbox;
            await ReshapeAsync(state => _log.WithMessagesAsync(state, id, cancellation), cancellation);
        }

        return null;
    }

    /// <summary>Exactly this version of a mailbox, with its messages in memory; reads them, where it has to, on another's time.</summary>
    internal Task<MailboxState> ReadAsync(MailboxState mailbox)
    {
        if (mailbox.Table is null) return ReadUnreadAsync(mailbox);
        CoreMetrics.MailboxCache.Count(hit: true);
        return Task.FromResult(mailbox);
    }

    /// <summary>Brings a mailbox's graves into memory: what the change that restores some of them builds on.</summary>
    internal ValueTask LoadGravesAsync(MailboxId id, CancellationToken cancellation) =>
        ReshapeAsync(state => _log.WithGravesAsync(state, id, lastOnly: false, cancellation), cancellation);

    /// <summary>The messages of a mailbox, live or deleted, in segments that are not kept.</summary>
    internal IAsyncEnumerable<MessageSegment> MessagesAsync(MailboxState mailbox, CancellationToken cancellation) =>
        _log.MessagesAsync(mailbox, cancellation);

    /// <summary>The graves of a mailbox, live or deleted, in segments that are not kept; the first one may hold forgotten rows.</summary>
    internal async IAsyncEnumerable<MessageSegment> GravesAsync(
        MailState state, MailboxState mailbox, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var segment in mailbox.Graves.Segments)
        {
            if (segment.Last > state.ForgottenThrough) yield return await _log.RowsAsync(mailbox.Id, segment, cancellation);
        }
    }

    /// <summary>Puts a message at the end of a mailbox.</summary>
    internal async ValueTask<Outcome<AppendResult>> AddAsync(DeviceId? device, NewMessage message, CancellationToken cancellation)
    {
        var append = MailChanges.Append(message);
        var added = await CommitAsync(
            device,
            (state, now) => Contents.IsFresh(message.Content, now)
                ? append(state, now)
                : Refusal.Unavailable, // Its chunks may be collected as garbage any time.
            message.Content.Blobs,
            cancellation);
        if (!added.Declined && message.Summary is { } summary)
        {
            await Summaries.PutAsync(added.Value.Mailbox, added.Value.Uid, summary, cancellation);
        }

        return added;
    }

    /// <summary>Puts messages at the end of a mailbox in one entry, and takes one away with it.</summary>
    internal async ValueTask<Outcome<AppendResult>> AddAllAsync(
        DeviceId? device,
        string mailbox,
        IReadOnlyList<NewMessage> messages,
        CancellationToken cancellation,
        (MailboxId Mailbox, uint Uid)? replaced = null)
    {
        if (!messages.All(message => Contents.IsFresh(message.Content))) return Refusal.Unavailable;
        List<SealedBlob> blobs = [.. messages.SelectMany(message => message.Content.Blobs)];
        var added = await CommitAsync(device, MailChanges.AppendAll(mailbox, messages, replaced), blobs, cancellation);
        for (var i = 0; i < messages.Count && !added.Declined; i++)
        {
            if (messages[i].Summary is not { } summary) continue;
            await Summaries.PutAsync(added.Value.Mailbox, added.Value.Uid + (uint)i, summary, cancellation);
        }

        return added;
    }

    /// <summary>Erases what is kept beside the snapshot of messages that are about to be forgotten.</summary>
    /// <param name="mailbox">Where they were.</param>
    /// <param name="uids">Ascending.</param>
    /// <param name="cancellation">Between two blocks.</param>
    internal async ValueTask<Refusal> ForgetAsync(MailboxId mailbox, IReadOnlyList<uint> uids, CancellationToken cancellation)
    {
        foreach (var cache in _caches)
        {
            if (await cache.ForgetAsync(mailbox, uids, cancellation) is var refusal and not Refusal.None) return refusal;
        }

        return Refusal.None;
    }

    /// <summary>The same of a mailbox that is about to be forgotten.</summary>
    internal async ValueTask<Refusal> ForgetAsync(MailboxState mailbox, CancellationToken cancellation)
    {
        foreach (var cache in _caches)
        {
            if (await cache.ForgetAsync(mailbox, cancellation) is var refusal and not Refusal.None) return refusal;
        }

        return Refusal.None;
    }

    /// <summary>Seals what is kept beside the snapshot, and was written in older epochs, under the newest keys.</summary>
    internal async ValueTask RenewAsync(Pace pace, CancellationToken cancellation)
    {
        foreach (var mailbox in State.Mailboxes.Values.Concat(State.Deleted.Values.Select(deleted => deleted.Mailbox)))
        {
            foreach (var cache in _caches) await cache.RenewAsync(mailbox, pace, cancellation);
        }
    }

    private async Task<MailboxState> ReadUnreadAsync(MailboxState unread)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var newest = await LoadAsync(unread.Id, CancellationToken.None);
        return newest is { Table: { } table } && newest.HighestModSeq == unread.HighestModSeq
            ? unread with { Table = table, Pieces = [] }
            : await _log.WithMessagesAsync(unread, CancellationToken.None); // It was changed, or deleted, meanwhile.
    }

    private protected override async ValueTask FlushAsync(CancellationToken cancellation)
    {
        foreach (var cache in _caches) await cache.FlushAsync(cancellation);
    }
}

/// <summary>A message on its way into a mailbox.</summary>
/// <param name="InternalDate">Null: now.</param>
/// <param name="Summary">What the scanner found while the content went by; null when it did not.</param>
/// <param name="Mailbox">Folded name.</param>
public sealed record NewMessage(
    string Mailbox,
    StoredContent Content,
    MimeMessage? Summary,
    MessageFlags Flags,
    IReadOnlyList<string> Keywords,
    DateTimeOffset? InternalDate);

/// <summary>Where an appended message went (RFC 4315 APPENDUID).</summary>
public readonly record struct AppendResult(MailboxId Mailbox, uint UidValidity, uint Uid);

/// <summary>What a copy or move did (RFC 4315 COPYUID); source and target UIDs pair up.</summary>
public sealed record CopyResult(uint UidValidity, IReadOnlyList<uint> SourceUids, IReadOnlyList<uint> TargetUids);
