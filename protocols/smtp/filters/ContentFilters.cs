using System.Text;
using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.Smtp.Filters;

/// <summary>All filters that mail of strangers goes through.</summary>
/// <param name="Filters">All of them are asked about every message; the hardest answer counts.</param>
/// <param name="IsStrict">Where one gives no answer, mail is put off; else it is taken.</param>
public sealed record ContentFilters(IReadOnlyList<IContentFilter> Filters, bool IsStrict, ILogger<ContentFilters> Log)
    : IDisposable
{
    /// <summary>A stranger's field that pretends to be a filter's.</summary>
    public bool Owns(string field) => Filters.Any(filter => filter.OwnFields.Contains(field));

    public void Dispose()
    {
        foreach (var filter in Filters.OfType<IDisposable>()) filter.Dispose();
    }

    internal ContentScans Begin(ContentSubject subject) => new(this, [.. Filters.Select(filter => filter.Begin(subject))]);
}

/// <summary>One message on its way through all filters.</summary>
internal sealed class ContentScans(ContentFilters filters, IReadOnlyList<IContentScan> scans) : IAsyncDisposable
{
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellation)
    {
        foreach (var scan in scans) await scan.WriteAsync(octets, cancellation);
    }

    public async ValueTask<ContentVerdict> FinishAsync(CancellationToken cancellation)
    {
        var all = ContentVerdict.Accept;
        var fields = new StringBuilder();
        foreach (var scan in scans)
        {
            ContentVerdict verdict;
            try
            {
                verdict = await scan.FinishAsync(cancellation);
            }
            catch (ContentFilterException error)
            {
                filters.Log.FilterFailed(error);
                verdict = filters.IsStrict ? new ContentVerdict(ContentAction.Defer, "Mail is not looked at now") : ContentVerdict.Accept;
            }

            fields.Append(verdict.Fields);
            if (verdict.Action > all.Action) all = verdict;
        }

        return all with { Fields = fields.ToString() };
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var scan in scans) await scan.DisposeAsync();
    }
}

internal static partial class ContentFilterLog
{
    [LoggerMessage(1130, LogLevel.Error, "A mail filter gives no answer")]
    public static partial void FilterFailed(this ILogger log, Exception error);
}
