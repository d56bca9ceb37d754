namespace CompatBot.Formats.Mime;

/// <summary>What the Content-* fields of a part say, with MIME's defaults (RFC 2045 section 5.2).</summary>
internal sealed record ContentInfo
{
    private static readonly KeyValuePair<string, string> AsciiCharset = new("charset", "us-ascii");

    public required string Type { get; init; }

    public required string Subtype { get; init; }

    public required IReadOnlyList<KeyValuePair<string, string>> Parameters { get; init; }

    public required string Encoding { get; init; }

    public string? Id { get; init; }

    public string? Description { get; init; }

    public string? Disposition { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> DispositionParameters { get; init; } = [];

    public IReadOnlyList<string> Language { get; init; } = [];

    public string? Location { get; init; }

    public string? Md5 { get; init; }

    public static ContentInfo Of(HeaderFields fields, PartForm form)
    {
        var (type, subtype, parameters) = MediaType(fields, form);
        if (form.HasFlag(PartForm.Opaque))
        {
            (type, subtype) = ("application", "octet-stream");
        }
        else if (Same(type, "text") && !parameters.Exists(parameter => Same(parameter.Key, "charset")))
        {
            parameters.Insert(0, AsciiCharset);
        }

        var disposition = fields.Text("Content-Disposition"u8) is { } text ? ParameterReader.Read(text) : default;
        return new ContentInfo
        {
            Type = type,
            Subtype = subtype,
            Parameters = parameters,
            Encoding = EncodingOf(fields) ?? "7bit",
            Id = NotEmpty(fields.Text("Content-ID"u8)),
            Description = NotEmpty(fields.Text("Content-Description"u8)),
            Disposition = NotEmpty(disposition.Value),
            DispositionParameters = disposition.Parameters ?? [],
            Language = Languages(fields.Text("Content-Language"u8)),
            Location = NotEmpty(fields.Text("Content-Location"u8)),
            Md5 = NotEmpty(fields.Text("Content-MD5"u8)),
        };
    }

    /// <summary>Multipart, Message, Opaque (a message that is transfer encoded, so that its parts cannot be seen) or Leaf.</summary>
    public static PartForm FormOf(HeaderFields fields, PartForm context)
    {
        var contentType = fields.First("Content-Type"u8);
        if (contentType.Raw.IsEmpty && !context.HasFlag(PartForm.InDigest))
        {
            return PartForm.Leaf;
        }

        var (type, subtype, _) = MediaType(fields, context);
        if (Same(type, "multipart"))
        {
            return PartForm.Multipart;
        }

        if (!Same(type, "message") || !(Same(subtype, "rfc822") || Same(subtype, "global")))
        {
            return PartForm.Leaf;
        }

        var encoding = EncodingOf(fields);
        return encoding is not null && (Same(encoding, "base64") || Same(encoding, "quoted-printable")) ? PartForm.Opaque : PartForm.Message;
    }

    public static bool IsDigest(HeaderFields fields) => Same(MediaType(fields, PartForm.Leaf).Subtype, "digest");

    /// <summary>The boundary that a Content-Type value declares; null where it is no multipart, or has none that can be found.</summary>
    public static string? BoundaryOf(string contentType)
    {
        if (!contentType.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) && !Same(TypeOf(contentType).Type, "multipart"))
        {
            return null;
        }

        foreach (var (name, value) in ParameterReader.Read(contentType).Parameters)
        {
            if (Same(name, "boundary"))
            {
                return NotEmpty(value.TrimEnd(' ', '\t'));
            }
        }

        return null;
    }

    private static (string Type, string Subtype, List<KeyValuePair<string, string>> Parameters) MediaType(HeaderFields fields, PartForm form)
    {
        if (fields.Text("Content-Type"u8) is { } text && ParameterReader.Read(text) is var read && TypeOf(read.Value) is { Type: not "" } found)
        {
            return (found.Type, found.Subtype, read.Parameters);
        }

        return form.HasFlag(PartForm.InDigest) ? ("message", "rfc822", []) : ("text", "plain", []);
    }

    /// <summary>Type and subtype of "type/subtype"; both empty where it is not of that form.</summary>
    private static (string Type, string Subtype) TypeOf(string value)
    {
        var end = value.AsSpan().IndexOfAny(";(");
        var media = end < 0 ? value.AsSpan() : value.AsSpan(0, end);
        var slash = media.IndexOf('/');
        if (slash <= 0)
        {
            return ("", "");
        }

        var type = media[..slash].Trim(" \t");
        var subtype = media[(slash + 1)..].Trim(" \t");
        var space = subtype.IndexOfAny(" \t,");
        subtype = space < 0 ? subtype : subtype[..space];
        return type.IsEmpty || subtype.IsEmpty || type.ContainsAny(" \t\"") ? ("", "") : (type.ToString(), subtype.ToString());
    }

    private static string? EncodingOf(HeaderFields fields)
    {
        if (fields.Text("Content-Transfer-Encoding"u8) is not { } text)
        {
            return null;
        }

        // The first word: some programs add a comment or a semicolon.
        var end = text.AsSpan().IndexOfAny(" \t;(");
        return NotEmpty((end < 0 ? text : text[..end]).Trim('"'));
    }

    private static List<string> Languages(string? text)
    {
        var found = new List<string>();
        foreach (var language in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            found.Add(language);
        }

        return found;
    }

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static bool Same(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);
}
