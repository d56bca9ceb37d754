using System.Buffers;

namespace CompatBot.Protocols.Net.Lines;

/// <summary>What a read came to, and the bytes where there are any.</summary>
/// <param name="Status">Line: Bytes are valid until the next read of the connection.</param>
/// <param name="Bytes">A line without its CRLF, or a piece of a body.</param>
public readonly record struct ReceivedLine(LineStatus Status, ReadOnlySequence<byte> Bytes);
