using System.Diagnostics;
using System.Globalization;
using CompatBot.Gateway.Watch;

namespace CompatBot.Gateway.Admin.Doctor;

/// <summary>The data directory's disk: room, kind, flushes; and who may read the directory.</summary>
internal static class DiskChecks
{
    /// <summary>Bytes of room below which it is time to act, long before the server stops taking mail.</summary>
    public const long FreeBytesWanted = 1L << 30;

    /// <summary>A flush that takes longer makes every delivery slow.</summary>
    public static readonly TimeSpan SlowFlush = TimeSpan.FromMilliseconds(200);

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private static readonly string[] Forgetful = ["tmpfs", "ramfs"];
    private static readonly string[] Remote = ["nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "fuse", "fuseblk", "v9fs", "afs", "ceph"];

    public static IEnumerable<Finding> Room(Patient patient)
    {
        var free = patient.FreeBytes(patient.DataDirectory);
        return
        [
            free switch
            {
                < Health.FreeBytesMin => Finding.Problem(
                    "disk",
                    $"{free >> 20} MiB free: the server is not ready for mail",
                    "make room, or move the data directory",
                    ExitCode.Full),
                < FreeBytesWanted => Finding.Warning("disk", $"{free >> 20} MiB free", "make room before it runs out"),
                _ => Finding.Ok("disk", $"{free >> 30} GiB free"),
            },
        ];
    }

    public static IEnumerable<Finding> Kind(Patient patient)
    {
        string format;
        try
        {
            format = patient.DiskFormat(patient.DataDirectory);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return [Finding.Warning("disk", "the file system does not say its name", "make sure that it is a local disk")];
        }

        var advice = Forgetful.Contains(format) ? "use a disk: memory forgets all mail when the power goes"
            : Remote.Contains(format) ? "use a local disk: locks and flushes over a network are not dependable"
            : null;
        return advice is null
            ? [Finding.Ok("disk", $"file system {format}")]
            : [Finding.Warning("disk", $"the data directory is on {format}", advice)];
    }

    /// <summary>Writes a small file, flushes it, and deletes it.</summary>
    public static IEnumerable<Finding> Flush(Patient patient)
    {
        var path = Path.Combine(patient.DataDirectory, $".doctor-{Guid.NewGuid():N}");
        var started = Stopwatch.GetTimestamp();
        try
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                Options = FileOptions.DeleteOnClose,
            };
            using var file = new FileStream(path, options);
            file.WriteByte(1);
            file.Flush(flushToDisk: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            const string advice = "run as the user who owns the data directory; look into the system's log for disk errors";
            return [Finding.Problem("flush", error.Message, advice)];
        }

        var elapsed = Stopwatch.GetElapsedTime(started);
        var text = string.Create(CultureInfo.InvariantCulture, $"a file was flushed in {elapsed.TotalMilliseconds:0.0} ms");
        return elapsed > SlowFlush
            ? [Finding.Warning("flush", text, "every delivery waits for a flush: use a faster disk")]
            : [Finding.Ok("flush", text)];
    }

    /// <summary>Nobody but the owner may enter the directory, or read what lies in it.</summary>
    public static IEnumerable<Finding> Permissions(Patient patient)
    {
        var findings = new List<Finding>();
        var folder = File.GetUnixFileMode(patient.DataDirectory);
        var isOpen = (folder & Others) != 0;
        if (isOpen)
        {
            findings.Add(Finding.Problem(
                "permissions", $"others may enter {patient.DataDirectory} (mode {Octal(folder)})", $"chmod 700 {patient.DataDirectory}"));
        }

        foreach (var path in Files(patient.DataDirectory))
        {
            var mode = File.GetUnixFileMode(path);
            if ((mode & Others) == 0) continue;
            var (text, advice) = ($"others may use {path} (mode {Octal(mode)})", $"chmod go= {path}");
            findings.Add(isOpen
                ? Finding.Problem("permissions", text, advice)
                : Finding.Warning("permissions", $"{text}, if they ever get into its directory", advice));
        }

        return findings.Count > 0 ? findings : [Finding.Ok("permissions", "only the owner may read the data directory")];
    }

    /// <summary>What lies in the directory and in tls/; the blobs below are sealed, and nobody gets past the directory.</summary>
    private static IEnumerable<string> Files(string folder)
    {
        var tls = Path.Combine(folder, "tls");
        return Directory.EnumerateFileSystemEntries(folder)
            .Concat(Directory.Exists(tls) ? Directory.EnumerateFiles(tls) : [])
            .Order(StringComparer.Ordinal);
    }

    private static string Octal(UnixFileMode mode) => Convert.ToString((int)mode, 8).PadLeft(4, '0');
}
