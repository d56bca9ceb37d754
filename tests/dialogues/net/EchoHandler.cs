using System.Buffers;
using System.Text;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Lines;
using CompatBot.Protocols.Net.Tls;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;

namespace CompatBot.DialogueTests.Net;

/// <summary>The smallest protocol over LineConnection: repeats lines, knows STARTTLS, BODY n and QUIT.</summary>
internal sealed class EchoHandler(LineServer server, bool implicitTls = false) : ConnectionHandler
{
    public const int LineBytesMax = 40;

    public LineConnection? Newest { get; private set; }

    public static LineServer NewServer(DialogueTime time, LineLimits? limits = null, TlsSettings? tls = null) =>
        new(limits ?? new LineLimits(), tls, time, NullLogger<LineServer>.Instance);

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        await using var lines = await server.AcceptAsync(connection, "echo", implicitTls, "421 too many\r\n"u8.ToArray());
        if (lines is null) return;
        Newest = lines;
        Write(lines, lines.IsTls ? "220 secret" : "220 open");
        while (true)
        {
            var read = await lines.ReadLineAsync(LineBytesMax);
            var line = Encoding.UTF8.GetString(read.Bytes);
            switch (read.Status)
            {
                case LineStatus.Line when line == "STARTTLS":
                    if (lines.HasPipelinedInput())
                    {
                        Write(lines, "554 injected");
                        return;
                    }

                    Write(lines, "220 go");
                    if (!await lines.StartTlsAsync()) return;
                    break;
                case LineStatus.Line when line.StartsWith("BODY ", StringComparison.Ordinal):
                    var left = int.Parse(line.AsSpan(5), System.Globalization.CultureInfo.InvariantCulture);
                    for (var taken = 0L; taken < left;)
                    {
                        var body = await lines.ReadBodyAsync(left - taken);
                        if (body.Status != LineStatus.Line)
                        {
                            Write(lines, $"421 body {body.Status}");
                            return;
                        }

                        taken += body.Bytes.Length;
                    }

                    Write(lines, $"250 body of {left}");
                    break;
                case LineStatus.Line when line == "FLOOD":
                    for (var megabytes = 0; megabytes < 4; megabytes++)
                    {
                        lines.Output.Write(new byte[1 << 20]);
                        if (!await lines.FlushAsync()) return;
                    }

                    break;
                case LineStatus.Line when line == "QUIT":
                    Write(lines, "221 bye");
                    return;
                case LineStatus.Line:
                    Write(lines, "250 " + line);
                    break;
                case LineStatus.TooLong or LineStatus.BareLineFeed or LineStatus.Woken:
                    Write(lines, $"500 {read.Status}");
                    break;
                default:
                    Write(lines, $"421 {read.Status}");
                    return;
            }
        }
    }

    private static void Write(LineConnection lines, string text) => Encoding.UTF8.GetBytes(text + "\r\n", lines.Output);
}
