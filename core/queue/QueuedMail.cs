using System.Collections.Immutable;
using CompatBot.Core.Store;

namespace CompatBot.Core.Queue;

/// <summary>When a sender wants to hear of a recipient (RFC 3461 section 4.1). None: as usual, of failure and of long delay.</summary>
[Flags]
public enum DsnNotify
{
    None = 0,
    Never = 1,
    Success = 2,
    Failure = 4,
    Delay = 8,
}

/// <summary>What became of a recipient so far. Numbers are part of the stored format.</summary>
public enum QueueState
{
    Waiting = 0,
    Delivered = 1,
    Failed = 2,
}

/// <summary>Everything about a message that its recipients share.</summary>
/// <param name="Sender">Reverse-path without brackets; empty: the null path.</param>
/// <param name="Submitter">Who sent it.</param>
/// <param name="IsUtf8">MAIL had SMTPUTF8.</param>
/// <param name="EnvelopeId">ENVID as xtext; empty: none (RFC 3461 section 4.4).</param>
/// <param name="ReturnHeadersOnly">RET=HDRS.</param>
/// <param name="RequiresTls">REQUIRETLS: over connections that are proven safe, or not at all (RFC 8689).</param>
public sealed record QueueEnvelope(
    string Sender, AccountId Submitter, bool IsUtf8 = false, string EnvelopeId = "", bool ReturnHeadersOnly = false,
        bool RequiresTls = false)
{
    /// <summary>Nobody gets it before; null: at once (RFC 4865).</summary>
    public DateTimeOffset? HoldUntil { get; init; }

    /// <summary>When it has to be there; null: nobody said.</summary>
    public QueueDeadline? Deadline { get; init; }

    /// <summary>What waits for the same destination goes in this order, the greatest first: -9 to 9 (RFC 6710).</summary>
    public int Priority { get; init; }

    /// <summary>Reaching the recipient counts more than what its domain demands of TLS (RFC 8689 section 5).</summary>
    public bool IsTlsOptional { get; init; }

    public override string ToString() => "(envelope)";
}

/// <summary>Until when a message is of use (RFC 2852).</summary>
/// <param name="Returns">It goes back when it is late; else its sender is told, and it is tried on.</param>
/// <param name="Traces">Its sender hears when it is passed on.</param>
public sealed record QueueDeadline(DateTimeOffset At, bool Returns, bool Traces);

/// <summary>One recipient at another server.</summary>
/// <param name="Address">As the client named it.</param>
/// <param name="Domain">Where it goes: A-labels in lower case, or an address literal with its brackets.</param>
/// <param name="Original">ORCPT: address type, semicolon, xtext; empty: none (RFC 3461 section 4.2).</param>
public sealed record QueuedRecipient(string Address, string Domain, DsnNotify Notify = DsnNotify.None, string Original = "")
{
    public QueueState State { get; init; }

    /// <summary>Attempts so far, those included that came no further than a look at the DNS.</summary>
    public int Attempts { get; init; }

    /// <summary>No attempt before this.</summary>
    public DateTimeOffset Next { get; init; }

    /// <summary>The last reply of the other side, or what went wrong; empty before the first attempt.</summary>
    public string Reply { get; init; } = "";

    /// <summary>The sender was told that it takes long.</summary>
    public bool IsWarned { get; init; }

    public bool Wants(DsnNotify notice) =>
        Notify == DsnNotify.None ? notice is DsnNotify.Failure or DsnNotify.Delay : (Notify & notice) != 0;

    public override string ToString() => "(recipient)";
}

/// <summary>A message on its way to other servers, as it stands; never changed, only replaced by the queue.</summary>
/// <param name="Arrived">When it was queued.</param>
/// <param name="Size">Octets of it.</param>
/// <param name="HasEightBit">An octet above 127 is in it.</param>
/// <param name="Parts">Blobs that hold it, in order.</param>
public sealed record QueuedMail(
    QueueId Id,
    QueueEnvelope Envelope,
    DateTimeOffset Arrived,
    long Size,
    bool HasEightBit,
    IReadOnlyList<BlobName> Parts,
    ImmutableArray<QueuedRecipient> Recipients)
{
    /// <summary>When it was to go: from then on it is tried for its lifetime.</summary>
    public DateTimeOffset Due => Envelope.HoldUntil is { } until && until > Arrived ? until : Arrived;

    /// <summary>An operator stopped it: nothing is sent until it is released.</summary>
    public bool IsHeld { get; init; }

    /// <summary>No recipient is waiting any more.</summary>
    public bool IsDone => !Recipients.Any(one => one.State == QueueState.Waiting);

    /// <summary>Where it still has to go.</summary>
    public IEnumerable<string> Domains =>
        Recipients.Where(one => one.State == QueueState.Waiting).Select(one => one.Domain).Distinct(StringComparer.Ordinal);

    /// <summary>The same with some recipients replaced.</summary>
    /// <param name="which">Which are touched.</param>
    /// <param name="change">What becomes of each.</param>
    public QueuedMail With(Func<QueuedRecipient, bool> which, Func<QueuedRecipient, QueuedRecipient> change) =>
        this with { Recipients = [.. Recipients.Select(one => which(one) ? change(one) : one)] };

    public override string ToString() => $"(queued {Id})";
}
