using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using CompatBot.Gateway.Admin;
using CompatBot.Gateway.Admin.Verbs;
using CompatBot.Gateway.Config;
using CompatBot.Gateway.Http;
using CompatBot.Gateway.Sockets;
using CompatBot.Gateway.Watch;
using CompatBot.Core.Identity;
using CompatBot.Protocols.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace CompatBot.Gateway;

/// <summary>Kestrel with one connection handler on each port: opens them, says so, and waits for the signal to stop.</summary>
internal sealed class Listeners(ServeOptions options, ILoggerFactory logs)
{
    /// <summary>Bytes of a connection that Kestrel reads ahead of the handler.</summary>
    private const int ReadBufferBytesMax = 256 * 1024;

    /// <summary>Bytes that wait for the client before the handler must wait too: enough that it works while the socket sends.</summary>
    private const int WriteBufferBytesMax = 256 * 1024;

    private readonly List<(Port Port, ConnectionHandler Handler)> _ports = [];

    public void Add(Port port, ConnectionHandler handler) => _ports.Add((port, handler));

    /// <summary>Runs until SIGTERM or Ctrl-C, then drains.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(Composition composition, WatchServer watch, HttpServer http, Func<CancellationToken, Task> drain)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, StopOnce);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, StopOnce);
        using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, StopOnce);

        var opened = new List<(Port Port, ListenOptions Listen)>();
        await using var transport = BuildTransport(composition.Time);
        using var server = new KestrelServer(
            Microsoft.Extensions.Options.Options.Create(new KestrelServerOptions()),
            transport.Services.GetRequiredService<IConnectionListenerFactory>(),
            logs);
        foreach (var (port, handler) in _ports)
        {
            var number = options.FreePorts ? 0 : port.StandardPort + options.PortOffset;
            server.Options.Listen(options.Bind, number, listen =>
            {
                opened.Add((port, listen));
                ProxyConnections.Expect(listen, options, composition.Time);
                listen.Run(handler.OnConnectedAsync);
            });
        }

        using var web = http.Build(transport.Services, opened, logs);
        using var admin = watch.Build(transport.Services.GetRequiredService<IConnectionListenerFactory>(), opened, logs);
        var log = logs.CreateLogger<Listeners>();
        try
        {
            await server.StartAsync(new NoHttp(), CancellationToken.None);
            await web.StartAsync(http, CancellationToken.None);
            await admin.StartAsync(watch.Pages, CancellationToken.None);
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            var message = $"cannot listen: {error.Message.TrimEnd('.')}. Another --port-offset, --bind or --admin-bind helps";
            await Console.Error.WriteAsync(VerbContext.Failed(options.Json, ExitCode.Unavailable, message).Error);
            return (int)ExitCode.Unavailable;
        }

        await using var control = ControlServer.Start(options.DataDirectory, composition, ControlServer.CallTimeout, log);
        await AnnounceAsync(composition, opened);
        await stop.Task;

        // Sessions say goodbye first; then Kestrel finds little left to close. The admin port goes last: it says "stopping".
        watch.Health.Drain();
        await drain(CancellationToken.None);
        using var limit = new CancellationTokenSource(options.DrainTimeout, composition.Time);
        await server.StopAsync(limit.Token);
        await web.StopAsync(limit.Token);
        await admin.StopAsync(limit.Token);
        return (int)ExitCode.Done;

        void StopOnce(PosixSignalContext signal)
        {
            signal.Cancel = true; // The default would end the process in the middle of what it does.
            stop.TrySetResult();
        }
    }

    private async Task AnnounceAsync(Composition composition, List<(Port Port, ListenOptions Listen)> opened)
    {
        var accounts = 0L;
        await foreach (var account in composition.Accounts.AllAsync(CancellationToken.None)) accounts++;
        var made = accounts == 0 ? await FirstAccountAsync(composition) : null;
        IReadOnlyList<OpenPort> ports =
            [.. from one in opened
                let end = (IPEndPoint)one.Listen.EndPoint
                let security = one.Port.Security switch { PortSecurity.Tls => "TLS", PortSecurity.None => "HTTP", _ => "STARTTLS" }
                select new OpenPort(one.Port.Name, end.Address.ToString(), end.Port, security)];
        var report = new StartReport(
            true,
            Environment.ProcessId,
            options.DataDirectory,
            ports,
            accounts,
            options.Hostname,
            options.TlsCertificateFile is { } certificate ? Path.GetFullPath(certificate) : null,
            options.TlsKeyFile is { } key ? Path.GetFullPath(key) : null,
            made);
        composition.Announced = report with { Made = null };
        await Console.Out.WriteLineAsync(options.Json ? Banner.Json(report) : Banner.Text(report, options));
        await Console.Out.FlushAsync();
    }

    private async Task<MadeAccount?> FirstAccountAsync(Composition composition)
    {
        if (options.FirstAccount is not { } address) return null;
        var wanted = new NewAccount(address, [], [new NewDevice("first device", Scopes.All)]);
        var made = (await AccountAdd.MakeAsync(composition.Accounts, [wanted], CancellationToken.None))[0];
        if (!made.Declined) return AccountAdd.Report(made.Value);
        await Console.Error.WriteLineAsync($"compatbot: --first-account: {RefusalWords.Text(made.Refusal, address)}");
        return null;
    }

    /// <summary>What Kestrel takes from a service container only: where connections come from.</summary>
    private static WebApplication BuildTransport(TimeProvider time)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        NextMoment.Prepare();
        builder.WebHost.UseKestrelCore();
        if (OperatingSystem.IsLinux())
        {
            var patience = new LineLimits().WriteTimeout;
            var limits = new SocketLimits(ClearingMemoryPool.Sockets, ReadBufferBytesMax, WriteBufferBytesMax, patience);
            builder.Services.AddSingleton<IConnectionListenerFactory>(_ => new SocketTransport(limits, time)); // The container ends it.
        }
        else
        {
            builder.WebHost.UseSockets(sockets =>
            {
                sockets.WaitForDataBeforeAllocatingBuffer = true;
                sockets.MaxReadBufferSize = ReadBufferBytesMax;
                sockets.MaxWriteBufferSize = WriteBufferBytesMax;
            });
        }

        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, ClearingPoolFactory>(); // The last one counts.
        return builder.Build();
    }

    private sealed class ClearingPoolFactory : IMemoryPoolFactory<byte>
    {
        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => ClearingMemoryPool.Sockets;
    }
}
