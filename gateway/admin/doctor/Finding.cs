namespace CompatBot.Gateway.Admin.Doctor;

/// <summary>How bad it is.</summary>
internal enum Level
{
    Ok,

    /// <summary>It works, but somebody should look.</summary>
    Warning,

    /// <summary>Something does not work, or is not safe.</summary>
    Problem,
}

/// <summary>What one check found.</summary>
/// <param name="Check">One word: disk, clock.</param>
/// <param name="Text">What is so.</param>
/// <param name="Advice">What to do about it, one line; null when all is well.</param>
/// <param name="Code">The exit code that a problem leads to.</param>
internal sealed record Finding(string Check, Level Level, string Text, string? Advice, ExitCode Code = ExitCode.Failed)
{
    public static Finding Ok(string check, string text) => new(check, Level.Ok, text, null);

    public static Finding Warning(string check, string text, string advice) => new(check, Level.Warning, text, advice);

    public static Finding Problem(string check, string text, string advice, ExitCode code = ExitCode.Failed) =>
        new(check, Level.Problem, text, advice, code);
}
