using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace CompatBot.CrashTests;

/// <summary>An answer of the server: untagged lines with their literals, and the tagged line.</summary>
internal sealed record ImapAnswer(string Tagged, IReadOnlyList<ImapLine> Untagged)
{
    public bool Ok => Tagged.StartsWith("OK", StringComparison.Ordinal);

    public string All => string.Join('\n', [.. Untagged.Select(line => line.Text), Tagged]);
}

/// <summary>One response line; a literal leaves its "{n}" in the text.</summary>
internal sealed record ImapLine(string Text, IReadOnlyList<byte[]> Literals);

/// <summary>A message as a FETCH showed it.</summary>
internal sealed record SeenMessage(uint Uid, string Flags, byte[] Body);

/// <summary>Just enough IMAP to make a server work: one command at a time.</summary>
internal sealed partial class ImapClient : IDisposable
{
    private readonly WireClient _wire;
    private int _tag;

    private ImapClient(WireClient wire) => _wire = wire;

    public static async Task<ImapClient> LoginAsync(int port, string address, string password)
    {
        var client = new ImapClient(await WireClient.ConnectAsync(port));
        await client._wire.ReadLineAsync();
        await client.MustAsync($"LOGIN {address} {password}");
        return client;
    }

    public async Task<ImapAnswer> MustAsync(string command)
    {
        var answer = await RunAsync(command);
        return answer.Ok ? answer : throw new InvalidOperationException($"{command.Split(' ')[0]}: {answer.Tagged}");
    }

    public async Task<ImapAnswer> RunAsync(string command)
    {
        var tag = $"c{++_tag}";
        await _wire.WriteLineAsync($"{tag} {command}");
        return await AnswerAsync(tag);
    }

    /// <summary>APPEND with a synchronizing literal.</summary>
    public async Task<ImapAnswer> AppendAsync(string mailbox, string flags, byte[] message)
    {
        var tag = $"c{++_tag}";
        await _wire.WriteLineAsync($"{tag} APPEND {mailbox} ({flags}) {{{message.Length}}}");
        var go = await LineAsync();
        if (go.Text.StartsWith("* BYE", StringComparison.Ordinal)) throw new IOException(go.Text);
        if (!go.Text.StartsWith('+')) return new ImapAnswer(go.Text.Split(' ', 2)[^1], []);
        await _wire.WriteAsync((byte[])[.. message, .. "\r\n"u8]);
        return await AnswerAsync(tag);
    }

    /// <summary>Names of all mailboxes.</summary>
    public async Task<IReadOnlyList<string>> ListAsync() =>
        [.. from line in (await MustAsync("LIST \"\" *")).Untagged
            let match = Listed().Match(line.Text)
            where match.Success
            select match.Groups[1].Value.Trim('"')];

    /// <summary>Opens a mailbox.</summary>
    public async Task<(uint UidValidity, uint UidNext)> SelectAsync(string mailbox)
    {
        var answer = await MustAsync($"SELECT \"{mailbox}\"");
        return (Number(UidValidity(), answer.All), Number(UidNext(), answer.All));
    }

    /// <summary>Every message of the open mailbox with one body section.</summary>
    public async Task<IReadOnlyList<SeenMessage>> FetchAsync(string set, string section)
    {
        var seen = new List<SeenMessage>();
        foreach (var line in (await MustAsync($"UID FETCH {set} (UID FLAGS BODY.PEEK[{section}])")).Untagged)
        {
            if (!FetchLine().IsMatch(line.Text) || line.Literals.Count == 0) continue;
            seen.Add(new SeenMessage(Number(Uid(), line.Text), Flags().Match(line.Text).Groups[1].Value, line.Literals[0]));
        }

        return seen;
    }

    /// <summary>Completes when the server ends the connection.</summary>
    public async Task WaitForEndAsync()
    {
        try
        {
            while (true) await _wire.ReadLineAsync();
        }
        catch (IOException)
        {
            return; // The end that was waited for.
        }
    }

    public static uint Number(Regex pattern, string text) =>
        pattern.Match(text) is { Success: true } match
            ? uint.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"no {pattern} in {text}");

    public void Dispose() => _wire.Dispose();

    [GeneratedRegex(@"APPENDUID \d+ (\d+)\]")]
    public static partial Regex AppendUid();

    [GeneratedRegex(@"COPYUID \d+ \d+ (\d+)\]")]
    public static partial Regex CopyUid();

    private async Task<ImapAnswer> AnswerAsync(string tag)
    {
        var untagged = new List<ImapLine>();
        while (true)
        {
            var line = await LineAsync();
            if (line.Text.StartsWith(tag + " ", StringComparison.Ordinal)) return new ImapAnswer(line.Text[(tag.Length + 1)..], untagged);
            if (line.Text.StartsWith("* BYE", StringComparison.Ordinal)) throw new IOException(line.Text);
            untagged.Add(line);
        }
    }

    private async Task<ImapLine> LineAsync()
    {
        var text = new StringBuilder();
        var literals = new List<byte[]>();
        while (true)
        {
            var part = await _wire.ReadLineAsync();
            text.Append(part);
            if (Literal().Match(part) is not { Success: true } match) return new ImapLine(text.ToString(), literals);
            literals.Add(await _wire.ReadBytesAsync(int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)));
        }
    }

    [GeneratedRegex(@"\{(\d+)\}$")]
    private static partial Regex Literal();

    [GeneratedRegex(@"^\* LIST \([^)]*\) \S+ (.+)$")]
    private static partial Regex Listed();

    [GeneratedRegex(@"^\* \d+ FETCH ")]
    private static partial Regex FetchLine();

    [GeneratedRegex(@"\bUID (\d+)")]
    private static partial Regex Uid();

    [GeneratedRegex(@"FLAGS \(([^)]*)\)")]
    private static partial Regex Flags();

    [GeneratedRegex(@"UIDVALIDITY (\d+)\]")]
    private static partial Regex UidValidity();

    [GeneratedRegex(@"UIDNEXT (\d+)\]")]
    private static partial Regex UidNext();
}
