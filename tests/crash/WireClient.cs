using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CompatBot.CrashTests;

/// <summary>Lines and octets over TCP; a hang-up is an <see cref="IOException"/>, whichever way it shows.</summary>
internal sealed class WireClient : IDisposable
{
    private readonly byte[] _buffer = new byte[16 * 1024];
    private readonly TcpClient _client;
    private readonly NetworkStream _stream;
    private int _start, _end;

    private WireClient(TcpClient client) => (_client, _stream) = (client, client.GetStream());

    public static async Task<WireClient> ConnectAsync(int port)
    {
        var client = new TcpClient { NoDelay = true };
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return new WireClient(client);
        }
        catch (SocketException error)
        {
            client.Dispose();
            throw new IOException("no connection", error);
        }
    }

    public async Task<string> ReadLineAsync()
    {
        var line = new List<byte>();
        while (true)
        {
            await FillAsync();
            var found = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            var taken = found < 0 ? _end - _start : found + 1;
            line.AddRange(_buffer.AsSpan(_start, taken));
            _start += taken;
            if (found >= 0) return Encoding.Latin1.GetString([.. line]).TrimEnd('\r', '\n');
        }
    }

    public async Task<byte[]> ReadBytesAsync(int count)
    {
        var bytes = new byte[count];
        for (var filled = 0; filled < count;)
        {
            await FillAsync();
            var taken = Math.Min(count - filled, _end - _start);
            _buffer.AsSpan(_start, taken).CopyTo(bytes.AsSpan(filled));
            _start += taken;
            filled += taken;
        }

        return bytes;
    }

    public Task WriteLineAsync(string line) => WriteAsync(Encoding.Latin1.GetBytes(line + "\r\n"));

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await _stream.WriteAsync(bytes);
        }
        catch (ObjectDisposedException error)
        {
            throw new IOException("closed", error);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task FillAsync()
    {
        if (_start < _end) return;
        try
        {
            (_start, _end) = (0, await _stream.ReadAsync(_buffer));
        }
        catch (ObjectDisposedException error)
        {
            throw new IOException("closed", error);
        }

        if (_end == 0) throw new IOException("hang-up");
    }
}
