using System.Text;

namespace CompatBot.Formats.Mime;

/// <summary>A part whose end the scanner has not seen.</summary>
internal sealed class OpenPart(long headerStart, bool isMessageRoot, PartForm form)
{
    private List<MimePart>? _children;
    private MimeMessage? _message;
    private readonly long _headerStart = headerStart;

    public bool IsMessageRoot { get; } = isMessageRoot;

    public PartForm Form { get; set; } = form;

    public HeaderFields Fields { get; set; } = HeaderFields.Empty;

    public long BodyStart { get; set; } = headerStart;

    /// <summary>Line feeds of the message before the body.</summary>
    public long LinesBefore { get; set; }

    /// <summary>Null where there is none to look for, or the closing line was seen.</summary>
    public byte[]? Boundary { get; set; }

    public bool IsDigest { get; set; }

    public void SetBoundary(string boundary) => Boundary = Encoding.Latin1.GetBytes(boundary);

    public void Add(MimePart child) => (_children ??= []).Add(child);

    public void Contain(MimePart messageRoot) => _message = new MimeMessage(messageRoot);

    public MimePart Close(long end, long linesBeforeEnd)
    {
        var place = new PartPlace(_headerStart, BodyStart, end, Math.Max(0, linesBeforeEnd - LinesBefore));
        if (Form.HasFlag(PartForm.Multipart) && _children is null)
        {
            Add(new MimePart(place with { HeaderStart = BodyStart }, PartForm.Leaf, HeaderFields.Empty, null, null));
        }

        return new MimePart(place, Form, Fields, _children?.ToArray(), _message);
    }
}
