using CompatBot.Core.Mail;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Moving;

/// <summary>Collects messages of one mailbox into commits of many; while one is on its way to the disk the next is collected.</summary>
internal sealed class ImportBatches : IAsyncDisposable
{
    /// <summary>Messages of one commit, at most: a kill costs no more than two such batches of work, and no message.</summary>
    private const int BatchMessages = 256;

    /// <summary>Octets of one commit, about: what is held in memory, twice.</summary>
    private const long BatchOctets = 4 << 20;

    private readonly MailStore _mail;
    private readonly string _mailbox;
    private readonly List<MoveProblem> _notes;
    private readonly HashSet<string> _keywords;
    private List<MailAppend> _batch = [];
    private long _octets;
    private Task<Refusal> _underway = Task.FromResult(Refusal.None);

    public ImportBatches(MailStore mail, MailboxState mailbox, List<MoveProblem> notes)
    {
        (_mail, _mailbox, _notes) = (mail, mailbox.Name, notes);
        _keywords = new HashSet<string>(mailbox.Keywords, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Messages that are durable.</summary>
    public long Added { get; private set; }

    /// <summary>Of the messages that are durable.</summary>
    public long Octets { get; private set; }

    public async ValueTask<Refusal> AddAsync(MovingMessage message, WrittenMessage written, CancellationToken cancellation)
    {
        var date = DateTimeOffset.FromUnixTimeSeconds(message.Arrived);
        _batch.Add(new MailAppend(written, message.Flags, Known(message), date));
        _octets += written.Content.Length;
        return _batch.Count < BatchMessages && _octets < BatchOctets ? Refusal.None : await SendAsync(cancellation);
    }

    /// <summary>Commits what is collected and waits for all.</summary>
    public async ValueTask<Refusal> FinishAsync(CancellationToken cancellation)
    {
        var refusal = await SendAsync(cancellation);
        return refusal == Refusal.None ? await _underway : refusal;
    }

    /// <summary>Waits for a commit that an error left underway; what became of it, the next run sees.</summary>
    public async ValueTask DisposeAsync() => await ((Task)_underway).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async ValueTask<Refusal> SendAsync(CancellationToken cancellation)
    {
        var refusal = await _underway;
        if (refusal != Refusal.None || _batch.Count == 0) return refusal;
        (var batch, _batch, var octets, _octets) = (_batch, [], _octets, 0);
        _underway = CommitAsync(batch, octets, cancellation);
        return Refusal.None;
    }

    private async Task<Refusal> CommitAsync(List<MailAppend> batch, long octets, CancellationToken cancellation)
    {
        var appended = await _mail.AppendAllAsync(_mailbox, batch, cancellation);
        if (!appended.Declined) (Added, Octets) = (Added + batch.Count, Octets + octets);
        return appended.Refusal;
    }

    /// <summary>The message's keywords, as far as the mailbox has room for them.</summary>
    private List<string> Known(MovingMessage message)
    {
        var known = new List<string>();
        foreach (var keyword in message.Keywords)
        {
            var sane = MaildirFlags.IsKeyword(keyword);
            if (sane && (_keywords.Contains(keyword) || (_keywords.Count < MailboxState.KeywordsMax && _keywords.Add(keyword))))
            {
                known.Add(keyword);
                continue;
            }

            var why = sane ? "the mailbox has no room for its keyword, which is left out" : "a keyword that IMAP cannot carry is left out";
            _notes.Add(new MoveProblem(_mailbox, message.Base, why));
        }

        return known;
    }
}
