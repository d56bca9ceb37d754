using System.Text;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>What GETMETADATA and SETMETADATA share (RFC 5464).</summary>
public static class Metadata
{
    /// <summary>The role of a mailbox (RFC 6154 section 4): shown here, given by CREATE.</summary>
    internal const string Role = "/private/specialuse";

    /// <summary>Entries of one command.</summary>
    internal const int Most = 100;

    /// <summary>entry = astring: slash-separated, of /private or /shared, no wildcard (section 3.1); its case does not matter.</summary>
    /// <returns>Null when it is none.</returns>
    internal static string? Entry(ref ImapLexer lexer)
    {
        if (!lexer.AString(out var octets)) return null;
        var entry = Encoding.ASCII.GetString(octets).ToLowerInvariant();
        var isValid = (entry.StartsWith("/private/", StringComparison.Ordinal) || entry.StartsWith("/shared/", StringComparison.Ordinal))
            && !entry.Contains("//", StringComparison.Ordinal) && !entry.EndsWith('/')
            && entry.All(one => one is > ' ' and < '\x7f' and not ('*' or '%'));
        if (isValid) return entry;
        lexer.Expected("an entry such as /private/comment");
        return null;
    }

    /// <summary>"* METADATA" SP mailbox SP "(" entry SP value ... ")"</summary>
    /// <param name="mailbox">Empty: of the account as a whole.</param>
    internal static void Write(ImapSession session, string mailbox, IReadOnlyList<(string Entry, ReadOnlyMemory<byte>? Value)> entries)
    {
        if (entries.Count == 0) return;
        var writer = new WireWriter(session.Output);
        writer.Raw("* METADATA "u8);
        writer.Mailbox(mailbox, session.IsUtf8);
        for (var at = 0; at < entries.Count; at++)
        {
            writer.Raw(at == 0 ? " ("u8 : " "u8);
            writer.AString(entries[at].Entry);
            writer.Byte((byte)' ');
            if (entries[at].Value is not { } value)
            {
                writer.Nil();
                continue;
            }

            if (value.Span.Contains((byte)0)) writer.Byte((byte)'~');
            writer.Bytes(value.Span);
        }

        writer.Raw(")\r\n"u8);
        writer.Commit();
    }

    /// <summary>The entries of a mailbox, or of the account as a whole; null: there is no such mailbox.</summary>
    internal static IReadOnlyDictionary<string, ReadOnlyMemory<byte>>? Of(ImapSession session, string mailbox)
    {
        if (mailbox.Length == 0) return session.Mail.State.Annotations;
        return session.Mail.State.Find(MailboxNames.Fold(mailbox)) is { } found ? Of(found) : null;
    }

    /// <summary>What clients noted about a mailbox, and its role (RFC 6154 section 4).</summary>
    internal static IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Of(MailboxState mailbox) =>
        SpecialUses.Attribute(mailbox.SpecialUse) is { } use
            ? mailbox.Annotations.SetItem(Role, Encoding.ASCII.GetBytes(use))
            : mailbox.Annotations.Remove(Role);

    /// <summary>Those that were asked for, with what lies below as deep as asked.</summary>
    /// <param name="depth">0: none below; 1: one level; more: all.</param>
    internal static List<(string Entry, ReadOnlyMemory<byte>? Value)> Find(
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> all, IReadOnlyList<string> wanted, int depth)
    {
        List<(string, ReadOnlyMemory<byte>?)> found = [];
        foreach (var entry in wanted)
        {
            if (all.TryGetValue(entry, out var value)) found.Add((entry, value));
            else if (depth == 0) found.Add((entry, null)); // Section 4.2: what is not there is NIL.
            if (depth == 0) continue;
            foreach (var (name, below) in all)
            {
                if (!name.StartsWith($"{entry}/", StringComparison.Ordinal)) continue;
                if (depth == 1 && name.IndexOf('/', entry.Length + 1) >= 0) continue;
                found.Add((name, below));
            }
        }

        return found;
    }
}

/// <summary>GETMETADATA (RFC 5464 section 4.2).</summary>
/// <param name="SizeMax">Longer values are left out; null: none is.</param>
/// <param name="Depth">0, 1, or 2 for infinity.</param>
public sealed record GetMetadata(string Mailbox, IReadOnlyList<string> Entries, long? SizeMax, int Depth) : IImapCommand
{
    /// <summary>getmetadata = "GETMETADATA" [SP getmetadata-options] SP mailbox SP entries</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer)
    {
        if (!lexer.Space()) return null;
        long? sizeMax = null;
        var depth = 0;
        if (lexer.Take((byte)'('))
        {
            do
            {
                if (!lexer.Word(out var word) || !lexer.Space()) return null;
                if (word == "MAXSIZE")
                {
                    if (!lexer.Number(out var size)) return null;
                    sizeMax = size;
                    continue;
                }

                if (word != "DEPTH" || !lexer.Word(out var deep) || deep is not ("0" or "1" or "INFINITY"))
                {
                    lexer.Expected("MAXSIZE or DEPTH");
                    return null;
                }

                depth = deep == "INFINITY" ? 2 : deep[0] - '0';
            }
            while (lexer.Take((byte)' '));
            if (!lexer.Close() || !lexer.Space()) return null;
        }

        if (!lexer.Mailbox(out var mailbox) || !lexer.Space()) return null;
        List<string> entries = [];
        var isList = lexer.Take((byte)'(');
        do
        {
            if (Metadata.Entry(ref lexer) is not { } entry) return null;
            entries.Add(entry);
        }
        while (isList && entries.Count < Metadata.Most && lexer.Take((byte)' '));
        return (!isList || lexer.Close()) && lexer.End() ? new GetMetadata(mailbox, entries, sizeMax, depth) : null;
    }

    public ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        if (Metadata.Of(session, Mailbox) is not { } all) return new(ImapReply.No(Refusal.NotFound));
        var found = Metadata.Find(all, Entries, Depth);
        var longest = found.Max(one => one.Value?.Length ?? 0);
        if (SizeMax is { } most) found.RemoveAll(one => one.Value?.Length > most);
        Metadata.Write(session, Mailbox, found);
        return new(longest > SizeMax
            ? ImapReply.Ok($"METADATA LONGENTRIES {longest}", "GETMETADATA completed, without what is longer")
            : ImapReply.Ok("GETMETADATA completed"));
    }
}

/// <summary>SETMETADATA: all entries, or none (RFC 5464 section 4.3).</summary>
public sealed record SetMetadata(string Mailbox, IReadOnlyList<(string Entry, byte[]? Value)> Entries) : IImapCommand
{
    /// <summary>setmetadata = "SETMETADATA" SP mailbox SP "(" entry SP value *(SP entry SP value) ")"</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer)
    {
        if (!lexer.Space() || !lexer.Mailbox(out var mailbox) || !lexer.Space() || !lexer.Open()) return null;
        List<(string, byte[]?)> entries = [];
        do
        {
            if (Metadata.Entry(ref lexer) is not { } entry || !lexer.Space()) return null;
            lexer.Take((byte)'~'); // literal8
            if (!lexer.NString(out var value, out var isNil)) return null;
            entries.Add((entry, isNil ? null : value.ToArray()));
        }
        while (entries.Count < Metadata.Most && lexer.Take((byte)' '));
        return lexer.Close() && lexer.End() ? new SetMetadata(mailbox, entries) : null;
    }

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        if (Entries.Any(one => one.Entry == Metadata.Role)) return ImapReply.No("CANNOT", "CREATE gives a mailbox its role");
        var set = await session.Mail.Annotations.SetAsync(Mailbox.Length == 0 ? null : Mailbox, Entries, cancellation);
        return set.Refusal switch
        {
            Refusal.None => ImapReply.Ok("SETMETADATA completed"),
            Refusal.TooLarge => ImapReply.No($"METADATA MAXSIZE {MailAnnotations.ValueBytesMax}", "A value is too long"),
            Refusal.TooMany or Refusal.OverQuota => ImapReply.No("METADATA TOOMANY", "There is no room for more entries"),
            _ => ImapReply.No(set.Refusal),
        };
    }
}
