using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace CompatBot.MailLoad;

/// <summary>
/// One blocking connection to a line protocol. Blocking, because a thread each is the cheapest client for the few tens of
/// sessions measured here, and what the client does not burn the server gets.
/// </summary>
public sealed class LineClient : IDisposable
{
    private const int BufferBytes = 256 * 1024;
    private const int TimeoutMs = 120_000;
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer;
    private readonly Stream _stream;
    private int _start;
    private int _end;

    /// <param name="host">An IPv4 address or a name.</param>
    /// <param name="port">The TCP port.</param>
    /// <param name="tls">TLS at once; any certificate will do, since this measures and does not trust.</param>
    /// <param name="source">The last byte of a 127.0.1.x source address, so that limits per address do not decide a measurement.</param>
    /// <param name="bufferBytes">Small for clients that only idle.</param>
    public LineClient(string host, int port, bool tls = false, int source = 0, int bufferBytes = BufferBytes)
    {
        _buffer = new byte[bufferBytes];
        _socket.ReceiveTimeout = TimeoutMs;
        _socket.SendTimeout = TimeoutMs;
        var address = IPAddress.TryParse(host, out var parsed) ? parsed : Dns.GetHostAddresses(host, AddressFamily.InterNetwork)[0];
        if (source > 0 && IPAddress.IsLoopback(address))
        {
            // Dual-mode sockets name IPv4 by its mapped form.
            _socket.Bind(new IPEndPoint(new IPAddress([127, 0, 1, (byte)source]).MapToIPv6(), 0));
        }

        _socket.Connect(address.MapToIPv6(), port);
        _stream = new NetworkStream(_socket, ownsSocket: true);
        if (!tls) return;
        var secure = new SslStream(_stream);
#pragma warning disable CA5359 // a load tool against a self-made certificate on loopback
        secure.AuthenticateAsClient(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = static (_, _, _, _) => true,
        });
#pragma warning restore CA5359
        _stream = secure;
    }

    public void Send(string text) => Send(Encoding.UTF8.GetBytes(text));

    public void Send(ReadOnlySpan<byte> bytes) => _stream.Write(bytes);

    /// <summary>One line without its CRLF, as Latin-1; valid until the next read.</summary>
    public ReadOnlySpan<byte> Line()
    {
        var searched = 0;
        while (true)
        {
            var at = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (at >= 0)
            {
                var line = _buffer.AsSpan(_start, searched + at);
                _start += searched + at + 1;
                return line is [.., (byte)'\r'] ? line[..^1] : line;
            }

            searched = _end - _start;
            Fill();
        }
    }

    public string LineText() => Encoding.Latin1.GetString(Line());

    /// <summary>Reads past a literal and forgets it.</summary>
    public void Skip(long count)
    {
        while (true)
        {
            var here = (int)Math.Min(count, _end - _start);
            _start += here;
            count -= here;
            if (count == 0) return;
            Fill();
        }
    }

    /// <summary>One SMTP reply, however many lines it has; anything but the class wanted is an error.</summary>
    public string Reply(char wanted)
    {
        var reply = new StringBuilder();
        while (true)
        {
            var line = Line();
            if (line.Length < 3 || line[0] != wanted) throw new LoadException($"wanted {wanted}xx, got {Encoding.Latin1.GetString(line)}");
            var last = line.Length == 3 || line[3] == ' ';
            if (last && reply.Length == 0) return ""; // the common case allocates nothing; only EHLO's answer is read
            reply.Append(Encoding.Latin1.GetString(line)).Append('\n');
            if (last) return reply.ToString();
        }
    }

    /// <summary>Sends an IMAP command and skips all until its tagged OK.</summary>
    public void Command(string tag, string command)
    {
        Send($"{tag} {command}\r\n");
        Tagged(tag);
    }

    public void Tagged(string tag)
    {
        while (true)
        {
            var line = LineText();
            if (line.StartsWith(tag + " OK", StringComparison.OrdinalIgnoreCase)) return;
            if (line.StartsWith(tag + " ", StringComparison.Ordinal)) throw new LoadException($"command refused: {line}");
            if (line.StartsWith("* BYE", StringComparison.Ordinal)) throw new LoadException($"server left: {line}");
        }
    }

    /// <summary>Skips all until a tagged OK, literals too, without making text of any of it.</summary>
    public void Discard(string tag)
    {
        var (ok, any) = (Encoding.ASCII.GetBytes(tag + " OK"), Encoding.ASCII.GetBytes(tag + " "));
        while (true)
        {
            var line = Line();
            if (line is [.., (byte)'}'] && line.LastIndexOf((byte)'{') is var open and >= 0
                && System.Buffers.Text.Utf8Parser.TryParse(line[(open + 1)..], out long length, out _))
            {
                Skip(length);
                continue;
            }

            if (line.StartsWith(ok)) return;
            if (line.StartsWith(any)) throw new LoadException($"command refused: {Encoding.Latin1.GetString(line)}");
        }
    }

    public void Dispose() => _stream.Dispose();

    private void Fill()
    {
        if (_start == _end) _start = _end = 0;
        if (_end == _buffer.Length)
        {
            if (_start == 0) throw new LoadException("a line is longer than the client's buffer");
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        var read = _stream.Read(_buffer.AsSpan(_end));
        if (read == 0) throw new LoadException("the server closed the connection");
        _end += read;
    }
}
