using System.Runtime.CompilerServices;
using CompatBot.Core.Mail;
using CompatBot.Core.Mail.Filters;
using CompatBot.Core.Queue;
using CompatBot.Core.Store;
using CompatBot.Protocols.Sieve.Language;
using CompatBot.Protocols.Sieve.Outgoing;

namespace CompatBot.Protocols.Sieve;

/// <summary>Asks an account's active Sieve script what becomes of a message (RFC 5228), and does what it says.</summary>
public sealed class SieveFilter(SieveServices services) : IMailFilter
{
    /// <summary>Scripts that were compiled, as long as an account's state holds their text; null: with errors.</summary>
    private readonly ConditionalWeakTable<string, Compiled> _compiled = [];

    public IReadOnlyList<string> Extensions => SieveExtensions.All;

    public IReadOnlyList<string> NotifyMethods => SieveExtensions.NotifyMethods;

    public int RedirectsMax => SieveLimits.RedirectsMax;

    public string? FaultIn(string script)
    {
        try
        {
            SieveScript.Compile(script);
            return null;
        }
        catch (SieveScriptException error)
        {
            return error.Message;
        }
    }

    public async ValueTask<Outcome<FilterVerdict>> JudgeAsync(FilteredMail mail, CancellationToken cancellation)
    {
        var filters = mail.State.Filters;
        if (filters.Active is not { } active || !filters.Scripts.TryGetValue(active, out var text)) return FilterVerdict.Keep;
        if (Compile(text) is not { } script)
        {
            services.Log.Failed(mail.Account);
            return FilterVerdict.Keep;
        }

        var message = new SieveMessage(await BeginningAsync(mail, cancellation), mail.Size);
        var host = new SieveHost(mail, services.Time.GetLocalNow(), services.HostName, Compile);
        SieveResult result;
        try
        {
            result = SieveRun.Of(script, host, message);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // A bug of ours must not keep the mail from its owner.
            services.Log.Crashed(mail.Account, error.GetType().Name);
            return FilterVerdict.Keep;
        }

        if (result.Error is not null) services.Log.Failed(mail.Account);
        var now = services.Time.GetUtcNow();
        List<FilterStore> stores = [.. result.Stores.Select(StoreOf)];
        var memories = result.Memories.Select(memory => (memory.Key, now + memory.Period)).ToList();
        if (!result.Sends) return new FilterVerdict(stores, memories);
        if (await SieveOwner.OfAsync(services, mail, cancellation) is not { } owner) return FilterVerdict.Keep;
        return await SendAsync(new SieveErrand(services, owner, mail, message), result, stores, memories, cancellation);
    }

    private static async ValueTask<Outcome<FilterVerdict>> SendAsync(
        SieveErrand errand,
        SieveResult result,
        List<FilterStore> stores,
        List<(string Key, DateTimeOffset Until)> memories,
        CancellationToken cancellation)
    {
        foreach (var redirect in result.Redirects)
        {
            var sent = await errand.RedirectAsync(redirect, cancellation);
            if (sent.Declined) return sent.Refusal;

            // Where it can not go on it stays, unless it stays anyway.
            if (!sent.Value && stores.Count == 0) stores.Add(new FilterStore(MailboxNames.Inbox));
        }

        foreach (var mail in Answers(errand, result, memories))
        {
            var refusal = await errand.SendAsync(mail, cancellation);
            if (refusal is Refusal.StoreFull or Refusal.Unavailable) return refusal;
        }

        return new FilterVerdict(stores, memories);
    }

    private static IEnumerable<OutgoingMail> Answers(
        SieveErrand errand, SieveResult result, List<(string Key, DateTimeOffset Until)> memories)
    {
        if (result.Reject is { } reject && RejectNotice.Of(errand, reject) is { } notice) yield return notice;
        if (result.Vacation is { } vacation && VacationReply.Of(errand, vacation, memories) is { } reply) yield return reply;
        foreach (var mail in result.Notifications.SelectMany(notification => NotifyMail.Of(errand, notification))) yield return mail;
    }

    private static FilterStore StoreOf(SieveStore store)
    {
        var flags = MessageFlags.None;
        var keywords = new List<string>();
        foreach (var flag in store.Flags)
        {
            if (flag[0] != '\\') keywords.Add(flag);
            else if (Enum.TryParse<MessageFlags>(flag[1..], ignoreCase: true, out var system)) flags |= system & MessageFlags.System;
        }

        return new FilterStore(store.Mailbox)
        {
            Flags = flags,
            Keywords = keywords,
            Creates = store.Creates,
            SpecialUse = store.SpecialUse is { } use ? SieveHost.SpecialUseOf(use) ?? SpecialUse.None : SpecialUse.None,
            Header = store.Header,
        };
    }

    private static async ValueTask<ReadOnlyMemory<byte>> BeginningAsync(FilteredMail mail, CancellationToken cancellation)
    {
        using var beginning = new MemoryStream((int)Math.Min(mail.Size, SieveLimits.LookedAtBytesMax));
        await foreach (var octets in mail.ReadAsync(cancellation))
        {
            var room = SieveLimits.LookedAtBytesMax - (int)beginning.Length;
            beginning.Write(octets.Span[..Math.Min(room, octets.Length)]);
            if (beginning.Length == SieveLimits.LookedAtBytesMax) break;
        }

        return beginning.GetBuffer().AsMemory(0, (int)beginning.Length);
    }

    private SieveScript? Compile(string text) => _compiled.GetValue(text, static text =>
    {
        try
        {
            return new Compiled(SieveScript.Compile(text));
        }
        catch (SieveScriptException)
        {
            return new Compiled(null); // Taken by an earlier version that knew more, or by a restored backup.
        }
    }).Script;

    private sealed record Compiled(SieveScript? Script);
}
