using System.Runtime.CompilerServices;
using CompatBot.Core.Content;
using CompatBot.Core.Journal;
using CompatBot.Core.Mail.History;
using CompatBot.Core.Metrics;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Formats.Mime;

namespace CompatBot.Core.Mail;

/// <summary>The open mail realm of one account, shared by all of its sessions.</summary>
public sealed class MailRealm
{
    /// <summary>Entries after which a new snapshot is worth writing: replaying as many takes some ten milliseconds.</summary>
    private const ulong SnapshotEvery = 4096;

    private readonly JournalLog _journal;
    private readonly MailLog _log;
    private readonly SemaphoreSlim _saving = new(1, 1);
    private ulong _savedAt;

    internal MailRealm(AccountId account, RealmKeys keys, IStore store, JournalLog journal, Contents contents, Intakes intakes)
    {
        (_journal, Contents) = (journal, contents);
        _log = new MailLog(account, keys, store);
        Summaries = new Summaries(account, keys, store.Snapshots, contents);
        Intake = new MailIntake(account, new IntakeSlices(account, keys, store, this), intakes);
        Collector = new MailCollector(account, keys, store, this);
    }

    /// <summary>The newest durable state.</summary>
    public MailState State => _log.Current;

    public Contents Contents { get; }

    public ChangeFeed Changes => _journal.Changes;

    internal Summaries Summaries { get; }

    internal MailIntake Intake { get; }

    internal MailCollector Collector { get; }

    /// <summary>The newest durable entry.</summary>
    internal ulong Head => _journal.Head.Sequence;

    /// <summary>The realm's past.</summary>
    internal RealmPast<MailState> Past => _log.Past;

    /// <summary>
    /// Reads the realm in, makes the first mailboxes, and takes in a first slice of what arrived while the key was not open; the rest
    /// follows behind until <see cref="CloseAsync"/>.
    /// </summary>
    /// <exception cref="JournalException">The journal is damaged or of a newer version.</exception>
    internal async ValueTask OpenAsync(CancellationToken cancellation)
    {
        await _log.StartAsync(cancellation);
        try
        {
            await _journal.OpenAsync(_log, cancellation);
        }
        catch (JournalException) when (_log.Origin.Sequence > 0)
        {
            // A snapshot that does not fit the chain is only a bad shortcut: the journal decides.
            _log.StartOver();
            await _journal.OpenAsync(_log, cancellation);
        }

        _savedAt = _log.Origin.Sequence;
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
    internal async ValueTask CloseAsync(CancellationToken cancellation)
    {
        await Intake.CloseAsync();
        await _journal.SettledAsync(_ => { }, cancellation);
        await SaveAsync(cancellation);
    }

    /// <summary>Writes a snapshot now. A refusal is not reported: the journal has everything.</summary>
    internal async ValueTask SaveAsync(CancellationToken cancellation)
    {
        await _saving.WaitAsync(cancellation);
        try
        {
            await Summaries.FlushAsync(cancellation);
            if (_journal.Head.Sequence == _savedAt) return;
            var (state, head) = (State, default(JournalHead));
            await _journal.SettledAsync(newest => (state, head) = (State, newest), cancellation);
            if (await _log.SaveAsync(state, head, cancellation) == Refusal.None) _savedAt = head.Sequence;
        }
        finally
        {
            _saving.Release();
        }
    }

    internal async ValueTask<Outcome<T>> CommitAsync<T>(
        DeviceId? device,
        Func<MailState, DateTimeOffset, Proposal<T>> build,
        IReadOnlyList<SealedBlob> blobs,
        CancellationToken cancellation)
    {
        var outcome = await _journal.CommitAsync(_log, device, build, blobs, cancellation);
        if (!outcome.Declined && _journal.Head.Sequence - _savedAt >= SnapshotEvery && _saving.CurrentCount > 0)
        {
            await SaveAsync(cancellation);
        }

        return outcome;
    }

    /// <summary>The newest version of a mailbox with its messages in memory; null when it does not exist (any more).</summary>
    internal async ValueTask<MailboxState?> LoadAsync(MailboxId id, CancellationToken cancellation)
    {
        CoreMetrics.MailboxCache.Count(hit: State.Find(id)?.Table is not null);
        while (State.Find(id) is { } mailbox)
        {
            if (mailbox.Table is not null) return mailbox;
            await _journal.ExclusiveAsync(() => _log.ReshapeAsync(state => _log.WithMessagesAsync(state, id, cancellation)), cancellation);
        }

        return null;
    }

    /// <summary>A state in which everything that was queued is contained.</summary>
    internal async ValueTask<MailState> SettledAsync(CancellationToken cancellation)
    {
        var state = State;
        await _journal.SettledAsync(_ => state = State, cancellation);
        return state;
    }

    /// <summary>Brings a mailbox's graves into memory: what the change that restores some of them builds on.</summary>
    internal ValueTask LoadGravesAsync(MailboxId id, CancellationToken cancellation) => _journal.ExclusiveAsync(
        () => _log.ReshapeAsync(state => _log.WithGravesAsync(state, id, lastOnly: false, cancellation)), cancellation);

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

    /// <summary>Puts messages at the end of a mailbox in one entry.</summary>
    internal async ValueTask<Outcome<AppendResult>> AddAllAsync(
        DeviceId? device, string mailbox, IReadOnlyList<NewMessage> messages, CancellationToken cancellation)
    {
        if (!messages.All(message => Contents.IsFresh(message.Content))) return Refusal.Unavailable;
        List<SealedBlob> blobs = [.. messages.SelectMany(message => message.Content.Blobs)];
        var added = await CommitAsync(device, MailChanges.AppendAll(mailbox, messages), blobs, cancellation);
        for (var i = 0; i < messages.Count && !added.Declined; i++)
        {
            if (messages[i].Summary is not { } summary) continue;
            await Summaries.PutAsync(added.Value.Mailbox, added.Value.Uid + (uint)i, summary, cancellation);
        }

        return added;
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
