using System.CommandLine;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>domain add, list, remove, catch-all: the domains whose mail is taken here.</summary>
internal static class DomainVerbs
{
    private static readonly Argument<string> OneDomain = new("domain") { Description = "For example example.org" };

    private static readonly Argument<string?> Owner = new("address")
    {
        Description = "The account that gets what is addressed to nobody else; none: such mail is refused",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Verb Add() => new Verb("add", "Take mail for a domain", AddAsync) { OneDomain }.Making();

    public static Verb List() => new("list", "Every domain, with its catch-all account", ListAsync);

    public static Verb Remove() => new("remove", "Take no more mail for a domain that has no addresses left", RemoveAsync) { OneDomain };

    public static Verb CatchAll() => new("catch-all", "Say who gets what is addressed to nobody else", CatchAllAsync) { OneDomain, Owner };

    private static async ValueTask<VerbAnswer> AddAsync(VerbContext context, CancellationToken cancellation) =>
        Answer(context, await context.Composition.Accounts.AddDomainAsync(context.Get(OneDomain), cancellation), null, "is taken care of");

    private static async ValueTask<VerbAnswer> RemoveAsync(VerbContext context, CancellationToken cancellation) =>
        Answer(context, await context.Composition.Accounts.RemoveDomainAsync(context.Get(OneDomain), cancellation), null, "is removed");

    private static async ValueTask<VerbAnswer> CatchAllAsync(VerbContext context, CancellationToken cancellation)
    {
        var accounts = context.Composition.Accounts;
        AccountRecord? owner = null;
        if (context.Get(Owner) is { } address && (owner = await accounts.FindAsync(address, cancellation)) is null)
        {
            return context.Declined(Refusal.NotFound, address);
        }

        var refusal = await accounts.SetCatchAllAsync(context.Get(OneDomain), owner?.Id, cancellation);
        return Answer(context, refusal, owner?.Address, owner is null ? "has no catch-all" : $"gives everything else to {owner.Address}");
    }

    private static async ValueTask<VerbAnswer> ListAsync(VerbContext context, CancellationToken cancellation)
    {
        var domains = new List<DomainReport>();
        await foreach (var domain in context.Composition.Accounts.DomainsAsync(cancellation))
        {
            var owner = domain.CatchAll is { } id ? await context.Composition.Store.Directory.AccountAsync(id, cancellation) : null;
            domains.Add(new DomainReport(domain.Name, owner?.Address));
        }

        var lines = domains.Select(one => one.CatchAll is null ? one.Domain : $"{one.Domain}  (everything else to {one.CatchAll})");
        return context.Done<IReadOnlyList<DomainReport>>(
            domains, AdminJson.Default.IReadOnlyListDomainReport, string.Join('\n', lines));
    }

    private static VerbAnswer Answer(VerbContext context, Refusal refusal, string? catchAll, string text)
    {
        var domain = context.Get(OneDomain);
        return refusal == Refusal.None
            ? context.Done(new DomainReport(domain, catchAll), AdminJson.Default.DomainReport, $"{domain} {text}")
            : context.Declined(refusal, domain);
    }
}
