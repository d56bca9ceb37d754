namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>domain list: the domains whose mail is taken here.</summary>
internal static class DomainVerbs
{
    public static Verb List() => new("list", "Every domain, with its catch-all account", ListAsync);

    private static async ValueTask<VerbAnswer> ListAsync(VerbContext context, CancellationToken cancellation)
    {
        var domains = new List<DomainReport>();
        await foreach (var domain in context.Composition.Store.Directory.DomainsAsync(cancellation))
        {
            var owner = domain.CatchAll is { } id ? await context.Composition.Store.Directory.AccountAsync(id, cancellation) : null;
            domains.Add(new DomainReport(domain.Name, owner?.Address));
        }

        return context.Done<IReadOnlyList<DomainReport>>(
            domains,
            AdminJson.Default.IReadOnlyListDomainReport,
            string.Join('\n', domains.Select(one => one.CatchAll is null ? one.Domain : $"{one.Domain} (everything else to {one.CatchAll})")));
    }
}
