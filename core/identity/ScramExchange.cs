using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CompatBot.Core.Identity;

/// <summary>What binds a login to its TLS connection.</summary>
/// <param name="Name">"tls-exporter" (RFC 9266) or "tls-server-end-point" (RFC 5929).</param>
public sealed record ChannelBinding(string Name, ReadOnlyMemory<byte> Data);

/// <summary>The messages of one SCRAM-SHA-256 exchange (RFC 5802 section 7): text in, text out, no accounts.</summary>
internal sealed class ScramExchange
{
    private const int NonceBytes = 24;
    private readonly byte[] _channelData;
    private readonly string _firstBare;
    private string _serverFirst = "";

    private ScramExchange(string user, string firstBare, string clientNonce, byte[] channelData) =>
        (User, _firstBare, Nonce, _channelData) = (user, firstBare, clientNonce, channelData);

    public string User { get; }

    /// <summary>The client's nonce, and behind it the server's once it has answered.</summary>
    public string Nonce { get; private set; }

    /// <param name="bindings">What this connection can be bound to. When there are any, SCRAM-SHA-256-PLUS is on offer.</param>
    /// <param name="plus">The client chose SCRAM-SHA-256-PLUS.</param>
    /// <returns>Null when the message is malformed, asks for another identity, or its channel binding does not fit.</returns>
    public static ScramExchange? Start(string clientFirst, IReadOnlyList<ChannelBinding> bindings, bool plus)
    {
        var flagEnd = clientFirst.IndexOf(',', StringComparison.Ordinal);
        var headerEnd = flagEnd < 0 ? -1 : clientFirst.IndexOf(',', flagEnd + 1);
        if (headerEnd < 0) return null;
        var flag = clientFirst[..flagEnd];
        var identity = clientFirst[(flagEnd + 1)..headerEnd];
        ReadOnlySpan<byte> bound = default;
        if (flag.StartsWith("p=", StringComparison.Ordinal))
        {
            if (!plus || bindings.FirstOrDefault(binding => binding.Name == flag[2..]) is not { } binding) return null;
            bound = binding.Data.Span;
        }
        else if (plus || flag is not ("n" or "y") || (flag == "y" && bindings.Count > 0))
        {
            // "y": the client believes that the server has no -PLUS. If it has, somebody took it out of the offer.
            return null;
        }

        var bare = clientFirst[(headerEnd + 1)..];
        var attributes = bare.Split(',');
        if (attributes.Length < 2 || Value(attributes[0], 'n') is not { } name || Value(attributes[1], 'r') is not { } nonce) return null;
        if (Unescape(name) is not { Length: > 0 } user || nonce.Length == 0 || !nonce.All(c => c is > ' ' and <= '~')) return null;
        if (identity.Length > 0 && (Value(identity, 'a') is not { } other || Unescape(other) != user)) return null;
        byte[] channelData = [.. Encoding.UTF8.GetBytes(clientFirst[..(headerEnd + 1)]), .. bound];
        return new(user, bare, nonce, channelData);
    }

    public string ServerFirst(ReadOnlySpan<byte> salt, int iterations, string? serverNonce = null)
    {
        Nonce += serverNonce ?? Convert.ToBase64String(RandomNumberGenerator.GetBytes(NonceBytes));
        _serverFirst = string.Create(CultureInfo.InvariantCulture, $"r={Nonce},s={Convert.ToBase64String(salt)},i={iterations}");
        return _serverFirst;
    }

    /// <returns>The proof and what it is over; null when the message is malformed or belongs to another exchange or connection.</returns>
    public (byte[] Proof, byte[] AuthMessage)? Finish(string clientFinal)
    {
        var proofAt = clientFinal.LastIndexOf(",p=", StringComparison.Ordinal);
        if (proofAt < 0) return null;
        var withoutProof = clientFinal[..proofAt];
        var attributes = withoutProof.Split(',');
        if (attributes.Length < 2 || Value(attributes[0], 'c') is not { } channel || Value(attributes[1], 'r') != Nonce) return null;
        if (Base64(channel) is not { } data || !CryptographicOperations.FixedTimeEquals(data, _channelData)) return null;
        if (Base64(clientFinal[(proofAt + 3)..]) is not { Length: ScramKeys.KeyBytes } proof) return null;
        return (proof, Encoding.UTF8.GetBytes($"{_firstBare},{_serverFirst},{withoutProof}"));
    }

    public static string ServerFinal(ReadOnlySpan<byte> serverKey, ReadOnlySpan<byte> authMessage) =>
        "v=" + Convert.ToBase64String(HMACSHA256.HashData(serverKey, authMessage));

    private static string? Value(string attribute, char name) =>
        attribute.Length >= 2 && attribute[0] == name && attribute[1] == '=' ? attribute[2..] : null;

    private static string? Unescape(string name)
    {
        var plain = name.Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "\0", StringComparison.Ordinal);
        return plain.Contains('=', StringComparison.Ordinal) || name.Contains('\0', StringComparison.Ordinal)
            ? null
            : plain.Replace('\0', '=');
    }

    private static byte[]? Base64(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var written) ? bytes[..written] : null;
    }
}
