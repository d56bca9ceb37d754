using CompatBot.Core.Content;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Moving;

/// <summary>Takes messages into one mailbox, those that are not there yet.</summary>
internal sealed class MailboxTaker : IAsyncDisposable
{
    private readonly MailImport _import;
    private readonly MailStore _mail;
    private readonly string _name;
    private readonly ImportBatches _batches;
    private readonly Dictionary<ContentRef, int> _present = [];
    private readonly Dictionary<(uint Size, long Arrived), Queue<ContentRef>> _alike = [];

    public MailboxTaker(MailImport import, MailStore mail, MailboxState mailbox, List<MoveProblem> notes)
    {
        (_import, _mail, _name) = (import, mail, mailbox.Name);
        _batches = new ImportBatches(mail, mailbox, notes);
        for (var i = 0; i < mailbox.Messages.Count; i++)
        {
            var row = mailbox.Messages[i];
            _present[row.Content] = _present.GetValueOrDefault(row.Content) + 1;
            if (!_alike.TryGetValue((row.Size, row.InternalDate), out var alike)) _alike[(row.Size, row.InternalDate)] = alike = new();
            alike.Enqueue(row.Content);
        }
    }

    public long Added => _batches.Added;

    public long Octets => _batches.Octets;

    /// <summary>Messages that were there.</summary>
    public long Present { get; private set; }

    /// <summary>
    /// Whether a message of this size that arrived at this second is there, for sources that are slow to read: one that is counts once.
    /// </summary>
    public bool Has(uint size, long arrived)
    {
        if (!_alike.TryGetValue((size, arrived), out var alike) || !alike.TryDequeue(out var content)) return false;
        if (_present.GetValueOrDefault(content) is var times and > 0) _present[content] = times - 1;
        Present++;
        return true;
    }

    /// <param name="octets">Gives its octets, as often as they are wanted.</param>
    /// <returns>None; or what the store said.</returns>
    public async ValueTask<Refusal> TakeAsync(
        MovingMessage message, Func<IAsyncEnumerable<ReadOnlyMemory<byte>>> octets, CancellationToken cancellation)
    {
        using var measure = _mail.Measure();
        await foreach (var part in octets()) await measure.WriteAsync(part, cancellation);
        foreach (var content in await measure.CompleteAsync(cancellation))
        {
            if (_present.GetValueOrDefault(content) is not (> 0 and var times)) continue;
            _present[content] = times - 1;
            Present++;
            return Refusal.None;
        }

        if (measure.Length > uint.MaxValue)
        {
            _import.Damage(_name, message.Base, "it is longer than 4 GiB");
            return Refusal.None;
        }

        using var writer = _mail.NewMessage();
        await foreach (var part in octets())
        {
            var refusal = await writer.WriteAsync(part, cancellation);
            if (refusal != Refusal.None) return refusal;
        }

        var written = await writer.CompleteAsync(cancellation);
        return written.Declined ? written.Refusal : await _batches.AddAsync(message, written.Value, cancellation);
    }

    /// <summary>Waits until everything is durable.</summary>
    public ValueTask<Refusal> FinishAsync(CancellationToken cancellation) => _batches.FinishAsync(cancellation);

    public ValueTask DisposeAsync() => _batches.DisposeAsync();
}
