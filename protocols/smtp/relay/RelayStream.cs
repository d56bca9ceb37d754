using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CompatBot.Protocols.Smtp.Relay.Security;
using CompatBot.Protocols.Smtp.Wire;

namespace CompatBot.Protocols.Smtp.Relay;

/// <summary>Octets to and from another server: lines of replies in, commands and messages out. Everything that goes wrong is a
/// <see cref="RelayException"/>.</summary>
internal sealed class RelayStream : IAsyncDisposable
{
    /// <summary>Longest line of a reply, in bytes. RFC 5321 section 4.5.3.1.5 says 512; servers write longer ones.</summary>
    public const int LineBytesMax = 4096;

    /// <summary>Lines of one reply.</summary>
    public const int LinesMax = 200;

    private static readonly byte[] Dot = [(byte)'.'];

    private readonly string _host;
    private readonly RelayOptions _options;
    private readonly TimeProvider _time;
    private readonly byte[] _in = new byte[LineBytesMax];
    private readonly byte[] _out = new byte[16 << 10];
    private Stream _stream;
    private int _from, _until, _pending;

    private RelayStream(Stream stream, string host, RelayOptions options, TimeProvider time) =>
        (_stream, _host, _options, _time) = (stream, host, options, time);

    /// <summary>Where it is connected to.</summary>
    public required IPEndPoint End { get; init; }

    public bool IsTls => _stream is SslStream;

    /// <param name="ends">Addresses of one server, the preferred first; the one that answers is taken out of them.</param>
    /// <param name="host">The name under which it is known.</param>
    public static async ValueTask<RelayStream> ConnectAsync(
        List<IPEndPoint> ends, string host, RelayOptions options, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            using var late = new CancellationTokenSource(options.ConnectTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
            var (socket, end) = await RelayRace.ConnectAsync(ends, either.Token);
            ends.Remove(end);
            return new RelayStream(new NetworkStream(socket, ownsSocket: true), host, options, time) { End = end };
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            var where = string.Join(", ", ends);
            ends.Clear();
            var reason = error is SocketException broken ? broken.SocketErrorCode.ToString() : "no answer";
            throw new RelayException(RelayReply.Later("4.4.1", $"Cannot connect to {host} ({where}): {reason}"), error);
        }
    }

    /// <summary>The client's side of a handshake. Octets that came before it are no part of what follows.</summary>
    public async ValueTask StartTlsAsync(TlsRule rule, CancellationToken cancellation)
    {
        if (_from != _until) throw Broken("4.7.0", "it sent something behind its reply to STARTTLS");
        var secure = new SslStream(_stream);
        _stream = secure;
        string? failure = null;
        var client = new SslClientAuthenticationOptions
        {
            TargetHost = _host,
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            {
                failure = FailureOf(rule, (X509Certificate2)certificate!, chain!, errors);
                return failure is null;
            },
        };
        try
        {
            await GuardAsync(
                token => new ValueTask(secure.AuthenticateAsClientAsync(client, token)), _options.ConnectTimeout, cancellation);
        }
        catch (RelayException error)
        {
            var what = failure is null ? "TLS failed" : $"its certificate is not good: {failure}";
            throw new RelayException(Broken("4.7.5", what).Reply, error) { Failure = failure ?? TlsFailure.Validation };
        }
    }

    private string? FailureOf(TlsRule rule, X509Certificate2 certificate, X509Chain chain, SslPolicyErrors errors) => rule.Level switch
    {
        TlsLevel.Dane => Tlsa.Verify(rule.Records, certificate, [.. chain.ChainPolicy.ExtraStore], _host, _time.GetUtcNow()),
        TlsLevel.Verified when errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) => TlsFailure.HostMismatch,
        TlsLevel.Verified when errors != SslPolicyErrors.None =>
            _time.GetUtcNow() > certificate.NotAfter ? TlsFailure.Expired : TlsFailure.NotTrusted,
        _ => null,
    };

    /// <summary>Puts a line aside until <see cref="FlushAsync"/>, or until there are enough.</summary>
    public async ValueTask WriteLineAsync(string line, CancellationToken cancellation)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(line) + 2];
        Encoding.UTF8.GetBytes(line, bytes);
        "\r\n"u8.CopyTo(bytes.AsSpan(bytes.Length - 2));
        await WriteAsync(bytes, cancellation);
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (!bytes.IsEmpty)
        {
            if (_pending == _out.Length) await FlushAsync(cancellation);
            var taken = Math.Min(bytes.Length, _out.Length - _pending);
            bytes.Span[..taken].CopyTo(_out.AsSpan(_pending));
            _pending += taken;
            bytes = bytes[taken..];
        }
    }

    public ValueTask FlushAsync(CancellationToken cancellation)
    {
        var bytes = _out.AsMemory(0, _pending);
        _pending = 0;
        return GuardAsync(token => _stream.WriteAsync(bytes, token), _options.ReplyTimeout, cancellation);
    }

    /// <summary>Sends a message with its dots stuffed, and its end.</summary>
    /// <param name="parts">Empty: only the end.</param>
    public async ValueTask WriteMessageAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> parts, CancellationToken cancellation)
    {
        var stuffer = new DotStuffer();
        await foreach (var part in parts.WithCancellation(cancellation))
        {
            for (var rest = part; !rest.IsEmpty;)
            {
                var taken = stuffer.Next(rest.Span, out var doubles);
                await WriteAsync(rest[..taken], cancellation);
                if (doubles) await WriteAsync(Dot, cancellation);
                rest = rest[taken..];
            }
        }

        await WriteLineAsync(stuffer.IsAtLineStart ? "." : "\r\n.", cancellation);
        await FlushAsync(cancellation);
    }

    /// <summary>Reads a reply of one or more lines.</summary>
    /// <param name="lines">Takes the text of each line; null: only the reply counts.</param>
    /// <param name="timeout">Silence that is too long; null: as usual.</param>
    public async ValueTask<RelayReply> ReadReplyAsync(
        CancellationToken cancellation, List<string>? lines = null, TimeSpan? timeout = null)
    {
        var text = "";
        for (var count = 0; count < LinesMax; count++)
        {
            var line = await ReadLineAsync(timeout ?? _options.ReplyTimeout, cancellation);
            var code = Code(line.Span);
            var rest = RelayReply.Clean(line.Length > 4 ? line.Span[4..] : default);
            lines?.Add(rest);
            if (text.Length < RelayReply.TextCharsMax) text = text.Length == 0 ? rest : Joined(text, rest);
            if (line.Length == 3 || line.Span[3] != '-') return new RelayReply(code, text, _host);
        }

        throw Broken("4.5.0", "its reply does not end");
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();

    /// <summary>Several lines carry the same enhanced status code: it is said once.</summary>
    private static string Joined(string text, string line)
    {
        var first = text.IndexOf(' ', StringComparison.Ordinal);
        var repeats = first > 0 && line.StartsWith(text[..(first + 1)], StringComparison.Ordinal) && char.IsAsciiDigit(line[0]);
        var joined = $"{text} {(repeats ? line[(first + 1)..] : line)}";
        return joined.Length <= RelayReply.TextCharsMax ? joined : joined[..RelayReply.TextCharsMax];
    }

    private int Code(ReadOnlySpan<byte> line)
    {
        if (line.Length >= 3 && line[0] is >= (byte)'2' and <= (byte)'5' && char.IsAsciiDigit((char)line[1])
            && char.IsAsciiDigit((char)line[2]) && (line.Length == 3 || line[3] is (byte)' ' or (byte)'-'))
        {
            return ((line[0] - '0') * 100) + ((line[1] - '0') * 10) + line[2] - '0';
        }

        throw Broken("4.5.0", "what it says is no SMTP");
    }

    /// <summary>A line without its end. Valid until the next one is read.</summary>
    private async ValueTask<ReadOnlyMemory<byte>> ReadLineAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        for (var seen = _from; ;)
        {
            var end = _in.AsSpan(seen, _until - seen).IndexOf((byte)'\n');
            if (end >= 0)
            {
                var line = _in.AsMemory(_from, seen + end - _from);
                _from = seen + end + 1;
                return line.Length > 0 && line.Span[^1] == '\r' ? line[..^1] : line;
            }

            if (_from > 0)
            {
                _in.AsSpan(_from, _until - _from).CopyTo(_in);
                (_from, _until) = (0, _until - _from);
            }

            seen = _until;
            if (_until == _in.Length) throw Broken("4.5.0", "its lines are too long");
            var read = 0;
            await GuardAsync(
                async token => read = await _stream.ReadAsync(_in.AsMemory(_until), token), timeout, cancellation);
            if (read == 0) throw Broken("4.4.2", "it hung up");
            _until += read;
        }
    }

    private async ValueTask GuardAsync(Func<CancellationToken, ValueTask> work, TimeSpan timeout, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            await work(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw Broken("4.4.2", "it said nothing for too long");
        }
        catch (Exception error) when (error is IOException or SocketException or AuthenticationException)
        {
            throw Broken("4.4.2", "the connection broke", error);
        }
    }

    private RelayException Broken(string status, string what, Exception? error = null) =>
        new(RelayReply.Later(status, $"Talking to {_host}: {what}"), error);
}
