using System.Security.Cryptography;
using System.Text;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Identity;

/// <param name="ServerFinal">To be sent to the client, which checks it: the server knew the password's keys too.</param>
public sealed record ScramSuccess(Keyring Keyring, string ServerFinal);

/// <summary>
/// The server's side of SCRAM-SHA-256 and -PLUS (RFC 5802, RFC 7677). All devices of an account share salt and iterations; the
/// proof shows which device it is, and yields the key that opens the device's second slot. One instance, one login.
/// </summary>
/// <param name="bindings">What the connection can be bound to; empty when it cannot, and -PLUS is not on offer.</param>
public sealed class ScramServer(Credentials credentials, string protocol, bool plus, IReadOnlyList<ChannelBinding> bindings)
{
    /// <summary>Longest message of a client, in bytes: a long address, nonce and binding leave this far behind.</summary>
    public const int MessageBytesMax = 2048;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);
    private ScramExchange? _exchange;
    private ScramTarget? _target;

    /// <summary>The address that the client claims; null before it has.</summary>
    public string? User => _exchange?.User;

    /// <returns>The server's first message; Invalid when the client's is malformed or its channel binding does not fit.</returns>
    public async ValueTask<Outcome<string>> StartAsync(ReadOnlyMemory<byte> clientFirst, CancellationToken cancellation)
    {
        if (_exchange is not null || Text(clientFirst.Span) is not { } text) return Refusal.Invalid;
        if (ScramExchange.Start(text, bindings, plus) is not { } exchange) return Refusal.Invalid;
        _exchange = exchange;
        _target = await credentials.ScramTargetAsync(exchange.User, cancellation);
        return exchange.ServerFirst(_target.Salt, _target.Iterations);
    }

    /// <returns>The keyring and the server's last word; or BadCredentials, NotPermitted, Damaged, Invalid.</returns>
    public async ValueTask<Outcome<ScramSuccess>> FinishAsync(ReadOnlyMemory<byte> clientFinal, CancellationToken cancellation)
    {
        var (exchange, target) = (_exchange, _target);
        _target = null;
        if (exchange is null || target is null || Text(clientFinal.Span) is not { } text) return Refusal.Invalid;
        if (exchange.Finish(text) is not var (proof, authMessage)) return Refusal.Invalid;

        // Read now, not at the start: a device revoked between the two messages does not open.
        if (Find(await credentials.DevicesAsync(target, cancellation), proof, authMessage) is not var (device, serverKey, wrap))
        {
            return Refusal.BadCredentials;
        }

        using (wrap)
        {
            var opened = await credentials.OpenSlotAsync(target.Profile, device, wrap, KeySlotKind.Scram, protocol, cancellation);
            if (opened.Declined) return opened.Refusal;
            return new ScramSuccess(opened.Value, ScramExchange.ServerFinal(serverKey.Span, authMessage));
        }
    }

    /// <summary>The device whose proof it is, and what opens its slot.</summary>
    private static (DeviceRecord Record, ReadOnlyMemory<byte> ServerKey, SecretBytes Wrap)? Find(
        IReadOnlyList<DeviceRecord> devices, byte[] proof, byte[] authMessage)
    {
        Span<byte> clientKey = stackalloc byte[ScramKeys.KeyBytes];
        using var key = SecretBytes.Zeroed(ScramKeys.KeyBytes);
        (DeviceRecord Record, Proto.ScramSlot Keys)? found = null;
        ScramKeys.TryProof(new byte[ScramKeys.KeyBytes], proof, authMessage, clientKey);
        foreach (var record in devices)
        {
            if (Devices.Read(record)?.Scram is not { StoredKey.Length: ScramKeys.KeyBytes } keys) continue;
            if (!ScramKeys.TryProof(keys.StoredKey.Span, proof, authMessage, clientKey)) continue;
            found = (record, keys);
            clientKey.CopyTo(key.Writable);
        }

        CryptographicOperations.ZeroMemory(clientKey);
        if (found is not var (device, scram)) return null;
        return (device, scram.ServerKey.Memory, ScramKeys.WrapKey(device.Account, key.Span));
    }

    private static string? Text(ReadOnlySpan<byte> message)
    {
        if (message.Length > MessageBytesMax) return null;
        try
        {
            return Strict.GetString(message);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
