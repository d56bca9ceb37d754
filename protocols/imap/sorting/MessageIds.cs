using System.Buffers;
using CompatBot.Formats.Mime;

namespace CompatBot.Protocols.Imap.Sorting;

/// <summary>Message ids in header fields (RFC 5322 section 3.6.4).</summary>
internal static class MessageIds
{
    /// <summary>What makes quotes needed (RFC 5322 section 3.2.3), but for control characters, which no id has.</summary>
    private static readonly SearchValues<char> NotInAtoms = SearchValues.Create(" \t()<>[]:;@\\,\"");

    /// <summary>The "&lt;...>" of a field, without their brackets.</summary>
    public static IEnumerable<string> In(string? field)
    {
        if (field is null) yield break;
        for (var at = 0; (at = field.IndexOf('<', at)) >= 0;)
        {
            var end = field.IndexOf('>', at);
            if (end < 0) yield break;
            var id = field[(at + 1)..end].Trim();
            if (id.Length > 0) yield return id;
            at = end + 1;
        }
    }

    /// <summary>The same, each in the one form in which ids are equal: without quotes that need not be (RFC 5256 section 3).</summary>
    public static IEnumerable<string> NormalIn(string? field) => In(field).Select(Normal);

    private static string Normal(string id)
    {
        var end = id.LastIndexOf("\"@", StringComparison.Ordinal);
        if (end < 1 || id[0] != '"') return id;
        var local = id[1..end].Replace("\\", "", StringComparison.Ordinal);
        var isDotAtom = local.Length > 0 && !local.AsSpan().ContainsAny(NotInAtoms);
        return isDotAtom ? string.Concat(local, id.AsSpan(end + 1)) : id;
    }

    /// <summary>The id of the message with which a message's conversation began, as far as it says; null: it says nothing.</summary>
    public static string? RootOf(MimeMessage message) =>
        In(message.Fields.Text("References"u8)).FirstOrDefault()
        ?? In(message.Envelope.InReplyTo).FirstOrDefault()
        ?? In(message.Envelope.MessageId).FirstOrDefault();
}
