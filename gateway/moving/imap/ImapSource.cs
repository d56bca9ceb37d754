using System.Globalization;
using System.Text;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Protocols.Imap;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Gateway.Moving.Imap;

/// <summary>
/// An account at another server. Its mailboxes are only looked at. What has a role there (Sent, Trash) goes to the mailbox that has it
/// here; what is only another view of messages (all, flagged, important) is left out, but what stands in no other mailbox is archived.
/// A connection that breaks is made again: what came is there.
/// </summary>
internal sealed class ImapSource(ImapPlace place, TimeProvider time) : IMailSource
{
    /// <summary>Times that it is tried again without a message more.</summary>
    private const int RetriesMax = 5;

    /// <summary>Messages, and octets about, that are asked for at once.</summary>
    private const int AskedMessages = 100;

    private const long AskedOctets = 8 << 20;

    private readonly HashSet<(uint Size, long Arrived)> _seen = [];
    private readonly HashSet<string> _done = new(StringComparer.Ordinal);

    public async ValueTask<Refusal> MoveAsync(MailImport into, CancellationToken cancellation)
    {
        for (var tries = 0; ; tries++)
        {
            var before = into.Added;
            try
            {
                await using var client = await ImapClient.OpenAsync(place, time, cancellation);
                return await MoveAsync(into, client, cancellation);
            }
            catch (Exception error) when (error is ImapLostException || (error is IOException && tries > 0))
            {
                if (into.Added > before) tries = 0;
                if (tries >= RetriesMax) throw new IOException(error.Message, error);
                await Task.Delay(TimeSpan.FromSeconds(1 << tries), time, cancellation);
            }
        }
    }

    private async ValueTask<Refusal> MoveAsync(MailImport into, ImapClient client, CancellationToken cancellation)
    {
        List<ImapFolder> folders;
        try
        {
            folders = await FoldersAsync(client, cancellation);
        }
        catch (IOException error)
        {
            throw new ImapLostException(error);
        }

        foreach (var folder in folders.OrderBy(one => one.IsAll).ThenBy(one => one.Mailbox, StringComparer.Ordinal))
        {
            if (_done.Contains(folder.Name)) continue;
            var name = into.NameOf(folder.IsAll ? SpecialUse.Archive : folder.Use) ?? folder.Mailbox;
            if (!MailboxNames.IsValid(name))
            {
                into.Damage(name, null, "no mailbox here can have that name");
                continue;
            }

            var refusal = await into.TakeMailboxAsync(
                name, folder.Use, folder.IsSubscribed, taker => TakeAsync(into, client, folder, taker, cancellation), cancellation);
            if (refusal != Refusal.None) return refusal;
            _done.Add(folder.Name);
        }

        return Refusal.None;
    }

    private static async ValueTask<List<ImapFolder>> FoldersAsync(ImapClient client, CancellationToken cancellation)
    {
        HashSet<string> subscribed = new(StringComparer.Ordinal);
        await foreach (var response in client.AskAsync("LSUB \"\" \"*\"", cancellation))
        {
            if (ImapFolder.NameOf(response, "LSUB") is { } name) subscribed.Add(name);
        }

        List<ImapFolder> folders = [];
        await foreach (var response in client.AskAsync("LIST \"\" \"*\"", cancellation))
        {
            if (ImapFolder.Parse(response, subscribed) is { } folder) folders.Add(folder);
        }

        ImapFolder.WithoutPrefix(folders);
        return folders;
    }

    private async ValueTask<Refusal> TakeAsync(
        MailImport into, ImapClient client, ImapFolder folder, MailboxTaker taker, CancellationToken cancellation)
    {
        List<RemoteMessage> wanted;
        try
        {
            await client.DoAsync($"EXAMINE {ImapClient.Quoted(folder.Name)}", cancellation);
            wanted = await WantedAsync(into, client, folder, taker, cancellation);
        }
        catch (ImapRefusedException error)
        {
            into.Damage(folder.Mailbox, null, error.Message);
            return Refusal.None;
        }
        catch (IOException error)
        {
            throw new ImapLostException(error);
        }

        for (var at = 0; at < wanted.Count;)
        {
            var (first, octets) = (at, 0L);
            for (; at < wanted.Count && at - first < AskedMessages && octets < AskedOctets; at++) octets += wanted[at].Size;
            var asked = wanted.GetRange(first, at - first);
            var refusal = await FetchAsync(into, client, folder, asked, taker, cancellation);
            if (refusal != Refusal.None) return refusal;
        }

        return Refusal.None;
    }

    /// <summary>What is not here yet, as far as size and time tell.</summary>
    private async ValueTask<List<RemoteMessage>> WantedAsync(
        MailImport into, ImapClient client, ImapFolder folder, MailboxTaker taker, CancellationToken cancellation)
    {
        List<RemoteMessage> wanted = [];
        var all = 0;
        await foreach (var response in client.AskAsync("UID FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE)", cancellation))
        {
            if (RemoteMessage.Parse(response) is not { } message) continue;
            all++;
            var isElsewhere = !_seen.Add((message.Size, message.Arrived)) && folder.IsAll;
            if (!isElsewhere && !taker.Has(message.Size, message.Arrived)) wanted.Add(message);
        }

        into.Progress.Total += all;
        await into.Progress.AddAsync(all - wanted.Count, cancellation);
        return wanted;
    }

    private static async ValueTask<Refusal> FetchAsync(
        MailImport into,
        ImapClient client,
        ImapFolder folder,
        List<RemoteMessage> asked,
        MailboxTaker taker,
        CancellationToken cancellation)
    {
        var byUid = asked.ToDictionary(one => one.Uid);
        var set = string.Join(',', asked.Select(one => one.Uid.ToString(CultureInfo.InvariantCulture)));
        await using var responses = client.AskAsync($"UID FETCH {set} (UID BODY.PEEK[])", cancellation).GetAsyncEnumerator(cancellation);
        while (await NextAsync(into, folder, responses))
        {
            if (RemoteMessage.Octets(responses.Current) is not var (uid, octets) || !byUid.Remove(uid, out var message)) continue;
            if (octets.Length == 0) continue;
            var whole = new[] { (ReadOnlyMemory<byte>)octets };
            var refusal = await taker.TakeAsync(message, whole.ToAsyncEnumerable, cancellation);
            if (refusal != Refusal.None) return refusal;
            await into.Progress.AddAsync(1, cancellation);
        }

        foreach (var missing in byUid.Values) into.Damage(folder.Mailbox, missing.Base, "the server did not send it");
        return Refusal.None;
    }

    private static async ValueTask<bool> NextAsync(MailImport into, ImapFolder folder, IAsyncEnumerator<List<object?>> responses)
    {
        try
        {
            return await responses.MoveNextAsync();
        }
        catch (ImapRefusedException error)
        {
            into.Damage(folder.Mailbox, null, error.Message);
            return false;
        }
        catch (IOException error)
        {
            throw new ImapLostException(error);
        }
    }

    /// <summary>The connection broke; what came before is there.</summary>
    private sealed class ImapLostException(IOException inner) : Exception(inner.Message, inner);
}

/// <summary>A mailbox of another server.</summary>
/// <param name="Name">As that server has it.</param>
/// <param name="Mailbox">As it will be called here.</param>
/// <param name="IsAll">It shows all messages, which most other mailboxes have too.</param>
internal sealed record ImapFolder(string Name, string Mailbox, char Separator, SpecialUse Use, bool IsSubscribed, bool IsAll)
{
    /// <returns>Null when it is none to take: no mailbox, or only a view.</returns>
    public static ImapFolder? Parse(List<object?> response, IReadOnlySet<string> subscribed)
    {
        if (NameOf(response, "LIST") is not { } name || response[2] is not List<object?> attributes) return null;
        var words = attributes.OfType<string>().Select(one => one.TrimStart('\\').ToUpperInvariant()).ToHashSet(StringComparer.Ordinal);
        if (words.Overlaps(["NOSELECT", "NONEXISTENT", "FLAGGED", "IMPORTANT"])) return null;
        var separator = response[3] switch { byte[] { Length: 1 } one => (char)one[0], string { Length: 1 } one => one[0], _ => '/' };
        var use = words.Select(word => SpecialUses.TryParse(word, out var found) ? found : SpecialUse.None).Max();
        return new ImapFolder(name, Decoded(name, separator), separator, use, subscribed.Contains(name), words.Contains("ALL"));
    }

    public static string? NameOf(List<object?> response, string kind) =>
        response is ["*", string word, List<object?>, _, var name] && word.Equals(kind, StringComparison.OrdinalIgnoreCase)
            ? name switch { byte[] octets => Encoding.UTF8.GetString(octets), string text => text, _ => null }
            : null;

    /// <summary>Where everything stands below INBOX, as Courier has it, that is no level of its own.</summary>
    public static void WithoutPrefix(List<ImapFolder> folders)
    {
        const string Prefix = "INBOX/";
        var others = folders.Where(one => one.Mailbox != MailboxNames.Inbox).ToList();
        if (!others.TrueForAll(one => one.Mailbox.StartsWith(Prefix, StringComparison.Ordinal))) return;
        folders.RemoveAll(others.Contains);
        folders.AddRange(others.Select(one => one with { Mailbox = one.Mailbox[Prefix.Length..] }));
    }

    private static string Decoded(string name, char separator)
    {
        var levels = name.Split(separator).Select(level =>
            (ModifiedUtf7.TryDecode(Encoding.UTF8.GetBytes(level), out var decoded) ? decoded : level).Replace('/', '_'));
        return MailboxNames.Fold(string.Join('/', levels));
    }
}

/// <summary>A message of another server, before it comes.</summary>
internal sealed record RemoteMessage(uint Uid, uint Size, long Arrived, MessageFlags Flags, IReadOnlyList<string> Keywords)
    : MovingMessage(string.Create(CultureInfo.InvariantCulture, $"UID {Uid}"), Arrived, Flags, Keywords)
{
    /// <returns>Null when the response is none of these.</returns>
    public static RemoteMessage? Parse(List<object?> response)
    {
        if (Items(response) is not { } items) return null;
        if (Number(items, "UID") is not { } uid || Number(items, "RFC822.SIZE") is not { } size) return null;
        var arrived = Find(items, "INTERNALDATE") is byte[] date && ImapDate.TryParseDateTime(date, out var time)
            ? time.ToUnixTimeSeconds()
            : 0;
        var (flags, keywords) = (0ul, new List<string>());
        foreach (var flag in (Find(items, "FLAGS") as List<object?>)?.OfType<string>() ?? [])
        {
            if (flag.StartsWith('\\')) flags |= ImapFlags.System(flag);
            else keywords.Add(flag);
        }

        return new RemoteMessage(uid, size, arrived, (MessageFlags)flags, keywords);
    }

    public static (uint Uid, byte[] Octets)? Octets(List<object?> response) =>
        Items(response) is { } items && Find(items, "BODY[]") is byte[] octets && Number(items, "UID") is { } uid ? (uid, octets) : null;

    private static uint? Number(List<object?> items, string name) =>
        uint.TryParse(Find(items, name) as string, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static List<object?>? Items(List<object?> response) =>
        response is ["*", string, "FETCH", List<object?> items] ? items : null;

    private static object? Find(List<object?> items, string name)
    {
        for (var at = 0; at + 1 < items.Count; at += 2)
        {
            if (items[at] is string word && word.Equals(name, StringComparison.OrdinalIgnoreCase)) return items[at + 1];
        }

        return null;
    }
}
