using System.Text;
using CompatBot.Core.Mail;
using CompatBot.Core.Queue;
using CompatBot.Core.Store;
using CompatBot.DialogueTests.Imap;
using CompatBot.Protocols.Sieve;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace CompatBot.DialogueTests.Sieve;

/// <summary>Ann's account with a script, and what her script sends.</summary>
internal sealed class FilterBed : IAsyncDisposable
{
    private FilterBed(ImapBed bed) => Bed = bed;

    public ImapBed Bed { get; }

    public Post Sent { get; } = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<FilterBed> MakeAsync(string script)
    {
        var bed = await ImapBed.MakeAsync();
        var filter = new FilterBed(bed);
        bed.Filter = new SieveFilter(
            new SieveServices(bed.Accounts, filter.Sent, "mx.mail.test", bed.Time, NullLogger<SieveFilter>.Instance));
        await bed.CloseAccountAsync(); // What was opened before knows no filter.
        await using var session = await bed.OpenAsync();
        Assert.False((await session.Mail!.Filters.PutAsync("main", script, Cancellation)).Declined);
        Assert.False((await session.Mail!.Filters.ActivateAsync("main", Cancellation)).Declined);
        return filter;
    }

    public Task DeliverAsync(string message, string from = "bob@example.org", string to = ImapBed.Address) =>
        Bed.DeliverAsync(message.ReplaceLineEndings("\r\n"), from, to);

    /// <summary>A mailbox's messages as "UID FLAGS text".</summary>
    public async Task<List<string>> MailboxAsync(string name)
    {
        await using var session = await Bed.OpenAsync();
        var opened = await session.Mail!.OpenAsync(name, Cancellation);
        if (opened.Declined) return [$"{opened.Refusal}"];
        var found = new List<string>();
        for (var i = 0; i < opened.Value.Messages.Count; i++)
        {
            var row = opened.Value.Messages[i];
            var text = Encoding.UTF8.GetString((await session.Mail.Read(row).ReadAllAsync(Cancellation)).Span);
            var keywords = KeywordsOf(row.Flags, opened.Value);
            found.Add($"{row.Uid} {row.Flags & MessageFlags.System}{keywords} {text}");
        }

        return found;
    }

    /// <summary>A mailbox's messages, once it has some: a long message is taken in behind its delivery.</summary>
    public async Task<List<string>> FilledAsync(string name)
    {
        while (true)
        {
            if (await MailboxAsync(name) is { Count: > 0 } messages) return messages;
            await Task.Delay(20, Cancellation);
        }
    }

    public ValueTask DisposeAsync() => Bed.DisposeAsync();

    private static string KeywordsOf(MessageFlags flags, MailboxState mailbox) => string.Concat(
        mailbox.Keywords.Where(keyword => (flags & mailbox.FlagOf(keyword)!.Value) != 0).Select(keyword => $",{keyword}"));

    /// <summary>Keeps what is sent.</summary>
    internal sealed class Post : IMailPost
    {
        public List<(string Sender, string Recipient, string Text)> Mails { get; } = [];

        /// <summary>What the next ones are answered with.</summary>
        public Refusal Answer { get; set; }

        public async ValueTask<Refusal> SendAsync(OutgoingMail mail, CancellationToken cancellation)
        {
            if (Answer != Refusal.None) return Answer;
            var text = new StringBuilder();
            await foreach (var octets in mail.Octets.WithCancellation(cancellation)) text.Append(Encoding.UTF8.GetString(octets.Span));
            Mails.Add((mail.Sender, mail.Recipient, text.ToString()));
            return Refusal.None;
        }
    }
}
