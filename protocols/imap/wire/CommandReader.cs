using System.Buffers;
using System.Text;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Lines;

namespace CompatBot.Protocols.Imap.Wire;

/// <summary>What waiting for a command came to.</summary>
public enum CommandStatus
{
    /// <summary>A whole command is in <see cref="CommandReader.Text"/>, or all of it up to APPEND's message.</summary>
    Command,

    /// <summary>Refused, and read to its end: answer BAD and go on. <see cref="CommandReader.Mistake"/> says why.</summary>
    Bad,

    /// <summary>Refused, and nobody can say where it ends: BYE.</summary>
    Lost,

    /// <summary>Nothing was read; <see cref="CommandReader.Ended"/> says why.</summary>
    Ended,
}

/// <summary>Frames commands: a line with its literals in place (RFC 3501 section 2.2.1), each within its limit.</summary>
public sealed class CommandReader(LineConnection connection, ImapLimits limits)
{
    private byte[] _rented = [];
    private int _length;
    private ReadOnlyMemory<byte> _text;

    /// <summary>Somebody is logged in: literals may be longer.</summary>
    public bool IsTrusted { get; set; }

    /// <summary>The command without its last CRLF; valid until the next read.</summary>
    public ReadOnlySpan<byte> Text => _text.Span;

    public string Mistake { get; private set; } = "";

    public LineStatus Ended { get; private set; }

    /// <summary>Gives the text's memory back: an idle connection holds none.</summary>
    public void Release()
    {
        if (_rented.Length > 0) ArrayPool<byte>.Shared.Return(_rented, clearArray: true); // It may have held a password.
        (_rented, _length, _text) = ([], 0, default);
    }

    /// <param name="isAppend">Whether the text so far is an APPEND that waits for its message.</param>
    public async ValueTask<CommandStatus> ReadAsync(Func<ReadOnlySpan<byte>, bool> isAppend)
    {
        Release();
        while (true)
        {
            var status = await ReadLineAsync();
            if (status != CommandStatus.Command || !LiteralHeader.TryParseEnd(Text, out var literal) || isAppend(Text)) return status;

            var literalBytesMax = IsTrusted ? limits.LiteralBytesMax : limits.LiteralBytesBeforeLoginMax;
            if (literal.Bytes > literalBytesMax || Text.Length + literal.Bytes > limits.CommandBytesMax)
            {
                Mistake = "Literal too long";
                return await DiscardAsync(literal);
            }

            if (_length == 0) Append(Text);
            if (literal.IsSynchronizing) connection.Output.Write("+ Ready for the literal\r\n"u8);
            Append("\r\n"u8);
            for (var left = literal.Bytes; left > 0;)
            {
                var body = await connection.ReadBodyAsync(left);
                if (body.Status != LineStatus.Line) return End(body.Status);
                foreach (var segment in body.Bytes) Append(segment.Span);
                left -= body.Bytes.Length;
            }
        }
    }

    /// <summary>
    /// Reads a refused literal and the rest of its command away, if the client sends it regardless (RFC 7888 section 4).
    /// </summary>
    public async ValueTask<CommandStatus> DiscardAsync(LiteralHeader literal)
    {
        var budget = IsTrusted ? limits.DiscardBytesMax : limits.LiteralBytesMax;
        while (!literal.IsSynchronizing) // Of a synchronizing one, the client sees the refusal instead of "+" and sends nothing.
        {
            if (literal.Bytes > budget) return CommandStatus.Lost;
            budget -= literal.Bytes;
            for (var left = literal.Bytes; left > 0;)
            {
                var body = await connection.ReadBodyAsync(left);
                if (body.Status != LineStatus.Line) return End(body.Status);
                left -= body.Bytes.Length;
            }

            var line = await NextLineAsync(limits.CommandLineBytesMax);
            if (line.Status != LineStatus.Line) return Refused(line.Status);
            var end = line.Bytes.IsSingleSegment ? line.Bytes.FirstSpan : line.Bytes.ToArray();
            if (!LiteralHeader.TryParseEnd(end, out literal)) break;
        }

        return CommandStatus.Bad;
    }

    /// <summary>The tag, for the reply to a command that cannot be read; "*" when there is none.</summary>
    public string TagOrStar()
    {
        var space = Text.IndexOf((byte)' ');
        if (space <= 0) return "*";
        var lexer = new ImapLexer(Text[..space], limits);
        return lexer.Tag(out var tag) && lexer.IsAtEnd ? Encoding.ASCII.GetString(tag) : "*";
    }

    /// <summary>A line that belongs to a command already begun, so news can wait.</summary>
    public async ValueTask<ReceivedLine> NextLineAsync(int lineBytesMax)
    {
        while (true)
        {
            var line = await connection.ReadLineAsync(lineBytesMax);
            if (line.Status != LineStatus.Woken) return line;
        }
    }

    private async ValueTask<CommandStatus> ReadLineAsync()
    {
        var line = _length == 0
            ? await connection.ReadLineAsync(limits.CommandLineBytesMax)
            : await NextLineAsync(limits.CommandLineBytesMax);
        if (line.Status != LineStatus.Line) return Refused(line.Status);
        if (_length > 0)
        {
            foreach (var segment in line.Bytes) Append(segment.Span);
        }
        else
        {
            _text = line.Bytes.IsSingleSegment ? line.Bytes.First : line.Bytes.ToArray();
        }

        return CommandStatus.Command;
    }

    private CommandStatus Refused(LineStatus status)
    {
        Mistake = status == LineStatus.TooLong ? "Line too long" : "Expected CRLF, not a bare LF";
        return status is LineStatus.TooLong or LineStatus.BareLineFeed ? CommandStatus.Bad : End(status);
    }

    private CommandStatus End(LineStatus status)
    {
        Ended = status;
        return CommandStatus.Ended;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_rented.Length - _length < bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(1024, Math.Max(_length * 2, _length + bytes.Length)));
            _rented.AsSpan(0, _length).CopyTo(larger);
            if (_rented.Length > 0) ArrayPool<byte>.Shared.Return(_rented, clearArray: true);
            _rented = larger;
        }

        bytes.CopyTo(_rented.AsSpan(_length));
        _length += bytes.Length;
        _text = _rented.AsMemory(0, _length);
    }
}
