using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace CompatBot.Gateway.Moving;

/// <summary>
/// The octets of a message file, as often as they are wanted: a file of up to a megabyte is read once, a longer one each time. Other
/// programs keep mail with line feeds alone; these become CRLF, as they are when such a program shows the message by IMAP.
/// </summary>
internal sealed class MaildirFile(string path)
{
    private const int PartBytes = 1 << 20;
    private const byte CarriageReturn = (byte)'\r';
    private const byte LineFeed = (byte)'\n';

    private byte[]? _whole;

    public async ValueTask<string> Sha256Async(CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await foreach (var part in RawAsync(cancellation)) hash.AppendData(part.Span);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>A mail server with compression keeps such files; a message never starts so.</summary>
    public async ValueTask<bool> IsCompressedAsync(CancellationToken cancellation)
    {
        await foreach (var part in RawAsync(cancellation)) return part.Span is [0x1F, 0x8B, ..] or [0x28, 0xB5, 0x2F, 0xFD, ..];
        return false;
    }

    /// <param name="raw">Exactly as they are in the file.</param>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> OctetsAsync(
        bool raw, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var last = (byte)0;
        await foreach (var part in RawAsync(cancellation))
        {
            var bare = raw ? 0 : BareLineFeeds(part.Span, last);
            yield return bare == 0 ? part : WithCarriageReturns(part.Span, last, bare);
            last = part.Span[^1];
        }
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> RawAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        if (_whole is not null)
        {
            if (_whole.Length > 0) yield return _whole;
            yield break;
        }

        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
        var length = file.Length;
        var buffer = new byte[(int)Math.Min(PartBytes, Math.Max(1, length))];
        while (true)
        {
            var read = await file.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
            if (read == length) _whole = buffer[..read];
            if (read > 0) yield return buffer.AsMemory(0, read);
            if (read < buffer.Length || read == length) yield break;
        }
    }

    private static int BareLineFeeds(ReadOnlySpan<byte> octets, byte before)
    {
        var bare = 0;
        for (var at = octets.IndexOf(LineFeed); at >= 0;)
        {
            if ((at == 0 ? before : octets[at - 1]) != CarriageReturn) bare++;
            var next = octets[(at + 1)..].IndexOf(LineFeed);
            at = next < 0 ? -1 : at + 1 + next;
        }

        return bare;
    }

    private static byte[] WithCarriageReturns(ReadOnlySpan<byte> octets, byte before, int bare)
    {
        var (whole, to) = (new byte[octets.Length + bare], 0);
        foreach (var octet in octets)
        {
            if (octet == LineFeed && before != CarriageReturn) whole[to++] = CarriageReturn;
            whole[to++] = before = octet;
        }

        return whole;
    }
}
