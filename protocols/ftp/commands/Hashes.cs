using System.Globalization;
using CompatBot.Core.Content;
using CompatBot.Core.Items;

namespace CompatBot.Protocols.Ftp.Commands;

/// <summary>
/// Hashes of files (draft-bryan-ftpext-hash, and the X commands before it). SHA-256 of a whole file is known; any other, and that of a
/// part, is computed by reading, while ABOR is listened for.
/// </summary>
internal static class Hashes
{
    /// <summary>Names as in HASH's registry.</summary>
    public static readonly IReadOnlyList<(string Name, HashKind Kind)> All =
    [
        ("SHA-256", HashKind.Sha256), ("SHA-512", HashKind.Sha512), ("SHA-1", HashKind.Sha1), ("MD5", HashKind.Md5),
        ("CRC32", HashKind.Crc32),
    ];

    public static string NameOf(HashKind kind) => All.First(one => one.Kind == kind).Name;

    /// <summary>HASH PATH: of the kind that OPTS HASH chose.</summary>
    public static async ValueTask<FtpReply> HashAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        if (await session.LookAsync(argument, cancellation) is not { Found.Item: { } file }) return FtpReply.NotFound;
        return await ComputeAsync(session, file, session.Hash, 0, file.Size, hash =>
            new FtpReply(213, string.Create(CultureInfo.InvariantCulture, $"{NameOf(session.Hash)} 0-{file.Size} {hash} {argument}")));
    }

    /// <summary>XCRC, XMD5, XSHA and their like: PATH, or "PATH", then perhaps where a part begins, and ends.</summary>
    public static FtpRun Of(HashKind kind) => async (session, argument, cancellation) =>
    {
        var (_, found) = await session.LookAsync(argument, cancellation);
        var (from, to) = (0L, long.MaxValue);
        if (found?.Item is null)
        {
            if (Arguments(argument) is not { } parts) return FtpReply.Syntax;
            (from, to) = (parts.From, parts.To);
            (_, found) = await session.LookAsync(parts.Path, cancellation);
        }

        if (found?.Item is not { } file) return FtpReply.NotFound;
        to = Math.Min(to, file.Size);
        if (from > to) return new FtpReply(501, "The part ends before it begins, or lies behind the end");
        return await ComputeAsync(session, file, kind, from, to, hash => new FtpReply(250, hash));
    };

    private static (string Path, long From, long To)? Arguments(string argument)
    {
        var (path, rest) = (argument, "");
        if (argument.StartsWith('"'))
        {
            var end = argument.LastIndexOf('"');
            if (end == 0) return null;
            (path, rest) = (argument[1..end].Replace("\"\"", "\"", StringComparison.Ordinal), argument[(end + 1)..].Trim());
        }
        else if (argument.IndexOf(' ', StringComparison.Ordinal) is var blank and > 0)
        {
            (path, rest) = (argument[..blank], argument[(blank + 1)..].Trim());
        }

        var numbers = rest.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var (from, to) = (0L, long.MaxValue);
        if (numbers.Length > 2) return null;
        if (numbers.Length > 0 && !Number(numbers[0], out from)) return null;
        return numbers.Length > 1 && !Number(numbers[1], out to) ? null : (path, from, to);
    }

    private static async ValueTask<FtpReply> ComputeAsync(
        FtpSession session, ItemRow file, HashKind kind, long from, long to, Func<string, FtpReply> reply)
    {
        var isKnown = kind == HashKind.Sha256 && from == 0 && to == file.Size && !file.Digest.IsEmpty;
        if (isKnown) return reply(Convert.ToHexStringLower(file.Digest.Span));
        return await session.WhileListeningAsync(async stop =>
        {
            try
            {
                return reply(Convert.ToHexStringLower(await ContentHash.OfAsync(kind, session.Items.Read(file), from, to, stop)));
            }
            catch (OperationCanceledException)
            {
                return new FtpReply(450, "It was stopped");
            }
        });
    }

    private static bool Number(string text, out long value) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
