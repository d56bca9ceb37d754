using System.CommandLine;

namespace CompatBot.Gateway.Admin;

/// <summary>Runs a verb against a composed store; the same code in the server and in a command that opened the store itself.</summary>
internal delegate ValueTask<VerbAnswer> VerbBody(VerbContext context, CancellationToken cancellation);

/// <summary>A leaf of the command tree: its options, and what it does.</summary>
internal sealed class Verb(string name, string description, VerbBody body) : Command(name, description)
{
    public VerbBody Body { get; } = body;

    /// <summary>Standard input is part of the call.</summary>
    public Func<ParseResult, bool> ReadsInput { get; private set; } = _ => false;

    /// <summary>A missing data directory is made instead of refused.</summary>
    public bool MakesStore { get; private set; }

    /// <summary>Runs here, without a store: on files that the typist names.</summary>
    public bool NeedsNoStore { get; private set; }

    /// <summary>Refused while a server runs on the store.</summary>
    public bool NeedsStoppedServer { get; private set; }

    /// <summary>It has verbs below it and does something itself: the parser asks for one of them otherwise.</summary>
    public Verb WithVerbsBelow()
    {
        SetAction(_ => (int)ExitCode.Done);
        return this;
    }

    public Verb Reading(Func<ParseResult, bool> when)
    {
        ReadsInput = when;
        return this;
    }

    public Verb Making()
    {
        MakesStore = true;
        return this;
    }

    public Verb WithoutStore()
    {
        NeedsNoStore = true;
        return this;
    }

    public Verb Alone()
    {
        NeedsStoppedServer = true;
        return this;
    }
}

/// <summary>A verb as it was typed, with everything that only the typist's side can read.</summary>
/// <param name="Arguments">The command line.</param>
/// <param name="Input">Standard input, when the verb reads it.</param>
/// <param name="Bulk">Content of the file that --from names.</param>
/// <param name="Unlock">24 words or an app password, from --unlock or the environment.</param>
public sealed record VerbCall(string[] Arguments, string? Input, string? Bulk, string? Unlock)
{
    /// <summary>Where the typist stands: relative paths in the arguments start there, wherever the verb runs.</summary>
    public string? Folder { get; init; }

    /// <summary>Content of the backup's key file; null when there is none.</summary>
    public string? BackupKey { get; init; }

    /// <summary>Where that file is, or should be.</summary>
    public string? BackupKeyFile { get; init; }

    /// <summary>The key file was made for this call.</summary>
    public bool BackupKeyMade { get; init; }

    /// <summary>A call holds secrets.</summary>
    public override string ToString() => "(call)";
}

/// <summary>What the typist gets to see, and the exit code.</summary>
public sealed record VerbAnswer(int ExitCode, string Output, string Error)
{
    /// <summary>Not the answer yet, but how far the verb has come; null in the answer itself.</summary>
    public string? Progress { get; init; }

    /// <summary>An answer may show words and passwords once.</summary>
    public override string ToString() => $"(answer {ExitCode})";
}
