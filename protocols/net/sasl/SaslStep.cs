using CompatBot.Core.Identity;
using CompatBot.Core.Store;

namespace CompatBot.Protocols.Net.Sasl;

public enum SaslStatus
{
    /// <summary>Send the challenge, bring the answer.</summary>
    Challenge,

    /// <summary>Logged in; a challenge that is not empty goes with the success, or before it where the protocol cannot.</summary>
    Success,

    /// <summary>Declined: BadCredentials, NotPermitted (the device may not use this protocol), Unavailable.</summary>
    Declined,

    /// <summary>Locked out for a while after too many failures.</summary>
    LockedOut,

    /// <summary>Not what the mechanism's grammar says.</summary>
    Malformed,
}

/// <summary>What one client response led to.</summary>
/// <param name="Challenge">Bytes for the client, not yet in base64; may be empty.</param>
public readonly record struct SaslStep(SaslStatus Status, ReadOnlyMemory<byte> Challenge, Session? Session, Refusal Refusal)
{
    public static SaslStep Ask(ReadOnlyMemory<byte> challenge) => new(SaslStatus.Challenge, challenge, null, Refusal.None);

    public static SaslStep Malformed => new(SaslStatus.Malformed, default, null, Refusal.None);

    /// <summary>The outcome of a login, in the mechanism's words.</summary>
    public static SaslStep From(LoginOutcome outcome, ReadOnlyMemory<byte> last = default) => outcome switch
    {
        { Session: { } session } => new(SaslStatus.Success, last, session, Refusal.None),
        { LockedOut: true } => new(SaslStatus.LockedOut, default, null, Refusal.BadCredentials),
        _ => new(SaslStatus.Declined, default, null, outcome.Refusal),
    };
}

/// <summary>One exchange of one mechanism; used for one login and thrown away.</summary>
public interface ISaslMechanism
{
    /// <summary>The client speaks first: without an initial response the protocol sends an empty challenge.</summary>
    bool ClientFirst { get; }

    /// <summary>Takes the client's next response (base64 already undone); for a mechanism that speaks first, empty to begin with.</summary>
    ValueTask<SaslStep> StepAsync(ReadOnlyMemory<byte> response, CancellationToken cancellation);
}
