using System.Buffers;
using System.Text;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Lines;

namespace CompatBot.Protocols.ManageSieve.Wire;

/// <summary>What was read.</summary>
/// <param name="Status">Line: a command, or a line that is none.</param>
/// <param name="Name">In upper case; empty: the line was none.</param>
/// <param name="Fault">What is wrong with it; null: nothing.</param>
internal readonly record struct ReadCommand(LineStatus Status, string Name, IReadOnlyList<SieveValue> Values, string? Fault)
{
    public override string ToString() => Name;
}

/// <summary>Reads commands with the literals in them, which come without being asked for (RFC 5804 section 4).</summary>
internal static class CommandReader
{
    /// <param name="literalBytesMax">Of one command together, in bytes; beyond it <see cref="LineStatus.Flood"/>.</param>
    /// <param name="isResponse">There is no name: one string, of SASL.</param>
    public static async ValueTask<ReadCommand> ReadAsync(
        LineConnection connection, ManageSieveLimits limits, long literalBytesMax, bool isResponse = false)
    {
        var values = new List<SieveValue>();
        string? name = null;
        while (true)
        {
            var read = await connection.ReadLineAsync(limits.LineBytesMax);
            if (read.Status != LineStatus.Line)
            {
                return name is not null && read.Status is (LineStatus.TooLong or LineStatus.BareLineFeed)
                    ? new ReadCommand(LineStatus.Line, name!, [], "The line goes on wrongly behind a literal")
                    : new ReadCommand(read.Status, "", [], null);
            }

            var line = read.Bytes.ToArray();
            var from = 0;
            if (name is null)
            {
                name = isResponse ? "" : CommandArguments.Name(line);
                from = name.Length;
                if (isResponse) line = [(byte)' ', .. line];
                else if (from == 0) return new ReadCommand(LineStatus.Line, "", [], "No command");
            }

            if (CommandArguments.Read(line.AsSpan(from), values) is not { } literal)
            {
                return new ReadCommand(LineStatus.Line, name, [], "The arguments are not well-formed");
            }

            if (literal < 0) return new ReadCommand(LineStatus.Line, name, values, null);
            literalBytesMax -= literal;
            if (literalBytesMax < 0 || values.Count >= limits.ArgumentsMax) return new ReadCommand(LineStatus.Flood, "", [], null);
            var (status, octets) = await LiteralAsync(connection, literal);
            if (status != LineStatus.Line) return new ReadCommand(status, "", [], null);
            values.Add(new SieveValue(octets, 0));
        }
    }

    /// <summary>A string of UTF-8; null when it is a number, or not UTF-8.</summary>
    public static string? Text(SieveValue value)
    {
        if (value.Octets is not { } octets) return null;
        try
        {
            return Strict.GetString(octets);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private static async ValueTask<(LineStatus Status, byte[] Octets)> LiteralAsync(LineConnection connection, long length)
    {
        var octets = new byte[length];
        for (var at = 0; at < length;)
        {
            var read = await connection.ReadBodyAsync(length - at);
            if (read.Status == LineStatus.Woken) continue;
            if (read.Status != LineStatus.Line) return (read.Status, []);
            read.Bytes.CopyTo(octets.AsSpan(at));
            at += (int)read.Bytes.Length;
        }

        return (LineStatus.Line, octets);
    }
}
