using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using CompatBot.Formats.Mime;

namespace CompatBot.Protocols.Smtp.Reports;

/// <summary>A report as mail: words for people, and the report packed behind them.</summary>
/// <param name="Subject">ASCII, less than a line.</param>
/// <param name="Fields">Header fields of this kind of report, each with its CRLF.</param>
/// <param name="ContentType">Of the whole: its type, without the boundary.</param>
/// <param name="PartType">Of the packed report.</param>
internal sealed record ReportMail(
    string From, string To, string Subject, string Fields, string ContentType, string PartType, string FileName, byte[] Packed)
{
    private const int LineChars = 76;

    public static byte[] Pack(ReadOnlySpan<byte> plain)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal)) gzip.Write(plain);
        return packed.ToArray();
    }

    public byte[] Write(string hostName, DateTimeOffset now)
    {
        var boundary = $"=_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}";
        var text = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"From: <{From}>\r\nTo: <{To}>\r\nSubject: {Subject}\r\n")
            .Append(CultureInfo.InvariantCulture, $"Date: {MailDate.Text(now)}\r\n")
            .Append(CultureInfo.InvariantCulture,
                $"Message-ID: <{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}@{hostName}>\r\n")
            .Append(Fields)
            .Append("Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n")
            .Append(CultureInfo.InvariantCulture, $"Content-Type: {ContentType};\r\n\tboundary=\"{boundary}\"\r\n\r\n")
            .Append(CultureInfo.InvariantCulture, $"--{boundary}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n")
            .Append(CultureInfo.InvariantCulture, $"This is a report of the mail server {hostName}, made for a program to read.\r\n\r\n")
            .Append(CultureInfo.InvariantCulture, $"--{boundary}\r\nContent-Type: {PartType}\r\nContent-Transfer-Encoding: base64\r\n")
            .Append(CultureInfo.InvariantCulture, $"Content-Disposition: attachment;\r\n\tfilename=\"{FileName}\"\r\n\r\n");
        foreach (var line in Convert.ToBase64String(Packed).Chunk(LineChars)) text.Append(line).Append("\r\n");
        return Encoding.ASCII.GetBytes(text.Append(CultureInfo.InvariantCulture, $"\r\n--{boundary}--\r\n").ToString());
    }
}
