using System.CommandLine;

namespace CompatBot.Gateway.Admin;

/// <summary>Options that more than one verb has.</summary>
internal static class CommonOptions
{
    public const string DataVariable = "COMPATBOT_DATA";
    public const string UnlockVariable = "COMPATBOT_UNLOCK";

    public static Option<string> Data { get; } = new("--data")
    {
        Description = $"Data directory (default: ${DataVariable}, else ./data)",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(DataVariable) is { Length: > 0 } given ? given : "data",
        Recursive = true,
    };

    public static Option<bool> Json { get; } = new("--json") { Description = "Print JSON", Recursive = true };

    public static Option<string?> Unlock { get; } = new("--unlock")
    {
        Description = $"File with the account's 24 words or a full app password (default: ${UnlockVariable})",
        HelpName = "file",
    };

    public static Option<string?> BackupKey { get; } = new("--key")
    {
        Description = "File with the backup's key (default: backup.key in the data directory; `compatbot backup` makes it)",
        HelpName = "file",
    };

    public static Option<string?> From { get; } = new("--from")
    {
        Description = "JSON file with a list of accounts to make; - is standard input",
        HelpName = "accounts.json",
    };

    public static Option<bool> PasswordInput { get; } = new("--password-stdin")
    {
        Description = "Take the app password (26 base32 characters) from standard input instead of drawing one",
    };
}
