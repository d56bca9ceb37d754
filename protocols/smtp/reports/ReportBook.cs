using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using CompatBot.Core.Notes;
using CompatBot.Core.Store;

namespace CompatBot.Protocols.Smtp.Reports;

/// <summary>How often something was seen on one day (UTC), by domain, for the report that the domain gets of it.</summary>
/// <typeparam name="TLine">Equal lines are counted together.</typeparam>
internal sealed class ReportBook<TLine>(HostNotes notes, HostNote note, JsonTypeInfo<List<ReportPage<TLine>>> json, TimeProvider time)
    where TLine : notnull
{
    /// <summary>Domains of one day; of others nothing is told.</summary>
    public const int DomainsMax = 2_000;

    /// <summary>Different lines of one domain and day; beyond it only known ones are counted.</summary>
    public const int LinesMax = 200;

    /// <summary>Different lines of all domains and days: what one note holds.</summary>
    public const int AllLinesMax = 3_000;

    /// <summary>How long a report is kept that cannot be sent.</summary>
    public const int DaysMax = 3;

    private readonly Lock _gate = new();
    private readonly Dictionary<(DateOnly Day, string Domain), Dictionary<TLine, long>> _pages = [];
    private int _lines;
    private bool _isChanged;

    public DateOnly Today => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);

    public void Add(string domain, TLine line)
    {
        lock (_gate)
        {
            var key = (Today, domain);
            if (!_pages.TryGetValue(key, out var page))
            {
                if (_pages.Count >= DomainsMax || _lines >= AllLinesMax) return;
                _pages[key] = page = [];
            }

            var isKnown = page.TryGetValue(line, out var count);
            if (!isKnown && (page.Count >= LinesMax || _lines >= AllLinesMax)) return;
            page[line] = count + 1;
            if (!isKnown) _lines++;
            _isChanged = true;
        }
    }

    /// <summary>What days before today have.</summary>
    public IReadOnlyList<ReportPage<TLine>> Past()
    {
        lock (_gate)
        {
            var today = Today;
            return [.. _pages.Where(page => page.Key.Day < today).Select(page => new ReportPage<TLine>(
                page.Key.Day, page.Key.Domain, [.. page.Value.Select(line => new ReportLine<TLine>(line.Key, line.Value))]))];
        }
    }

    public void Remove(ReportPage<TLine> page)
    {
        lock (_gate)
        {
            if (_pages.Remove((page.Day, page.Domain), out var lines)) _lines -= lines.Count;
            _isChanged = true;
        }
    }

    public async ValueTask LoadAsync(CancellationToken cancellation)
    {
        var kept = await notes.ReadAsync(note, json, cancellation);
        lock (_gate)
        {
            foreach (var page in kept ?? [])
            {
                if (page.Day < Today.AddDays(-DaysMax)) continue;
                _pages[(page.Day, page.Domain)] = page.Lines.ToDictionary(line => line.Line, line => line.Count);
                _lines += page.Lines.Count;
            }
        }
    }

    /// <summary>Writes what is new, and forgets what nobody could be told for too long.</summary>
    /// <returns>None, also when there was nothing new.</returns>
    public async ValueTask<Refusal> KeepAsync(CancellationToken cancellation)
    {
        List<ReportPage<TLine>> all;
        lock (_gate)
        {
            foreach (var old in _pages.Keys.Where(page => page.Day < Today.AddDays(-DaysMax)).ToList())
            {
                _lines -= _pages[old].Count;
                _pages.Remove(old);
                _isChanged = true;
            }

            if (!_isChanged) return Refusal.None;
            _isChanged = false;
            all = [.. _pages.Select(page => new ReportPage<TLine>(
                page.Key.Day, page.Key.Domain, [.. page.Value.Select(line => new ReportLine<TLine>(line.Key, line.Value))]))];
        }

        return await notes.WriteAsync(note, all, json, cancellation);
    }
}

internal sealed record ReportLine<TLine>(TLine Line, long Count);

/// <summary>What a domain is told of one day.</summary>
internal sealed record ReportPage<TLine>(DateOnly Day, string Domain, IReadOnlyList<ReportLine<TLine>> Lines);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(List<ReportPage<TlsLine>>))]
[JsonSerializable(typeof(List<ReportPage<DmarcLine>>))]
internal sealed partial class ReportJson : JsonSerializerContext;
