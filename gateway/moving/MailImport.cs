using CompatBot.Core.Mail;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Moving;

/// <summary>
/// Takes mail into an account. Which messages are missing is decided by content: when a mailbox shall hold a content n times and
/// holds it m times, n - m are added. So a second run adds nothing, a run that was cut off is simply run again, and nothing has to be
/// written beside the messages. Flags of a message that is there already are left as they are.
/// </summary>
internal sealed class MailImport(MailStore mail, MoveProgress progress)
{
    /// <summary>The file that an export writes last, and by which it is known.</summary>
    public const string ExportedFile = "compatbot-export.json";

    private readonly List<MoveProblem> _notes = [];
    private readonly List<MoveProblem> _damaged = [];

    public int Mailboxes { get; private set; }

    public long Added { get; private set; }

    public long Present { get; private set; }

    public long Octets { get; private set; }

    public IReadOnlyList<MoveProblem> Notes => _notes;

    public IReadOnlyList<MoveProblem> Damaged => _damaged;

    public MoveProgress Progress => progress;

    /// <returns>None; or why it did not come to the end: StoreFull, OverQuota, Unavailable, NotPermitted.</returns>
    /// <exception cref="IOException">The source cannot be read, or the caller is gone.</exception>
    public ValueTask<Refusal> RunAsync(IMailSource source, CancellationToken cancellation) => source.MoveAsync(this, cancellation);

    public void Note(string mailbox, string? item, string what) => _notes.Add(new MoveProblem(mailbox, item, what));

    public void Damage(string mailbox, string? item, string what) => _damaged.Add(new MoveProblem(mailbox, item, what));

    /// <summary>Takes messages into a mailbox, which is made where it is not there.</summary>
    /// <param name="use">Its role, unless another mailbox has it.</param>
    /// <param name="subscribes">A mailbox that is made is subscribed.</param>
    /// <param name="take">Gives the messages.</param>
    /// <returns>None, also when this mailbox could not be made or filled, which is told; or why nothing more goes in.</returns>
    public async ValueTask<Refusal> TakeMailboxAsync(
        string name, SpecialUse use, bool subscribes, Func<MailboxTaker, ValueTask<Refusal>> take, CancellationToken cancellation)
    {
        var opened = await OpenAsync(name, use, subscribes, cancellation);
        if (opened.Declined)
        {
            if (IsFinal(opened.Refusal)) return opened.Refusal;
            Damage(name, null, $"the mailbox can not be made: {opened.Refusal}");
            return Refusal.None;
        }

        Mailboxes++;
        await using var taker = new MailboxTaker(this, mail, opened.Value, _notes);
        var refusal = await take(taker);
        if (refusal == Refusal.None) refusal = await taker.FinishAsync(cancellation);
        (Added, Octets, Present) = (Added + taker.Added, Octets + taker.Octets, Present + taker.Present);
        if (refusal == Refusal.None || IsFinal(refusal)) return refusal;
        Damage(name, null, $"messages were refused: {refusal}");
        return Refusal.None;
    }

    private async ValueTask<Outcome<MailboxState>> OpenAsync(
        string name, SpecialUse use, bool subscribes, CancellationToken cancellation)
    {
        if (mail.State.Find(name) is null)
        {
            if (mail.State.Mailboxes.Values.Any(other => other.SpecialUse == use)) use = SpecialUse.None;
            var created = await mail.CreateAsync(name, use, cancellation);
            if (created.Declined && created.Refusal != Refusal.AlreadyExists) return created.Refusal;
            if (subscribes)
            {
                var subscribed = await mail.SubscribeAsync(name, true, cancellation);
                if (subscribed.Declined) return subscribed.Refusal;
            }
        }

        return await mail.OpenAsync(name, cancellation);
    }

    /// <summary>The name of the mailbox that has a role here; null: none has.</summary>
    public string? NameOf(SpecialUse use) =>
        use == SpecialUse.None ? null : mail.State.Mailboxes.Values.FirstOrDefault(one => one.SpecialUse == use)?.Name;

    /// <summary>Nothing more would go in: it is no use to go on.</summary>
    internal static bool IsFinal(Refusal refusal) =>
        refusal is not (Refusal.Invalid or Refusal.TooMany or Refusal.TooLarge or Refusal.NotFound);
}
