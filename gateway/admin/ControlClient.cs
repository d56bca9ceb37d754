using System.Net.Sockets;
using CompatBot.Gateway.Config;

namespace CompatBot.Gateway.Admin;

/// <summary>Hands a verb to the server that runs on a data directory.</summary>
internal static class ControlClient
{
    /// <returns>Null when no server answers there (yet).</returns>
    public static async ValueTask<VerbAnswer?> TryCallAsync(string dataDirectory, VerbCall call, CancellationToken cancellation)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(dataDirectory, ServeOptions.SocketName)), cancellation);
        }
        catch (SocketException)
        {
            return null;
        }

        await using var stream = new NetworkStream(socket);
        await ControlWire.WriteAsync(stream, call, AdminJson.Default.VerbCall, cancellation);
        while (await ControlWire.ReadAsync(stream, AdminJson.Default.VerbAnswer, cancellation) is { } answer)
        {
            if (answer.Progress is null) return answer;
            await TerminalProgress.TellAsync(answer.Progress, cancellation);
        }

        throw new IOException("the server stopped before it answered; whether the change was made, `compatbot account list` shows");
    }
}
