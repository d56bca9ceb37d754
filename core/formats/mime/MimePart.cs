namespace CompatBot.Formats.Mime;

/// <summary>One part of a message: where it lies in the message's bytes, and what its header says. Immutable.</summary>
public sealed class MimePart
{
    private static readonly MimePart[] None = [];

    internal MimePart(PartPlace place, PartForm form, HeaderFields fields, IReadOnlyList<MimePart>? children, MimeMessage? message)
    {
        HeaderStart = place.HeaderStart;
        BodyStart = place.BodyStart;
        End = place.End;
        BodyLines = place.BodyLines;
        Form = form;
        Fields = fields;
        Children = children ?? None;
        Message = message;
    }

    /// <summary>Offset of the header's first byte in the message.</summary>
    public long HeaderStart { get; }

    /// <summary>Offset behind the blank line; the header is [HeaderStart, BodyStart).</summary>
    public long BodyStart { get; }

    /// <summary>Offset behind the body's last byte. The line end before a boundary belongs to the boundary.</summary>
    public long End { get; }

    public long HeaderBytes => BodyStart - HeaderStart;

    public long BodyBytes => End - BodyStart;

    /// <summary>Line feeds in the body; like other servers, an unfinished last line is not counted.</summary>
    public long BodyLines { get; }

    /// <summary>A message's kept fields, or a part's Content-* fields, raw.</summary>
    public HeaderFields Fields { get; }

    public MimeKind Kind => Form.HasFlag(PartForm.Multipart) ? MimeKind.Multipart
        : Form.HasFlag(PartForm.Message) ? MimeKind.Message
        : Type.Equals("text", StringComparison.OrdinalIgnoreCase) ? MimeKind.Text : MimeKind.Basic;

    /// <summary>Media type as found, or the default of RFC 2045 section 5.2; application/octet-stream for what could not be opened.</summary>
    public string Type => Content.Type;

    public string Subtype => Content.Subtype;

    /// <summary>Content-Type parameters in their order, values unquoted, RFC 2231 pieces as found. Text always has a charset.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Parameters => Content.Parameters;

    public string? Id => Content.Id;

    public string? Description => Content.Description;

    /// <summary>Content-Transfer-Encoding as found; 7bit where there is none.</summary>
    public string Encoding => Content.Encoding;

    public string? Disposition => Content.Disposition;

    public IReadOnlyList<KeyValuePair<string, string>> DispositionParameters => Content.DispositionParameters;

    public IReadOnlyList<string> Language => Content.Language;

    public string? Location => Content.Location;

    public string? Md5 => Content.Md5;

    /// <summary>
    /// The parts of a multipart, never none: where no boundary line was found, the whole body is the one child (text/plain).
    /// </summary>
    public IReadOnlyList<MimePart> Children { get; }

    /// <summary>The message inside a message/rfc822 or message/global part.</summary>
    public MimeMessage? Message { get; }

    internal PartForm Form { get; }

    private ContentInfo Content => field ??= ContentInfo.Of(Fields, Form);

    /// <summary>The value of a Content-Type parameter, whatever the case of its name.</summary>
    public string? Parameter(string name)
    {
        foreach (var (key, value) in Parameters)
        {
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>
    /// The part with an IMAP section number (RFC 3501 section 6.4.5), asked of a message's root. 1 is the body of a message that is no
    /// multipart; numbers below a message/rfc822 part count the parts of the message in it. No numbers: this part.
    /// For n.HEADER and n.TEXT take Message.Root of the part that is found.
    /// </summary>
    public MimePart? Find(params ReadOnlySpan<int> section)
    {
        MimePart? found = null;
        foreach (var number in section)
        {
            var scope = found is null ? this : found.Message?.Root ?? found;
            if (scope.Form.HasFlag(PartForm.Multipart))
            {
                if (number < 1 || number > scope.Children.Count)
                {
                    return null;
                }

                found = scope.Children[number - 1];
            }
            else if (number == 1 && !ReferenceEquals(scope, found))
            {
                found = scope;
            }
            else
            {
                return null;
            }
        }

        return found ?? this;
    }
}
