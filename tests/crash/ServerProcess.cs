using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace CompatBot.CrashTests;

/// <summary>One run of the real program, `compatbot serve`, on free ports; killed, stopped, and started again on the same data.</summary>
internal sealed class ServerProcess : IDisposable
{
    /// <summary>What `run` starts: native code, which the copy beside the tests is not.</summary>
    private static readonly string Program = Path.GetFullPath(
        Path.Combine(SourceFolder(), "../../gateway/bin/Release/program/compatbot"));

    private readonly Process _process;
    private readonly Dictionary<string, int> _ports;

    private ServerProcess(Process process, Dictionary<string, int> ports) => (_process, _ports) = (process, ports);

    public int Port(string name) => _ports[name];

    /// <summary>It was told to stop, or is killed: from now on its clients lose their connections.</summary>
    public bool Ending { get; private set; }

    /// <summary>Starts and waits until every port is open.</summary>
    /// <exception cref="InvalidOperationException">It ended instead; the message is what it said.</exception>
    public static async Task<ServerProcess> StartAsync(string data, params string[] options)
    {
        var process = Launch(["serve", "--data", data, "--free-ports", "--json", "--vault-grace", "0", .. options]);
        var said = process.StandardError.ReadToEndAsync();
        if (await process.StandardOutput.ReadLineAsync() is not { } banner)
        {
            throw new InvalidOperationException($"The server did not start (exit code {await ExitCodeAsync(process)}): {await said}");
        }

        using var report = JsonDocument.Parse(banner);
        var ports = report.RootElement.GetProperty("ports").EnumerateArray()
            .ToDictionary(port => port.GetProperty("name").GetString()!, port => port.GetProperty("port").GetInt32());
        return new ServerProcess(process, ports);
    }

    /// <summary>Starts and kills after a delay, wherever the start has come to.</summary>
    public static async Task KillWhileStartingAsync(string data, TimeSpan after)
    {
        using var process = Launch(["serve", "--data", data, "--free-ports", "--json"]);
        await Task.Delay(after);
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Runs a verb to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> VerbAsync(string data, string? input, params string[] arguments)
    {
        using var process = Launch([.. arguments, "--data", data]);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (input is not null) await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        return (await ExitCodeAsync(process), await output, await error);
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        Ending = true;
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and the exit code.</summary>
    public async Task<int> StopAsync()
    {
        Ending = true;
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
        return await ExitCodeAsync(_process);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    private static async Task<int> ExitCodeAsync(Process process)
    {
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private static Process Launch(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start");
    }
}
