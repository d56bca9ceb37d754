using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace CompatBot.Gateway.Moving.Imap;

/// <summary>The other server says no, for good: a wrong password, a certificate that nobody vouches for.</summary>
internal sealed class ImapRefusedException(string what) : Exception(what);

/// <summary>A connection to an account at another server.</summary>
internal sealed class ImapClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly ImapPlace _place;
    private readonly TimeProvider _time;
    private Stream _stream;
    private ImapReader _reader;
    private int _commands;

    private ImapClient(ImapPlace place, Stream stream, TimeProvider time) =>
        (_place, _stream, _reader, _time) = (place, stream, new ImapReader(stream), time);

    private HashSet<string> Capabilities { get; set; } = [];

    /// <summary>Connects, goes to TLS, logs in.</summary>
    /// <exception cref="IOException">It cannot be reached, now.</exception>
    /// <exception cref="ImapRefusedException">It can, and says no.</exception>
    public static async ValueTask<ImapClient> OpenAsync(ImapPlace place, TimeProvider time, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(place.Host, place.Port, cancellation);
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw new IOException($"{place.Host}:{place.Port} cannot be reached: {error.SocketErrorCode}", error);
        }

        var client = new ImapClient(place, new NetworkStream(socket, ownsSocket: true), time);
        try
        {
            await client.StartAsync(cancellation);
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>Every untagged response to a command, as it comes.</summary>
    /// <exception cref="ImapRefusedException">The reply is NO or BAD.</exception>
    public async IAsyncEnumerable<List<object?>> AskAsync(
        string command, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var tag = string.Create(CultureInfo.InvariantCulture, $"c{++_commands}");
        await WriteAsync($"{tag} {command}\r\n", cancellation);
        while (true)
        {
            var response = await ReadAsync(cancellation);
            if (response is ["*", "BYE", string bye]) throw new IOException($"the server says goodbye: {bye}");
            if (response is ["*", ..])
            {
                yield return response;
                continue;
            }

            if (response is not [string answered, string status, string text] || answered != tag) continue;
            if (status == "OK") yield break;
            throw new ImapRefusedException($"{command.Split(' ')[0]}: {text}");
        }
    }

    /// <summary>The same where only the end counts.</summary>
    public async ValueTask DoAsync(string command, CancellationToken cancellation)
    {
        await foreach (var response in AskAsync(command, cancellation)) Learn(response);
    }

    /// <summary>A string as a command has it; never with CR, LF or NUL.</summary>
    public static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    public async ValueTask DisposeAsync()
    {
        try
        {
            await WriteAsync("bye LOGOUT\r\n", CancellationToken.None);
        }
        catch (Exception error) when (error is IOException or InvalidOperationException or AuthenticationException)
        {
            // It is gone already.
        }

        await _stream.DisposeAsync();
    }

    private async ValueTask StartAsync(CancellationToken cancellation)
    {
        if (_place.IsTls) await SecureAsync(cancellation);
        if (await ReadAsync(cancellation) is not ["*", "OK", ..]) throw new IOException("the server does not greet as IMAP servers do");
        await DoAsync("CAPABILITY", cancellation);
        if (!_place.IsTls && Capabilities.Contains("STARTTLS"))
        {
            await DoAsync("STARTTLS", cancellation);
            await SecureAsync(cancellation);
            await DoAsync("CAPABILITY", cancellation);
        }
        else if (!_place.IsTls && _stream is NetworkStream { Socket.RemoteEndPoint: IPEndPoint end } && !IPAddress.IsLoopback(end.Address))
        {
            throw new ImapRefusedException("the server offers no TLS: the password would go in clear; try imaps://");
        }

        var isPlain = (_place.User + _place.Password).All(one => one is >= ' ' and <= '~');
        if (Capabilities.Contains("LOGINDISABLED") || !isPlain)
        {
            var response = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{_place.User}\0{_place.Password}"));
            if (!Capabilities.Contains("SASL-IR")) throw new ImapRefusedException("the server takes no such login");
            await DoAsync($"AUTHENTICATE PLAIN {response}", cancellation);
        }
        else
        {
            await DoAsync($"LOGIN {Quoted(_place.User)} {Quoted(_place.Password)}", cancellation);
        }
    }

    private void Learn(List<object?> response)
    {
        if (response is ["*", "CAPABILITY", ..])
        {
            Capabilities = response.Skip(2).OfType<string>().Select(one => one.ToUpperInvariant()).ToHashSet(StringComparer.Ordinal);
        }
    }

    private async ValueTask SecureAsync(CancellationToken cancellation)
    {
        var secure = new SslStream(_stream);
        _stream = secure;
        var options = new SslClientAuthenticationOptions { TargetHost = _place.Host };
        if (_place.AuthorityFile is { } file)
        {
            var trusted = new X509Certificate2Collection();
            trusted.ImportFromPemFile(file);
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(trusted);
        }

        try
        {
            await secure.AuthenticateAsClientAsync(options, cancellation);
        }
        catch (AuthenticationException error)
        {
            throw new ImapRefusedException(
                $"the certificate of {_place.Host} is not good: {error.Message} Where it is the server's own, name it by --source-ca");
        }

        _reader = new ImapReader(secure);
    }

    private async ValueTask WriteAsync(string text, CancellationToken cancellation)
    {
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancellation);
        await _stream.FlushAsync(cancellation);
    }

    private async ValueTask<List<object?>> ReadAsync(CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            return await _reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException("the server said nothing for two minutes");
        }
    }
}
