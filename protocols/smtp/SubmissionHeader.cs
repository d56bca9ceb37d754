using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CompatBot.Formats.Mime;

namespace CompatBot.Protocols.Smtp;

/// <summary>
/// What a submission server mends in a message (RFC 6409 section 8): a missing Date or Message-ID is added, Bcc is taken out. The
/// header is held until it has come whole; all else streams on.
/// </summary>
/// <param name="hostName">Right side of a Message-ID that is made here.</param>
/// <param name="now">The Date that is put in.</param>
public sealed class SubmissionHeader(string hostName, DateTimeOffset now)
{
    /// <summary>A header that is longer, in bytes, goes on as it is.</summary>
    public const int HeaderBytesMax = 256 << 10;

    private readonly StringBuilder _from = new(), _resentFrom = new();
    private MemoryStream? _held = new();

    /// <summary>
    /// Who says to have written or, where it was sent on as it is, to have resent the message (RFC 5322 section 3.6.2, 3.6.6): addresses
    /// of From or Resent-From. Empty before the header is known.
    /// </summary>
    public IReadOnlyList<string> Authors => Addresses(_resentFrom.Length > 0 ? _resentFrom : _from);

    /// <summary>Takes octets of the message.</summary>
    /// <returns>What can go on.</returns>
    public ReadOnlyMemory<byte> Take(ReadOnlyMemory<byte> octets)
    {
        if (_held is null) return octets;
        var before = (int)_held.Length;
        _held.Write(octets.Span);
        var all = _held.GetBuffer().AsMemory(0, (int)_held.Length);

        // The line ends that end a header may lie across two pieces.
        var from = Math.Max(0, before - 3);
        var end = all.Span.StartsWith("\r\n"u8) ? 0 : all.Span[from..].IndexOf("\r\n\r\n"u8);
        if (end >= 0 && !all.Span.StartsWith("\r\n"u8)) end += from + 2;
        if (end >= 0)
        {
            _held = null;
            return Mend(all[..end], all[end..]);
        }

        if (all.Length <= HeaderBytesMax) return default;
        _held = null;
        return all;
    }

    /// <summary>The message is at its end, and was only a header.</summary>
    public ReadOnlyMemory<byte> Finish()
    {
        if (_held is null) return default;
        var all = _held.GetBuffer().AsMemory(0, (int)_held.Length);
        _held = null;
        return Mend(all, default);
    }

    private byte[] Mend(ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> rest)
    {
        using var mended = new MemoryStream(header.Length + rest.Length + 200);
        var (hasDate, hasId) = (false, false);
        using var kept = new MemoryStream(header.Length);
        var drops = false;
        StringBuilder? collects = null;
        for (var left = header.Span; !left.IsEmpty;)
        {
            var end = left.IndexOf("\r\n"u8);
            var line = end < 0 ? left : left[..(end + 2)];
            left = left[line.Length..];
            if (line[0] is not ((byte)' ' or (byte)'\t'))
            {
                drops = Is(line, "bcc");
                collects = Is(line, "from") ? _from : Is(line, "resent-from") ? _resentFrom : null;
                collects?.Append(Encoding.UTF8.GetString(line[(line.IndexOf((byte)':') + 1)..])).Append(',');
                hasDate |= Is(line, "date");
                hasId |= Is(line, "message-id");
            }

            else
            {
                collects?.Append(Encoding.UTF8.GetString(line));
            }

            if (!drops) kept.Write(line);
        }

        if (!hasDate) Write($"Date: {now.ToString("ddd, dd MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture)}\r\n");
        if (!hasId) Write($"Message-ID: <{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}@{hostName}>\r\n");
        kept.WriteTo(mended);
        mended.Write(rest.Span);
        return mended.ToArray();

        void Write(string field) => mended.Write(Encoding.ASCII.GetBytes(field));
    }

    private static IReadOnlyList<string> Addresses(StringBuilder field) =>
        [.. from one in AddressParser.Parse(field.ToString().Replace("\r\n", "", StringComparison.Ordinal))
            where one is { Mailbox: not null, Host: not null }
            select $"{one.Mailbox}@{one.Host}"];

    private static bool Is(ReadOnlySpan<byte> line, string name)
    {
        var colon = line.IndexOf((byte)':');
        return colon > 0 && Ascii.EqualsIgnoreCase(line[..colon].TrimEnd((byte)' '), name);
    }
}
