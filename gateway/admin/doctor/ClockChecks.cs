namespace CompatBot.Gateway.Admin.Doctor;

/// <summary>Whether the clock can be right, as far as that shows without asking the network.</summary>
internal static class ClockChecks
{
    /// <summary>How far the file system's time may be from the clock's.</summary>
    public static readonly TimeSpan DriftMax = TimeSpan.FromSeconds(5);

    private const string Advice = "set the clock, and let systemd-timesyncd or chrony keep it: certificates and dates of mail depend on it";

    /// <param name="newestEntry">When the newest journal entry was written; null when there is none.</param>
    public static IEnumerable<Finding> Look(Patient patient, DateTimeOffset? newestEntry)
    {
        var now = patient.Time.GetUtcNow();
        var program = new DateTimeOffset(File.GetLastWriteTimeUtc(Path.Combine(AppContext.BaseDirectory, "compatbot.dll")));
        if (now < program - DriftMax) return [Finding.Problem("clock", $"it says {now:u}, before this program was made", Advice)];
        if (newestEntry is { } entry && now < entry - DriftMax)
        {
            return [Finding.Problem("clock", $"it says {now:u}, but the newest journal entry is of {entry:u}: it went back", Advice)];
        }

        if (FileSystemTime(patient.DataDirectory) is not { } written) return [Finding.Ok("clock", $"{now:u}")];
        var drift = (written - patient.Time.GetUtcNow()).Duration();
        return drift > DriftMax
            ? [Finding.Warning("clock", $"the file system's time is {drift.TotalSeconds:0} s away from the clock's", Advice)]
            : [Finding.Ok("clock", $"{now:u}, and the file system agrees")];
    }

    /// <summary>What the file system dates a fresh file with; null when none can be written, which the flush check reports.</summary>
    private static DateTimeOffset? FileSystemTime(string folder)
    {
        var path = Path.Combine(folder, $".doctor-{Guid.NewGuid():N}");
        try
        {
            File.WriteAllBytes(path, []);
            var written = File.GetLastWriteTimeUtc(path);
            File.Delete(path);
            return new DateTimeOffset(written);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
