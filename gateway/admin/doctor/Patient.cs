using System.Net;

namespace CompatBot.Gateway.Admin.Doctor;

/// <summary>What is examined, and the senses that look at it; tests put their own in.</summary>
internal sealed record Patient
{
    public required string DataDirectory { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>What the server that runs on the data directory says of itself; null when none runs.</summary>
    public StartReport? Running { get; init; }

    public int PortOffset { get; init; } = 10000;

    public IPAddress Bind { get; init; } = IPAddress.Loopback;

    public IPAddress AdminBind { get; init; } = IPAddress.Loopback;

    /// <summary>The name that clients use for the server.</summary>
    public string Hostname { get; init; } = "localhost";

    /// <summary>PEM pair; null: the one that the server made for itself.</summary>
    public string? CertificateFile { get; init; }

    public string? KeyFile { get; init; }

    public Func<string, long> FreeBytes { get; init; } = path => new DriveInfo(path).AvailableFreeSpace;

    /// <summary>The file system's name: "ext4", "tmpfs".</summary>
    public Func<string, string> DiskFormat { get; init; } = path => new DriveInfo(path).DriveFormat;

    /// <summary>The kernel's table of a process's limits.</summary>
    public Func<int, string> Limits { get; init; } = process => File.ReadAllText($"/proc/{process}/limits");
}
