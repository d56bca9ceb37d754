using CompatBot.Core.Store;

namespace CompatBot.Core.Queue;

/// <summary>Sends mail that this server writes, or sends on, in an account's name: to accounts here, or by the queue.</summary>
public interface IMailPost
{
    /// <returns>None when it is durable; NotFound (no such account here), Invalid (no address), or what the store says.</returns>
    ValueTask<Refusal> SendAsync(OutgoingMail mail, CancellationToken cancellation);
}

/// <summary>A message for one recipient.</summary>
/// <param name="Submitter">In whose name it is sent.</param>
/// <param name="Sender">Envelope address without brackets; empty: the null path.</param>
/// <param name="Recipient">Envelope address without brackets.</param>
/// <param name="Octets">The message, lines ending in CRLF; signed where its author's domain is of this server.</param>
public sealed record OutgoingMail(AccountId Submitter, string Sender, string Recipient, IAsyncEnumerable<ReadOnlyMemory<byte>> Octets)
{
    /// <summary>It came from elsewhere and is sent on: what this server found about it is sealed and goes with it (ARC).</summary>
    public bool IsForwarded { get; init; }

    public override string ToString() => "(mail)";
}
