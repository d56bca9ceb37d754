using System.Buffers;
using System.Text;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Imap.Wire;
using Xunit;

namespace CompatBot.DialogueTests.Imap.Wire;

public sealed class WriterTests
{
    private delegate void Writing(ref WireWriter writer);

    [Theory]
    [InlineData("a b", "\"a b\"")]
    [InlineData("", "\"\"")]
    [InlineData("a\"b\\c", "\"a\\\"b\\\\c\"")]
    [InlineData("a\r\nb", "{4}\r\na\r\nb")]
    [InlineData("\xE4", "{1}\r\n\xE4")]
    [InlineData("a\0b\0", "{2}\r\nab")]
    [InlineData(null, "NIL")]
    public void A_string_is_quoted_where_it_may_be(string? text, string written) =>
        Assert.Equal(written, Write((ref WireWriter writer) => writer.NString(text)));

    [Fact]
    public void A_long_string_is_a_literal()
    {
        var text = new string('x', 5000);
        Assert.Equal("{5000}\r\n" + text, Write((ref WireWriter writer) => writer.NString(text)));
    }

    [Theory]
    [InlineData("INBOX", "INBOX")]
    [InlineData("", "\"\"")]
    [InlineData("NIL", "\"NIL\"")]
    [InlineData("Sent Items", "\"Sent Items\"")]
    [InlineData("Entwürfe", "Entw&APw-rfe")]
    [InlineData("a%b", "\"a%b\"")]
    public void A_mailbox_name_is_an_atom_where_it_may_be(string name, string written) =>
        Assert.Equal(written, Write((ref WireWriter writer) => writer.Mailbox(name, isUtf8: false)));

    [Theory]
    [InlineData(0, false, "()")]
    [InlineData(31, true, @"(\Answered \Flagged \Deleted \Seen \Draft \Recent)")]
    [InlineData(0x301, false, @"(\Seen one two)")]
    [InlineData(0x800, false, "()")] // a keyword that nobody has named yet
    public void Flags_show_their_names(ulong flags, bool recent, string written) =>
        Assert.Equal(written, Write((ref WireWriter writer) => writer.Flags(flags, recent, ["one", "two", "three"])));

    [Theory]
    [InlineData(new uint[] { 1 }, "1")]
    [InlineData(new uint[] { 1, 2, 3, 5, 7, 8 }, "1:3,5,7:8")]
    [InlineData(new uint[] { 4294967294, 4294967295 }, "4294967294:4294967295")]
    public void A_set_of_uids_shows_its_runs(uint[] uids, string written) =>
        Assert.Equal(written, Write((ref WireWriter writer) => writer.UidSet(uids)));

    [Theory]
    [InlineData(837596665, "\"17-Jul-1996 09:44:25 +0000\"")]
    [InlineData(0, "\"01-Jan-1970 00:00:00 +0000\"")]
    [InlineData(long.MinValue, "\"01-Jan-0001 00:00:00 +0000\"")]
    [InlineData(long.MaxValue, "\"31-Dec-9999 23:59:59 +0000\"")]
    public void A_time_is_written_in_utc(long unixSeconds, string written) =>
        Assert.Equal(written, Write((ref WireWriter writer) => ImapDate.Write(ref writer, unixSeconds)));

    [Fact] // RFC 3501 section 8, the message of the sample connection
    public void An_envelope_looks_as_in_the_sample_connection() => Assert.Equal(
        "(\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"IMAP4rev1 WG mtg summary and minutes\" "
        + "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
        + "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) ((NIL NIL \"imap\" \"cac.washington.edu\")) "
        + "((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) NIL NIL "
        + "\"<B27397-0100000@cac.washington.edu>\")",
        Write((ref WireWriter writer) => EnvelopeWriter.Write(ref writer, Scan(SampleMessages.Minutes).Envelope)));

    [Theory]
    [InlineData("\r\nhello\r\n", "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 7 1)")]
    [InlineData(
        "Content-Type: image/png; name=\"a b\"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA",
        "(\"image\" \"png\" (\"name\" \"a b\") NIL NIL \"base64\" 4)")]
    public void A_single_part_shows_its_form(string message, string written) =>
        Assert.Equal(
            written,
            Write((ref WireWriter writer) => BodyStructureWriter.Write(ref writer, Scan(message).Root, extended: false)),
            ignoreCase: true);

    [Fact]
    public void A_multipart_shows_its_parts_and_extensions() => Assert.Equal(
        "((\"text\" \"plain\" (\"charset\" \"utf-8\") NIL NIL \"7bit\" 2 0 NIL NIL NIL NIL)"
        + "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 16 (NIL \"in\" NIL NIL NIL NIL NIL NIL NIL NIL) "
        + "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 1 0 NIL NIL NIL NIL) "
        + "2 NIL (\"attachment\" (\"filename\" \"x.eml\")) \"en\" NIL)"
        + " \"mixed\" (\"boundary\" \"b\") NIL NIL NIL)",
        Write((ref WireWriter writer) => BodyStructureWriter.Write(ref writer, Scan(SampleMessages.Nested).Root, extended: true)),
        ignoreCase: true);

    private static MimeMessage Scan(string message)
    {
        var scanner = new MimeScanner();
        scanner.Write(Encoding.Latin1.GetBytes(message));
        return scanner.Finish();
    }

    private static string Write(Writing writing)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(output);
        writing(ref writer);
        writer.Commit();
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }
}
