using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CompatBot.Protocols.Smtp.Filters;

/// <summary>ClamAV's daemon, asked by INSTREAM (clamd(8)): what it finds is refused.</summary>
/// <param name="end">Where it listens: an address, a name, or a Unix socket.</param>
public sealed class ClamdFilter(EndPoint end, TimeSpan timeout) : IContentFilter
{
    public IReadOnlyList<string> OwnFields { get; } = ["x-virus-status"];

    public IContentScan Begin(ContentSubject subject) => new Scan(end, timeout);

    private sealed class Scan(EndPoint end, TimeSpan timeout) : IContentScan
    {
        /// <summary>Longest answer, in bytes.</summary>
        private const int AnswerBytesMax = 4096;

        private readonly CancellationTokenSource _late = new(timeout);
        private Socket? _socket;
        private Exception? _failure;

        public async ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellation)
        {
            if (octets.IsEmpty) return; // A chunk of no octets ends the stream.
            await TryAsync(async socket =>
            {
                var length = new byte[sizeof(int)];
                BinaryPrimitives.WriteInt32BigEndian(length, octets.Length);
                await SendAsync(socket, length);
                await SendAsync(socket, octets);
            });
        }

        public async ValueTask<ContentVerdict> FinishAsync(CancellationToken cancellation)
        {
            var answer = "";
            await TryAsync(async socket =>
            {
                await SendAsync(socket, new byte[sizeof(int)]);
                answer = await ReadAsync(socket);
            });
            if (_failure is not null) throw new ContentFilterException("clamd", _failure);
            if (answer == "stream: OK") return new ContentVerdict(ContentAction.Accept, "", "X-Virus-Status: Clean\r\n");
            if (answer.StartsWith("stream: ", StringComparison.Ordinal) && answer.EndsWith(" FOUND", StringComparison.Ordinal))
            {
                return new ContentVerdict(ContentAction.Reject, $"Message has a virus: {FilterText.Line(answer[8..^6])}");
            }

            throw new ContentFilterException("clamd");
        }

        public ValueTask DisposeAsync()
        {
            _socket?.Dispose();
            _late.Dispose();
            return ValueTask.CompletedTask;
        }

        /// <summary>What fails is said at the end: until then the message is read on.</summary>
        private async ValueTask TryAsync(Func<Socket, ValueTask> work)
        {
            if (_failure is not null) return;
            try
            {
                if (_socket is null)
                {
                    _socket = end is UnixDomainSocketEndPoint
                        ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
                        : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                    await _socket.ConnectAsync(end, _late.Token);
                    await SendAsync(_socket, "zINSTREAM\0"u8.ToArray());
                }

                await work(_socket);
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException)
            {
                _failure = error;
            }
        }

        private async ValueTask SendAsync(Socket socket, ReadOnlyMemory<byte> octets)
        {
            while (!octets.IsEmpty) octets = octets[await socket.SendAsync(octets, _late.Token)..];
        }

        private async ValueTask<string> ReadAsync(Socket socket)
        {
            var answer = new byte[AnswerBytesMax];
            var length = 0;
            while (length < answer.Length && await socket.ReceiveAsync(answer.AsMemory(length), _late.Token) is > 0 and var read)
            {
                length += read;
                if (answer.AsSpan(0, length).Contains((byte)0)) break;
            }

            return Encoding.ASCII.GetString(answer, 0, length).TrimEnd('\0', '\n');
        }
    }
}
