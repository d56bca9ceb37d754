using CompatBot.Core.Store;

namespace CompatBot.Core.Push;

/// <summary>What a message says.</summary>
/// <param name="Topic">Of the collection.</param>
/// <param name="Change">The newest entry that changed its content; null: that is not what it is about.</param>
/// <param name="Properties">Its properties changed.</param>
/// <param name="Slot">A later message of the same slot takes the place of one that was not fetched (RFC 8030 section 5.4).</param>
public sealed record PushNews(string Topic, ulong? Change, bool Properties, string Slot);

/// <summary>What a push service made of a message.</summary>
public enum PushAnswer
{
    /// <summary>It took it.</summary>
    Sent,

    /// <summary>It does not know the subscription (any more).</summary>
    Gone,

    /// <summary>It can not be reached, or not now.</summary>
    Later,

    /// <summary>It will never take this one.</summary>
    Refused,
}

/// <param name="After">When to come again; null: it does not say.</param>
public readonly record struct PushOutcome(PushAnswer Answer, TimeSpan? After = null);

/// <summary>Sends messages to push services.</summary>
public interface IPushSender
{
    /// <summary>By which push services know this server (RFC 8292), a point on P-256, uncompressed, in base64url.</summary>
    string PublicKey { get; }

    /// <summary>Whether a message can be sent there at all.</summary>
    bool Reaches(Uri resource);

    ValueTask<PushOutcome> SendAsync(PushSubscription to, PushNews news, CancellationToken cancellation);
}

/// <summary>Told what goes wrong in the background.</summary>
public interface IPushLog
{
    void Declined(AccountId account, Refusal refusal);

    void Failed(AccountId account, Exception error);
}
