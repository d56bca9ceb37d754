using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using CompatBot.Gateway.Admin;
using CompatBot.Gateway.Admin.Doctor;
using CompatBot.Gateway.Config;
using CompatBot.Gateway.Tls;
using CompatBot.Gateway.Watch;
using Xunit;

namespace CompatBot.UnitTests.Gateway.Doctor;

/// <summary>A healthy machine, with one thing broken at a time.</summary>
public sealed class DoctorTests : IDisposable
{
    private const string Generous = """
        Limit                     Soft Limit           Hard Limit           Units
        Max core file size        0                    0                    bytes
        Max open files            1024                 1048576              files
        Max locked memory         8388608              8388608              bytes
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("doctor").FullName;
    private readonly ManualTime _time = new();

    public DoctorTests()
    {
        _time.Advance(TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch);
        _ = SelfMadeCertificate.Ensure(_folder, "localhost", IPAddress.Loopback, _time.GetUtcNow());
    }

    private Patient Healthy => new()
    {
        DataDirectory = _folder,
        Time = _time,
        FreeBytes = _ => DiskChecks.FreeBytesWanted,
        DiskFormat = _ => "ext4",
        Limits = _ => Generous,
    };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_healthy_directory_has_nothing_to_complain_of()
    {
        Assert.All(DoctorCommand.Examine(Healthy), finding => Assert.Equal((Level.Ok, null), (finding.Level, finding.Advice)));
        Assert.All(LimitChecks.Look(Healthy), finding => Assert.Equal(Level.Ok, finding.Level));
        Assert.All(LibraryChecks.Look(), finding => Assert.Equal(Level.Ok, finding.Level));
        Assert.All(ClockChecks.Look(Healthy, _time.GetUtcNow()), finding => Assert.Equal(Level.Ok, finding.Level));
        Assert.Equal(["tls"], from path in Directory.EnumerateFileSystemEntries(_folder) select Path.GetFileName(path)); // It tidied up.
    }

    [Fact]
    public void A_directory_that_others_may_enter_is_a_problem_and_its_files_too()
    {
        var file = Path.Combine(_folder, "compatbot.db");
        File.WriteAllText(file, "");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Assert.Equal([(Level.Warning, $"chmod go= {file}")], Said(DiskChecks.Permissions(Healthy)));
        File.SetUnixFileMode(_folder, File.GetUnixFileMode(_folder) | UnixFileMode.OtherExecute);
        Assert.Equal(
            [(Level.Problem, $"chmod 700 {_folder}"), (Level.Problem, $"chmod go= {file}")], Said(DiskChecks.Permissions(Healthy)));
    }

    [Theory]
    [InlineData(DiskChecks.FreeBytesWanted, "Ok", ExitCode.Failed)]
    [InlineData(DiskChecks.FreeBytesWanted - 1, "Warning", ExitCode.Failed)]
    [InlineData(Health.FreeBytesMin, "Warning", ExitCode.Failed)]
    [InlineData(Health.FreeBytesMin - 1, "Problem", ExitCode.Full)]
    public void A_disk_that_fills_is_told_in_time(long free, string level, ExitCode code)
    {
        var finding = Assert.Single(DiskChecks.Room(Healthy with { FreeBytes = _ => free }));
        Assert.Equal((level, code), (finding.Level.ToString(), finding.Code));
    }

    [Theory]
    [InlineData("tmpfs")]
    [InlineData("nfs")]
    public void A_disk_that_forgets_or_is_far_away_is_warned_of(string format) =>
        Assert.Equal(Level.Warning, Assert.Single(DiskChecks.Kind(Healthy with { DiskFormat = _ => format })).Level);

    [Fact]
    public void A_directory_that_takes_no_file_is_a_problem() =>
        Assert.Equal(Level.Problem, Assert.Single(DiskChecks.Flush(Healthy with { DataDirectory = Path.Combine(_folder, "none") })).Level);

    [Fact]
    public void A_certificate_is_told_of_before_it_expires_and_after()
    {
        _time.Advance(SelfMadeCertificate.Lifetime - CertificateChecks.SoonExpired - TimeSpan.FromMinutes(1));
        Assert.Equal(Level.Ok, Assert.Single(CertificateChecks.Look(Healthy)).Level);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(Level.Warning, Assert.Single(CertificateChecks.Look(Healthy)).Level);
        _time.Advance(CertificateChecks.SoonExpired);
        var expired = Assert.Single(CertificateChecks.Look(Healthy));
        Assert.Equal(Level.Problem, expired.Level);
        Assert.StartsWith("expired", expired.Text, StringComparison.Ordinal);
        _time.Advance(-2 * SelfMadeCertificate.Lifetime);
        Assert.StartsWith("valid only from", Assert.Single(CertificateChecks.Look(Healthy)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_of_another_host_or_key_and_a_key_for_all_are_found()
    {
        Assert.Equal(
            [Level.Ok, Level.Warning], from one in CertificateChecks.Look(Healthy with { Hostname = "mail.example.org" }) select one.Level);
        var key = Path.Combine(_folder, "tls", "key.pem");
        File.SetUnixFileMode(key, File.GetUnixFileMode(key) | UnixFileMode.OtherRead);
        Assert.Equal([Level.Ok, Level.Problem], from one in CertificateChecks.Look(Healthy) select one.Level);
        File.WriteAllText(key, SelfMadeCertificate.Make("localhost", IPAddress.Loopback, _time.GetUtcNow()).Key);
        Assert.Contains("not usable", Assert.Single(CertificateChecks.Look(Healthy)).Text);
        var nowhere = Healthy with { CertificateFile = "/nowhere.pem", KeyFile = "/nowhere.pem" };
        Assert.Equal(Level.Problem, Assert.Single(CertificateChecks.Look(nowhere)).Level);
    }

    [Fact]
    public void A_clock_that_went_back_or_away_is_found()
    {
        var newest = _time.GetUtcNow();
        _time.Advance(-ClockChecks.DriftMax - TimeSpan.FromSeconds(1));
        Assert.Equal(Level.Problem, Assert.Single(ClockChecks.Look(Healthy, newest)).Level);
        Assert.Equal(Level.Warning, Assert.Single(ClockChecks.Look(Healthy, null)).Level);
        _time.Advance(TimeSpan.FromDays(-20_000));
        Assert.Contains("before this program", Assert.Single(ClockChecks.Look(Healthy, null)).Text);
    }

    [Fact]
    public void Small_limits_are_told_one_by_one()
    {
        const string small = """
            Max core file size        0                    unlimited            bytes
            Max open files            1024                 4096                 files
            Max locked memory         65536                65536                bytes
            """;
        var found = LimitChecks.Look(Healthy with { Limits = _ => small });
        Assert.Equal([Level.Warning, Level.Warning, Level.Problem], from one in found select one.Level);
        var unread = LimitChecks.Look(Healthy with { Limits = _ => throw new FileNotFoundException() });
        Assert.Equal(Level.Warning, Assert.Single(unread).Level);
    }

    [Fact]
    public void A_library_that_is_old_or_missing_is_a_problem_with_its_package()
    {
        Assert.Equal("apt-get install libx1", LibraryChecks.Library("libx", "1.2", "libx1", () => new Version(1, 1)).Advice);
        Assert.Equal("apt-get install libx1", LibraryChecks.Library("libx", "1.2", "libx1", () => throw new DllNotFoundException()).Advice);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var offset = ((IPEndPoint)taken.LocalEndpoint).Port - Ports.Imap.StandardPort;
        var found = await PortChecks.LookAsync(Healthy with { PortOffset = offset }, TestContext.Current.CancellationToken);
        var problem = Assert.Single(found, one => one.Text.StartsWith("imap ", StringComparison.Ordinal));
        Assert.Equal(Level.Problem, problem.Level);
        Assert.Contains("taken by another program", problem.Text);
    }

    [Fact]
    public async Task A_server_that_runs_serves_its_ports_or_does_not()
    {
        using var served = new TcpListener(IPAddress.Loopback, 0);
        served.Start();
        var open = new OpenPort("imap", "0.0.0.0", ((IPEndPoint)served.LocalEndpoint).Port, "STARTTLS");
        var running = new StartReport(true, Environment.ProcessId, _folder, [open], 0, "localhost", null, null, null);
        var patient = Healthy with { Running = running };
        Assert.Equal(Level.Ok, Assert.Single(await PortChecks.LookAsync(patient, TestContext.Current.CancellationToken)).Level);
        served.Stop();
        Assert.Equal(Level.Problem, Assert.Single(await PortChecks.LookAsync(patient, TestContext.Current.CancellationToken)).Level);
        running = running with { Ports = [open with { Name = "admin" }] };
        var silent = await ServerChecks.LookAsync(Healthy with { Running = running }, TestContext.Current.CancellationToken);
        Assert.Equal((Level.Problem, ExitCode.Unavailable), (silent.Level, silent.Code));
    }

    [Fact]
    public void The_report_ends_with_counts_and_the_code_of_the_first_problem()
    {
        Finding[] findings =
        [
            Finding.Ok("clock", "right"),
            Finding.Warning("dns", "odd", "look"),
            Finding.Problem("disk", "full", "make room", ExitCode.Full),
        ];
        var text = DoctorCommand.Answer(findings, json: false);
        Assert.Equal((int)ExitCode.Full, text.ExitCode);
        Assert.Equal(
            """
            ok       clock        right
            warning  dns          odd
                                  -> look
            PROBLEM  disk         full
                                  -> make room
            1 ok, 1 warnings, 1 problems

            """,
            text.Output);
        using var json = JsonDocument.Parse(DoctorCommand.Answer(findings[..2], json: true).Output);
        Assert.True(json.RootElement.GetProperty("healthy").GetBoolean());
        Assert.Equal("look", json.RootElement.GetProperty("findings")[1].GetProperty("advice").GetString());
        Assert.Equal(0, DoctorCommand.Answer(findings[..2], json: false).ExitCode);
    }

    private static IEnumerable<(Level Level, string? Advice)> Said(IEnumerable<Finding> findings) =>
        from finding in findings select (finding.Level, finding.Advice);
}
