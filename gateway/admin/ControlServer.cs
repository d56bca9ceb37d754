using System.Net.Sockets;
using CompatBot.Gateway.Config;

namespace CompatBot.Gateway.Admin;

/// <summary>Answers verbs on a Unix socket in the data directory (mode 0600), so that they act on the live server.</summary>
public sealed class ControlServer : IAsyncDisposable
{
    /// <summary>Longest call, in bytes.</summary>
    public const int CallBytesMax = ControlWire.FrameBytesMax;

    /// <summary>Verbs at once; more wait in the socket's queue.</summary>
    public const int CallsMax = 8;

    /// <summary>Time in which a caller must have sent its call: who says nothing does not keep a place.</summary>
    public static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _slots = new(CallsMax);
    private readonly Composition _composition;
    private readonly ILogger _log;
    private readonly string _path;
    private readonly Socket _listener;
    private readonly TimeSpan _callTimeout;
    private readonly Task _loop;

    private ControlServer(string path, Socket listener, Composition composition, TimeSpan callTimeout, ILogger log)
    {
        (_path, _listener, _composition, _callTimeout, _log) = (path, listener, composition, callTimeout, log);
        _loop = AcceptAsync();
    }

    /// <summary>Listens; the caller holds the store's lock, so a socket file that is there is a dead server's.</summary>
    public static ControlServer Start(string dataDirectory, Composition composition, TimeSpan callTimeout, ILogger log)
    {
        var path = Path.Combine(dataDirectory, ServeOptions.SocketName);
        File.Delete(path);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        listener.Listen();
        return new ControlServer(path, listener, composition, callTimeout, log);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _loop;
        for (var slot = 0; slot < CallsMax; slot++) await _slots.WaitAsync(); // Every call has answered or given up.
        File.Delete(_path);
        _slots.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                await _slots.WaitAsync(_stop.Token);
                Socket? caller = null;
                try
                {
                    caller = await _listener.AcceptAsync(_stop.Token);
                }
                finally
                {
                    if (caller is null) _slots.Release();
                }

                _ = AnswerAsync(caller); // Ends by itself, tells its errors to the log, and gives its slot back.
            }
        }
        catch (Exception error) when (
            _stop.IsCancellationRequested && error is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            _log.ControlStopped();
        }
    }

    private async ValueTask<VerbCall?> ReadCallAsync(NetworkStream stream)
    {
        using var late = new CancellationTokenSource(_callTimeout, _composition.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _stop.Token);
        return await ControlWire.ReadAsync(stream, AdminJson.Default.VerbCall, either.Token);
    }

    private static ValueTask TellAsync(NetworkStream stream, string line, CancellationToken cancellation) =>
        ControlWire.WriteAsync(stream, new VerbAnswer(0, "", "") { Progress = line }, AdminJson.Default.VerbAnswer, cancellation);

    private async Task AnswerAsync(Socket caller)
    {
        try
        {
            await using var stream = new NetworkStream(caller, ownsSocket: true);
            if (await ReadCallAsync(stream) is not { } call) return;
            VerbAnswer answer;
            try
            {
                answer = await CommandLine.RunAsync(call, _composition, (line, stop) => TellAsync(stream, line, stop), _stop.Token);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                _log.VerbFailed(error);
                answer = new VerbAnswer((int)ExitCode.Failed, "", "compatbot: internal error; the server's log says more\n");
            }

            await ControlWire.WriteAsync(stream, answer, AdminJson.Default.VerbAnswer, _stop.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            _log.CallerGone();
        }
        finally
        {
            _slots.Release();
        }
    }
}

internal static partial class AdminLog
{
    [LoggerMessage(5101, LogLevel.Error, "A verb failed")]
    public static partial void VerbFailed(this ILogger log, Exception error);

    [LoggerMessage(5102, LogLevel.Debug, "The caller of a verb hung up")]
    public static partial void CallerGone(this ILogger log);

    [LoggerMessage(5103, LogLevel.Debug, "The control socket is closed")]
    public static partial void ControlStopped(this ILogger log);
}
