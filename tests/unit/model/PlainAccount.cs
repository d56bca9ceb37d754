using System.Globalization;
using System.Text;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;

namespace CompatBot.UnitTests.Model;

/// <summary>What an account should hold, as plainly as it can be said: no journal, no snapshots, no keys.</summary>
internal sealed class PlainAccount
{
    /// <summary>The realms of items that the model has.</summary>
    public static readonly Realm[] ItemRealms = [Realm.Calendar, Realm.Files];

    public SortedDictionary<string, PlainMailbox> Mailboxes { get; private init; } = new(StringComparer.Ordinal);

    /// <summary>Deleted mailboxes, in the order of their deletion.</summary>
    public List<(string Name, PlainMailbox Mailbox, DateTimeOffset At)> Deleted { get; private init; } = [];

    public Dictionary<Realm, PlainItems> Items { get; private init; } = ItemRealms.ToDictionary(realm => realm, _ => new PlainItems());

    public PlainAccount Clone() => new()
    {
        Mailboxes = new(Mailboxes.ToDictionary(one => one.Key, one => one.Value.Clone()), StringComparer.Ordinal),
        Deleted = [.. Deleted.Select(one => one with { Mailbox = one.Mailbox.Clone() })],
        Items = Items.ToDictionary(one => one.Key, one => one.Value.Clone()),
    };

    public bool UndeleteMailbox(string name)
    {
        var last = Deleted.FindLastIndex(one => one.Name == name);
        if (last < 0 || Mailboxes.ContainsKey(name)) return false;
        Mailboxes.Add(name, Deleted[last].Mailbox);
        Deleted.RemoveAt(last);
        return true;
    }

    /// <summary>What a collection forgets, realm after realm: the account after each of them.</summary>
    public IEnumerable<PlainAccount> Collect(DateTimeOffset before)
    {
        var mail = Clone();
        mail.Deleted.RemoveAll(one => one.At <= before);
        foreach (var mailbox in mail.Mailboxes.Values.Concat(mail.Deleted.Select(one => one.Mailbox)))
        {
            mailbox.Graves.RemoveAll(grave => grave.At <= before);
        }

        yield return mail;
        var last = mail;
        foreach (var realm in ItemRealms)
        {
            last = last.Clone();
            last.Items[realm].Gone.RemoveAll(gone => gone.At <= before);
            yield return last;
        }
    }

    public string Picture()
    {
        var text = new StringBuilder();
        foreach (var (name, mailbox) in Mailboxes) mailbox.Draw(text, name);
        foreach (var (name, mailbox, _) in Deleted) mailbox.Draw(text, "deleted " + name);
        foreach (var realm in ItemRealms) Items[realm].Draw(text, realm);
        return text.ToString();
    }
}

internal sealed record PlainMessage(string Text, MessageFlags Flags);

internal sealed class PlainMailbox
{
    public uint UidNext { get; private set; } = 1;

    public SortedDictionary<uint, PlainMessage> Messages { get; private init; } = [];

    /// <summary>What was removed, in the order in which it was.</summary>
    public List<(uint Uid, PlainMessage Message, DateTimeOffset At)> Graves { get; private init; } = [];

    public PlainMailbox Clone() => new() { UidNext = UidNext, Messages = new(Messages), Graves = [.. Graves] };

    public void Add(PlainMessage message) => Messages.Add(UidNext++, message);

    public void Mark(uint uid, MessageFlags flag) => Messages[uid] = Messages[uid] with { Flags = Messages[uid].Flags | flag };

    public void Remove(IEnumerable<uint> uids, DateTimeOffset at)
    {
        foreach (var uid in uids)
        {
            Graves.Add((uid, Messages[uid], at));
            Messages.Remove(uid);
        }
    }

    public void Move(IEnumerable<uint> uids, PlainMailbox to)
    {
        foreach (var uid in uids)
        {
            to.Add(Messages[uid]);
            Messages.Remove(uid);
        }
    }

    /// <summary>All that was removed comes back, in the order that it had.</summary>
    public void Undelete()
    {
        foreach (var (_, message, _) in Graves.OrderBy(grave => grave.Uid))
        {
            Add(message with { Flags = message.Flags & ~MessageFlags.Deleted });
        }

        Graves.Clear();
    }

    /// <summary>Takes what somebody else numbered: an import adds in an order of its own.</summary>
    public void Adopt(uint uidNext, IEnumerable<(uint Uid, PlainMessage Message)> messages)
    {
        UidNext = uidNext;
        Messages.Clear();
        foreach (var (uid, message) in messages) Messages.Add(uid, message);
    }

    /// <summary>Takes an older picture of the mailbox in: what it had more often than there is now is added.</summary>
    public void Import(PlainMailbox older)
    {
        var there = Messages.Values.GroupBy(message => message.Text).ToDictionary(group => group.Key, group => group.Count());
        foreach (var message in older.Messages.Values)
        {
            if (there.GetValueOrDefault(message.Text) is var left and > 0) there[message.Text] = left - 1;
            else Add(message);
        }
    }

    public void Draw(StringBuilder text, string name)
    {
        text.Append(CultureInfo.InvariantCulture, $"{name} next {UidNext}\n");
        foreach (var (uid, message) in Messages) text.Append(CultureInfo.InvariantCulture, $"  {uid} {message.Flags} {message.Text}\n");
        foreach (var (uid, message, _) in Graves) text.Append(CultureInfo.InvariantCulture, $"  removed {uid} {message.Text}\n");
    }
}

/// <summary>Files or calendar objects of one collection.</summary>
internal sealed class PlainItems
{
    public SortedDictionary<string, string> There { get; private init; } = new(StringComparer.Ordinal);

    /// <summary>What was removed or replaced, in order; what was brought back is still among them.</summary>
    public List<(string Name, string Text, DateTimeOffset At)> Gone { get; private init; } = [];

    public PlainItems Clone() => new() { There = new(There, StringComparer.Ordinal), Gone = [.. Gone] };

    public void Put(string name, string text, DateTimeOffset at)
    {
        Remove(name, at);
        There[name] = text;
    }

    public bool Remove(string name, DateTimeOffset at)
    {
        if (!There.Remove(name, out var text)) return false;
        Gone.Add((name, text, at));
        return true;
    }

    public void Draw(StringBuilder text, Realm realm)
    {
        foreach (var (name, octets) in There) text.Append(CultureInfo.InvariantCulture, $"{realm} {name} {octets}\n");
        foreach (var (name, octets, _) in Gone) text.Append(CultureInfo.InvariantCulture, $"{realm} gone {name} {octets}\n");
    }
}
