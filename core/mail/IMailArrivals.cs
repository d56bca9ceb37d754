using CompatBot.Core.Store;

namespace CompatBot.Core.Mail;

/// <summary>Told of mail that arrives: what is in it may concern other realms than the mailboxes.</summary>
public interface IMailArrivals
{
    /// <summary>
    /// Called when the owner's key is open, before the message is in a mailbox; of messages that fit into one chunk and are no junk. Should
    /// the process end before the message is stored, it is called again.
    /// </summary>
    /// <returns>None; StoreFull, Unavailable: the message is not stored either, and comes again.</returns>
    ValueTask<Refusal> ArrivedAsync(AccountId account, ReadOnlyMemory<byte> message, CancellationToken cancellation);
}
