using System.Globalization;
using CompatBot.Protocols.Net;

namespace CompatBot.Gateway.Admin.Doctor;

/// <summary>What the system grants the process (getrlimit): of the server that runs, else of this one.</summary>
internal static class LimitChecks
{
    /// <summary>Descriptors besides those of connections: the store, libraries, the runtime.</summary>
    public const long OtherFiles = 1000;

    /// <summary>Locked memory for the keys of some hundred open accounts, in bytes.</summary>
    public const long LockedBytesMin = 1 << 20;

    public static IEnumerable<Finding> Look(Patient patient)
    {
        string table;
        try
        {
            table = patient.Limits(patient.Running?.ProcessId ?? Environment.ProcessId);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [Finding.Warning("limits", $"they could not be read: {error.Message}", "run the doctor as the server's user")];
        }

        return
        [
            OpenFiles(Hard(table, "Max open files")),
            Locked(Soft(table, "Max locked memory")),
            Dumps(Hard(table, "Max core file size")),
        ];
    }

    // The runtime raises the soft limit to the hard one by itself.
    private static Finding OpenFiles(long files)
    {
        var wanted = new LineLimits().ConnectionsMax + OtherFiles;
        return files < wanted
            ? Finding.Warning(
                "limits", $"{files} open files: fewer than {wanted}", "raise them: LimitNOFILE=65536 in the service, or ulimit -n")
            : Finding.Ok("limits", "open files suffice");
    }

    private static Finding Locked(long bytes) => bytes < LockedBytesMin
        ? Finding.Warning(
            "limits",
            $"{bytes >> 10} KiB of locked memory: keys may go to swap",
            "raise it: LimitMEMLOCK=64M in the service, or ulimit -l")
        : Finding.Ok("limits", "locked memory suffices");

    private static Finding Dumps(long bytes) => bytes > 0
        ? Finding.Problem("limits", "core dumps are on: they would hold keys", "LimitCORE=0 in the service, or ulimit -c 0")
        : Finding.Ok("limits", "core dumps are off");

    private static long Soft(string table, string name) => Value(table, name, 0);

    private static long Hard(string table, string name) => Value(table, name, 1);

    /// <summary>A row is a name padded to 26 columns, then soft, hard, and a unit.</summary>
    private static long Value(string table, string name, int column)
    {
        var row = table.Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        var values = row?[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (values is null || values.Length <= column || values[column] == "unlimited") return long.MaxValue;
        return long.Parse(values[column], CultureInfo.InvariantCulture);
    }
}
