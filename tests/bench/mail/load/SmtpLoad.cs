using System.Diagnostics;
using System.Globalization;

namespace CompatBot.MailLoad;

/// <summary>
/// Deliveries acknowledged by 250 after the final dot, by SMTP or LMTP, for a time or up to a number; the envelope is
/// pipelined where offered.
/// </summary>
internal static class SmtpLoad
{
    public static string Run(Options options)
    {
        var sessions = options.Number("sessions");
        var messages = options.Number("messages", int.MaxValue);
        var seconds = options.Number("seconds", options.Has("messages") ? int.MaxValue : 5);
        var users = options.Number("users", 1);
        var perConnection = options.Number("per-connection", 100);
        var lmtp = options.Has("lmtp");
        var bytes = options.Number("bytes", 4096);
        var (taken, started) = (0, 0L);
        var latencies = new Latencies();
        var clients = new SmtpSession?[sessions];

        var elapsed = Together.Run(
            sessions,
            number => clients[number] = new SmtpSession(options.Host, options.Port, lmtp, number),
            number =>
            {
                var own = new Latencies();
                var message = new TestMessage(bytes);
                Interlocked.CompareExchange(ref started, Stopwatch.GetTimestamp(), 0);
                var recipient = options.Text("rcpt").Replace("%d", $"{1 + (number % users)}", StringComparison.Ordinal);
                var sent = 0;
                while (Interlocked.Increment(ref taken) <= messages && Stopwatch.GetElapsedTime(started).TotalSeconds < seconds)
                {
                    var start = Stopwatch.GetTimestamp();
                    clients[number]!.Deliver(recipient, message.Next());
                    own.Add(start);
                    if (++sent % perConnection != 0) continue;
                    clients[number]!.Dispose();
                    clients[number] = new SmtpSession(options.Host, options.Port, lmtp, number);
                }

                clients[number]!.Dispose();
                lock (latencies) latencies.Add(own);
            });
        var rate = latencies.Count / elapsed;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"delivered={latencies.Count} seconds={elapsed:F3} rate={rate:F1} mb_per_s={rate * bytes / 1e6:F2} {latencies}");
    }

    private sealed class SmtpSession : IDisposable
    {
        private readonly LineClient _client;
        private readonly bool _pipelining;

        public SmtpSession(string host, int port, bool lmtp, int number)
        {
            _client = new LineClient(host, port, source: 1 + (number % 50), bufferBytes: 8192);
            _client.Reply('2');
            _client.Send(lmtp ? "LHLO load.sender.test\r\n" : "EHLO load.sender.test\r\n");
            _pipelining = _client.Reply('2').Contains("PIPELINING", StringComparison.OrdinalIgnoreCase);
        }

        public void Deliver(string recipient, ReadOnlySpan<byte> message)
        {
            if (_pipelining)
            {
                _client.Send($"MAIL FROM:<load@sender.test>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n");
                _client.Reply('2');
                _client.Reply('2');
                _client.Reply('3');
            }
            else
            {
                _client.Send("MAIL FROM:<load@sender.test>\r\n");
                _client.Reply('2');
                _client.Send($"RCPT TO:<{recipient}>\r\n");
                _client.Reply('2');
                _client.Send("DATA\r\n");
                _client.Reply('3');
            }

            Span<byte> packet = stackalloc byte[message.Length + 3];
            message.CopyTo(packet);
            ".\r\n"u8.CopyTo(packet[message.Length..]);
            _client.Send(packet);
            _client.Reply('2');
        }

        public void Dispose()
        {
            _client.Send("QUIT\r\n");
            _client.Reply('2');
            _client.Dispose();
        }
    }
}
