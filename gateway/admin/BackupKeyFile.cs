using System.CommandLine;
using CompatBot.Gateway.Admin.Verbs;
using CompatBot.Gateway.Config;
using CompatBot.Storage.Backup;

namespace CompatBot.Gateway.Admin;

/// <summary>The file that holds a backup's key, on the typist's side.</summary>
internal static class BackupKeyFile
{
    /// <summary>Its name in the data directory, where nobody named another.</summary>
    public const string FileName = "backup.key";

    /// <summary>
    /// The call with the key in it. Where there is neither a key nor a backup yet, a key is drawn and written (mode 0600).
    /// </summary>
    public static async ValueTask<VerbCall> ReadAsync(VerbCall call, ParseResult parse, CancellationToken cancellation)
    {
        var data = Path.GetFullPath(parse.GetValue(CommonOptions.Data)!);
        var path = Path.GetFullPath(parse.GetValue(CommonOptions.BackupKey) ?? Path.Combine(data, FileName));
        var named = call with { BackupKeyFile = path };
        if (File.Exists(path)) return named with { BackupKey = await File.ReadAllTextAsync(path, cancellation) };
        if (!BackupVerbs.MakesKey(parse)) return named;
        using var key = BackupKey.Draw();
        DataDirectory.ReplacePrivate(path, key.ToText() + "\n");
        return named with { BackupKey = key.ToText(), BackupKeyMade = true };
    }
}
