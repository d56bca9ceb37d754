using CompatBot.Core.Mail;

namespace CompatBot.Gateway.Moving;

/// <summary>A message that is to be taken in.</summary>
/// <param name="Base">How it is named where it comes from.</param>
/// <param name="Arrived">Seconds since 1970 UTC.</param>
internal record MovingMessage(string Base, long Arrived, MessageFlags Flags, IReadOnlyList<string> Keywords);

/// <summary>Writes an account's mail into files. What cannot be read is named, and the rest goes on.</summary>
internal interface IMailExport
{
    int Mailboxes { get; }

    long Messages { get; }

    long Octets { get; }

    IReadOnlyList<MoveProblem> Damaged { get; }

    /// <summary>Writes everything; the caller flushes it.</summary>
    /// <exception cref="IOException">The disk refused, or the caller is gone.</exception>
    ValueTask RunAsync(CancellationToken cancellation);
}

/// <summary>Somewhere that mail comes from.</summary>
internal interface IMailSource
{
    /// <summary>Gives everything that it has.</summary>
    /// <returns>None; or why the account takes no more.</returns>
    ValueTask<Core.Store.Refusal> MoveAsync(MailImport into, CancellationToken cancellation);
}
