namespace CompatBot.Generator;

/// <summary>
/// Makes mail of many shapes, well-formed and broken: the same seed and options give the same bytes for ever. Without options every
/// message can go through SMTP byte for byte: CRLF line ends and no other CR or LF, lines of at most 998 bytes, no NUL, a finished last line.
/// </summary>
public sealed class MessageGenerator(MessageOptions? options = null)
{
    private static readonly (string Name, Action<MailWriter> Write)[] Shapes =
    [
        ("plain", SimpleShapes.Plain),
        ("unicode subject", SimpleShapes.UnicodeSubject),
        ("raw 8-bit header", SimpleShapes.EightBitHeader),
        ("html", SimpleShapes.Html),
        ("odd charset", SimpleShapes.OddCharset),
        ("empty body", SimpleShapes.EmptyBody),
        ("lines of dots", SimpleShapes.Dots),
        ("many addresses", SimpleShapes.Addresses),
        ("mailing list", SimpleShapes.MailingList),
        ("flowed", SimpleShapes.Flowed),
        ("8-bit body", SimpleShapes.EightBitBody),
        ("large text", SimpleShapes.Large),
        ("alternative", MultipartShapes.Alternative),
        ("attachments", MultipartShapes.Attachments),
        ("nested", MultipartShapes.Nested),
        ("forwarded message", MultipartShapes.Forwarded),
        ("digest", MultipartShapes.Digest),
        ("signed", MultipartShapes.Signed),
        ("invitation", MultipartShapes.Invitation),
        ("bounce", MultipartShapes.Bounce),
        ("many parts", MultipartShapes.Many),
        ("deep", MultipartShapes.Deep),
        ("no header", BrokenShapes.NoHeader),
        ("header only", BrokenShapes.HeaderOnly),
        ("no end boundary", BrokenShapes.NoEndBoundary),
        ("boundary starts another", BrokenShapes.BoundaryPrefix),
        ("boundary never comes", BrokenShapes.BoundaryMissing),
        ("encoded message part", BrokenShapes.EncodedMessage),
        ("broken encodings", BrokenShapes.BrokenEncodings),
        ("repeated fields", BrokenShapes.RepeatedFields),
        ("garbage in the header", BrokenShapes.GarbageHeader),
        ("garbage addresses", BrokenShapes.GarbageAddresses),
        ("mbox line", BrokenShapes.MboxLine),
        ("part without blank line", BrokenShapes.NoBlankLine),
    ];

    private readonly MessageOptions _options = options ?? new MessageOptions();

    /// <summary>The name of the shape that a seed gives.</summary>
    public static string ShapeOf(int seed) => Shapes[(int)((uint)seed % Shapes.Length)].Name;

    /// <summary>The message of a seed.</summary>
    public byte[] Message(int seed)
    {
        if (_options.UnfinishedLines && seed % 100 == 99)
        {
            return [];
        }

        var random = new Random(seed);
        var writer = new MailWriter(random, seed, _options);
        if (_options.LongLines && seed % 3 == 0)
        {
            writer.Line($"X-Long: {new string('x', random.Next(100_000))}");
        }

        Shapes[(int)((uint)seed % Shapes.Length)].Write(writer);
        if (_options.LongLines && seed % 3 == 0)
        {
            writer.Line(new string('y', random.Next(100_000)));
        }

        return Damage.Apply(writer.ToArray(), seed, random, _options);
    }
}
