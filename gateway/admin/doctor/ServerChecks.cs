using System.Net;

namespace CompatBot.Gateway.Admin.Doctor;

/// <summary>Whether the server that runs says that it is ready.</summary>
internal static class ServerChecks
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);

    public static async Task<Finding> LookAsync(Patient patient, CancellationToken cancellation)
    {
        if (patient.Running is not { } running) return Finding.Ok("server", "none runs on this data directory");
        var process = $"process {running.ProcessId}";
        if (running.Ports.FirstOrDefault(port => port.Name == "admin") is not { } admin) return Finding.Ok("server", process);
        var address = IPAddress.Parse(admin.Address);
        if (address.Equals(IPAddress.Any)) address = IPAddress.Loopback;
        if (address.Equals(IPAddress.IPv6Any)) address = IPAddress.IPv6Loopback;
        using var client = new HttpClient { Timeout = AnswerTimeout };
        try
        {
            using var answer = await client.GetAsync(new Uri($"http://{new IPEndPoint(address, admin.Port)}/readyz"), cancellation);
            if (answer.IsSuccessStatusCode) return Finding.Ok("server", $"{process} is ready");
            var lines = (await answer.Content.ReadAsStringAsync(cancellation)).Split('\n');
            var failed = string.Join("; ", lines.Where(line => line.StartsWith("failed ", StringComparison.Ordinal)));
            return Finding.Problem("server", $"not ready: {failed}", "the server's log says more", ExitCode.Unavailable);
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            return Finding.Problem(
                "server", "its admin port does not answer", "look into the server's log; restart it", ExitCode.Unavailable);
        }
    }
}
