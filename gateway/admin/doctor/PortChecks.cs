using System.Net;
using System.Net.Sockets;
using CompatBot.Gateway.Config;

namespace CompatBot.Gateway.Admin.Doctor;

/// <summary>Whether the ports are free for a server, or served by the one that runs.</summary>
internal static class PortChecks
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    public static async Task<IReadOnlyList<Finding>> LookAsync(Patient patient, CancellationToken cancellation)
    {
        if (patient.Running is { } running) return await ServedAsync(running, patient.Time, cancellation);
        var findings = new List<Finding>();
        foreach (var port in Ports.All)
        {
            var address = port == Ports.Admin ? patient.AdminBind : patient.Bind;
            if (Taken(port, new IPEndPoint(address, port.StandardPort + patient.PortOffset)) is { } finding) findings.Add(finding);
        }

        return findings.Count > 0 ? findings : [Finding.Ok("ports", $"all {Ports.All.Count} are free")];
    }

    private static Finding? Taken(Port port, IPEndPoint place)
    {
        using var probe = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true); // As the server does.
            probe.Bind(place);
            probe.Listen();
            return null;
        }
        catch (SocketException error)
        {
            var (text, advice) = error.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => (
                    "is taken by another program", "stop that (`ss -ltnp` names it), or use another --port-offset"),
                SocketError.AccessDenied => (
                    "needs a right that this user lacks", "use another --port-offset, or grant CAP_NET_BIND_SERVICE"),
                SocketError.AddressNotAvailable => (
                    "is on an address that this machine does not have", "give an address of this machine by --bind"),
                _ => ($"cannot be listened on: {error.Message}", "use another --port-offset or --bind"),
            };
            return Finding.Problem("ports", $"{port.Name} {place} {text}", advice);
        }
    }

    private static async Task<IReadOnlyList<Finding>> ServedAsync(StartReport running, TimeProvider time, CancellationToken cancellation)
    {
        var findings = new List<Finding>();
        foreach (var port in running.Ports)
        {
            var address = IPAddress.Parse(port.Address);
            if (address.Equals(IPAddress.Any)) address = IPAddress.Loopback;
            if (address.Equals(IPAddress.IPv6Any)) address = IPAddress.IPv6Loopback;
            using var probe = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            using var late = new CancellationTokenSource(ConnectTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
            try
            {
                await probe.ConnectAsync(address, port.Port, either.Token);
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException && !cancellation.IsCancellationRequested)
            {
                var text = $"{port.Name} {new IPEndPoint(address, port.Port)} does not answer";
                findings.Add(Finding.Problem("ports", text, "look into the server's log; restart it"));
            }
        }

        return findings.Count > 0 ? findings : [Finding.Ok("ports", $"all {running.Ports.Count} are served")];
    }
}
