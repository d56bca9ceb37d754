using System.Buffers;
using System.Buffers.Binary;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Fetching;

/// <summary>
/// ENVELOPE and BODYSTRUCTURE of a message as they go out, kept beside its summary so that they are made once (storage/FORMAT.md,
/// "Snapshots and summaries").
/// </summary>
public static class KeptAnswers
{
    private const byte Version = 1;
    private const int HeadBytes = 1 + sizeof(int);

    public static byte[] Of(MimeMessage summary)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        output.Write(stackalloc byte[HeadBytes]);
        var writer = new WireWriter(output);
        EnvelopeWriter.Write(ref writer, summary.Envelope);
        writer.Commit();
        var envelopeBytes = output.WrittenCount - HeadBytes;
        BodyStructureWriter.Write(ref writer, summary.Root, extended: true);
        writer.Commit();
        var answers = output.WrittenSpan.ToArray();
        answers[0] = Version;
        BinaryPrimitives.WriteInt32LittleEndian(answers.AsSpan(1), envelopeBytes);
        return answers;
    }

    /// <summary>False: of another version, or damaged.</summary>
    public static bool AreKnown(ReadOnlySpan<byte> answers) =>
        answers.Length >= HeadBytes && answers[0] == Version && EnvelopeBytes(answers) is var bytes
        && bytes >= 0 && bytes <= answers.Length - HeadBytes;

    public static ReadOnlySpan<byte> Envelope(ReadOnlySpan<byte> answers) => answers.Slice(HeadBytes, EnvelopeBytes(answers));

    public static ReadOnlySpan<byte> BodyStructure(ReadOnlySpan<byte> answers) => answers[(HeadBytes + EnvelopeBytes(answers))..];

    private static int EnvelopeBytes(ReadOnlySpan<byte> answers) => BinaryPrimitives.ReadInt32LittleEndian(answers[1..]);
}
