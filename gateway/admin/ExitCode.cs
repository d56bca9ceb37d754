using CompatBot.Core.Store;

namespace CompatBot.Gateway.Admin;

/// <summary>What the program's exit code says; README.md lists them.</summary>
public enum ExitCode
{
    Done = 0,

    /// <summary>A bug or a failure of the machine: the log says more.</summary>
    Failed = 1,

    /// <summary>The command line itself is wrong.</summary>
    Usage = 2,

    NotFound = 3,
    Exists = 4,

    /// <summary>Words or password missing or wrong, or they do not open what was asked for.</summary>
    Denied = 5,

    /// <summary>Somebody else holds the store and does not answer, or the store cannot be written now.</summary>
    Unavailable = 6,

    /// <summary>Stored bytes do not verify.</summary>
    Damaged = 7,

    /// <summary>Nothing written: a limit or the disk is full.</summary>
    Full = 8,
}

/// <summary>The one switch from core's refusals to the command line's exit codes and words.</summary>
internal static class RefusalWords
{
    public static ExitCode Code(Refusal refusal) => refusal switch
    {
        Refusal.None => ExitCode.Done,
        Refusal.NotFound => ExitCode.NotFound,
        Refusal.AlreadyExists => ExitCode.Exists,
        Refusal.Invalid => ExitCode.Usage,
        Refusal.NotPermitted or Refusal.BadCredentials or Refusal.Locked => ExitCode.Denied,
        Refusal.Unavailable or Refusal.Conflict => ExitCode.Unavailable,
        Refusal.Damaged or Refusal.WentBack => ExitCode.Damaged,
        Refusal.StoreFull or Refusal.OverQuota or Refusal.TooMany or Refusal.TooLarge => ExitCode.Full,
        Refusal.HasChildren => ExitCode.Failed,
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, null),
    };

    /// <param name="refusal">Why core declined.</param>
    /// <param name="subject">What it was about, as typed: "anna@example.org".</param>
    public static string Text(Refusal refusal, string subject) => refusal switch
    {
        Refusal.NotFound => $"{subject}: there is no such thing (`compatbot account list` and `compatbot domain list` show what there is)",
        Refusal.AlreadyExists => $"{subject} is already there",
        Refusal.Invalid => $"{subject} is malformed",
        Refusal.NotPermitted => $"{subject}: these words or this password do not permit it; use the account's 24 words",
        Refusal.BadCredentials => $"{subject}: these words or this password do not belong to it",
        Refusal.Locked => $"{subject}: the key that opens it is not open; give the account's 24 words by --unlock or COMPATBOT_UNLOCK",
        Refusal.Unavailable or Refusal.Conflict => $"{subject}: the store cannot be written now; try again, the server's log says more",
        Refusal.Damaged => $"{subject}: stored bytes do not verify; `compatbot store verify` says which",
        Refusal.WentBack => $"{subject}: its journal is older than what was signed (a restored disk, an old copy): bring the newer "
            + "store back, or take this one for good with `compatbot store accept-heads`",
        Refusal.StoreFull => $"{subject}: no space left in the store; nothing was written",
        Refusal.OverQuota or Refusal.TooMany or Refusal.TooLarge => $"{subject}: a limit is reached; nothing was written",
        Refusal.HasChildren => $"{subject} still holds others",
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, null),
    };
}
