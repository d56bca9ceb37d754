using System.CommandLine;
using System.Text;
using System.Text.Json;
using CompatBot.Gateway.Config;

namespace CompatBot.Gateway.Admin.Doctor;

/// <summary>doctor: looks at everything that a server needs, and says what to do. Changes nothing.</summary>
internal sealed class DoctorCommand : Command
{
    private readonly Option<bool> _offline = new("--offline") { Description = "Ask no name server" };

    public DoctorCommand(Serve serve)
        : base("doctor", "Check disk, clock, certificate, ports, DNS, libraries, limits and store, and say what to do")
    {
        Options.Add(_offline);
        foreach (var option in serve.PlaceOptions) Options.Add(option);
    }

    public async Task<VerbAnswer> RunAsync(ParseResult parse, ServeOptions serve, TimeProvider time, CancellationToken cancellation)
    {
        var data = serve.DataDirectory;
        var findings = new List<Finding>(LibraryChecks.Look());
        var hasStore = File.Exists(Path.Combine(data, Storage.Sqlite.SqliteStore.FileName));
        var running = hasStore ? await RunningAsync(data, cancellation) : null;
        var patient = new Patient
        {
            DataDirectory = data,
            Time = time,
            Running = running,
            PortOffset = serve.PortOffset,
            Bind = serve.Bind,
            AdminBind = serve.AdminBind,
            Hostname = running?.Hostname ?? serve.Hostname,
            CertificateFile = running is null ? serve.TlsCertificateFile : running.CertificateFile,
            KeyFile = running is null ? serve.TlsKeyFile : running.KeyFile,
        };
        findings.AddRange(LimitChecks.Look(patient));
        if (Directory.Exists(data)) findings.AddRange(Examine(patient));

        findings.AddRange(await PortChecks.LookAsync(patient, cancellation));
        findings.Add(await ServerChecks.LookAsync(patient, cancellation));
        var (store, glance) = hasStore ? await StoreAsync(data, time, cancellation) : (NoStore(data), null);
        findings.Add(store);
        if (Directory.Exists(data)) findings.AddRange(ClockChecks.Look(patient, glance?.NewestEntry));
        findings.AddRange(parse.GetValue(_offline)
            ? [Finding.Ok("dns", "not asked (--offline)")]
            : await DnsChecks.Real(time).LookAsync(glance?.Domains ?? [], patient.Hostname, cancellation));
        return Answer(findings, parse.GetValue(CommonOptions.Json));
    }

    /// <summary>The checks of the data directory; one that may not look is a finding, too.</summary>
    public static IReadOnlyList<Finding> Examine(Patient patient)
    {
        var findings = new List<Finding>();
        (string Name, Func<Patient, IEnumerable<Finding>> Look)[] checks =
        [
            ("disk", DiskChecks.Room),
            ("disk", DiskChecks.Kind),
            ("flush", DiskChecks.Flush),
            ("permissions", DiskChecks.Permissions),
            ("certificate", CertificateChecks.Look),
        ];
        foreach (var (name, look) in checks)
        {
            try
            {
                findings.AddRange(look(patient));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                findings.Add(Finding.Problem(name, $"could not be checked: {error.Message}", "run the doctor as the server's user"));
            }
        }

        return findings;
    }

    /// <summary>The whole report; its exit code is that of the first problem.</summary>
    public static VerbAnswer Answer(IReadOnlyList<Finding> findings, bool json)
    {
        var problem = findings.FirstOrDefault(finding => finding.Level == Level.Problem);
        var code = (int)(problem?.Code ?? ExitCode.Done);
        if (json)
        {
            var lines = findings.Select(one => new FindingReport(one.Check, one.Level.ToString(), one.Text, one.Advice));
            var report = new DoctorReport(problem is null, [.. lines]);
            return new VerbAnswer(code, JsonSerializer.Serialize(report, AdminJson.Default.DoctorReport) + "\n", "");
        }

        var text = new StringBuilder();
        foreach (var finding in findings)
        {
            text.Append($"{Word(finding.Level),-9}{finding.Check,-13}{finding.Text}\n");
            if (finding.Advice is not null) text.Append($"{"",-22}-> {finding.Advice}\n");
        }

        int Count(Level level) => findings.Count(finding => finding.Level == level);
        text.Append($"{Count(Level.Ok)} ok, {Count(Level.Warning)} warnings, {Count(Level.Problem)} problems\n");
        return new VerbAnswer(code, text.ToString(), "");
    }

    private static string Word(Level level) => level switch
    {
        Level.Ok => "ok",
        Level.Warning => "warning",
        Level.Problem => "PROBLEM",
        _ => throw new ArgumentOutOfRangeException(nameof(level), level, null),
    };

    private static Finding NoStore(string data) => Finding.Ok("store", $"there is none in {data} yet");

    private static async Task<StartReport?> RunningAsync(string data, CancellationToken cancellation)
    {
        try
        {
            var call = new VerbCall(["status", "--json", "--data", data], null, null, null);
            var answer = await ControlClient.TryCallAsync(data, call, cancellation);
            return answer is { ExitCode: 0 } ? JsonSerializer.Deserialize(answer.Output, AdminJson.Default.StartReport) : null;
        }
        catch (IOException)
        {
            return null; // It stopped at this moment.
        }
    }

    private static async Task<(Finding Store, GlanceReport? Glance)> StoreAsync(
        string data, TimeProvider time, CancellationToken cancellation)
    {
        string[] arguments = ["store", "glance", "--json", "--data", data];
        var parse = CommandTree.Root.Parse(arguments);
        var answer = await CommandLine.RunVerbAsync((Verb)parse.CommandResult.Command, parse, arguments, time, cancellation);
        var glance = answer.Output.Length > 0 ? JsonSerializer.Deserialize(answer.Output, AdminJson.Default.GlanceReport) : null;
        return glance switch
        {
            null => (
                Finding.Problem(
                    "store",
                    Message(answer.Error),
                    "a server that hangs, another program, or a newer one's store",
                    (ExitCode)answer.ExitCode),
                null),
            { Flaws: [] } => (Finding.Ok("store", $"opens; {glance.Accounts} accounts, the ends of their journals are sound"), glance),
            { Flaws: var flaws } => (
                Finding.Problem(
                    "store",
                    $"{flaws.Count} accounts are damaged: {flaws[0].Account}: {flaws[0].What}",
                    "copy the store before you do anything; `compatbot store verify` and `store heads` say more",
                    ExitCode.Damaged),
                glance),
        };
    }

    private static string Message(string error) =>
        error.StartsWith('{') ? JsonSerializer.Deserialize(error, AdminJson.Default.ErrorReport)?.Message ?? error : error.Trim();
}
