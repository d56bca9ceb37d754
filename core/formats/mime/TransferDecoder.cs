using System.Buffers;

namespace CompatBot.Formats.Mime;

/// <summary>
/// Undoes a Content-Transfer-Encoding while the bytes go by, in pieces cut anywhere. Never fails: what is no base64 is stepped over,
/// what is no quoted-printable stays as it is, and an encoding that nobody knows changes nothing (RFC 2045 section 6).
/// </summary>
public abstract class TransferDecoder
{
    /// <param name="encoding">As in <see cref="MimePart.Encoding"/>, in any case.</param>
    public static TransferDecoder For(string encoding) =>
        encoding.Equals("base64", StringComparison.OrdinalIgnoreCase) ? new Base64Decoder()
        : encoding.Equals("quoted-printable", StringComparison.OrdinalIgnoreCase) ? new QuotedPrintableDecoder()
        : new IdentityDecoder();

    /// <summary>True where the decoder has an effect; false where bytes can be passed on as they are.</summary>
    public virtual bool Changes => true;

    /// <summary>Decodes the next bytes. Writes at most about as many bytes as it is given.</summary>
    public abstract void Decode(ReadOnlySpan<byte> input, IBufferWriter<byte> output);

    /// <summary>Writes what was held back for bytes that did not come.</summary>
    public abstract void Finish(IBufferWriter<byte> output);

    private sealed class IdentityDecoder : TransferDecoder
    {
        public override bool Changes => false;

        public override void Decode(ReadOnlySpan<byte> input, IBufferWriter<byte> output) => output.Write(input);

        public override void Finish(IBufferWriter<byte> output)
        {
        }
    }
}
