namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>status: what the server that runs on the data directory listens on, and its process.</summary>
internal static class ServerStatus
{
    public static Verb Create() => new("status", "What the running server listens on", Status);

    private static ValueTask<VerbAnswer> Status(VerbContext context, CancellationToken cancellation)
    {
        if (context.Composition.Announced is not { } report)
        {
            return new(context.Failed(ExitCode.Unavailable, "no server runs on this data directory, or it is not ready yet"));
        }

        var ports = report.Ports.Select(port => $"  {port.Name,-14}{port.Address}:{port.Port}  {port.Security}");
        var text = $"process {report.ProcessId}\n{string.Join('\n', ports)}";
        return new(context.Done(report, AdminJson.Default.StartReport, text));
    }
}
