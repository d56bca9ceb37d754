using System.Globalization;
using System.Text;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Smtp.Dkim;

namespace CompatBot.Protocols.Smtp.Arc;

/// <summary>What one server on the way put on a message (RFC 8617 section 4.2).</summary>
internal sealed record ArcSet(HeaderField Results, HeaderField Message, HeaderField Seal)
{
    /// <summary>The tags of the seal.</summary>
    public required Dictionary<string, string> SealTags { get; init; }

    /// <summary>Who sealed: lower case.</summary>
    public string Domain => SealTags.GetValueOrDefault("d", "").ToLowerInvariant();

    /// <summary>What that server found.</summary>
    public string ResultsText => Encoding.Latin1.GetString(Results.Value);
}

/// <summary>The sets of a message, in the order in which they were put on.</summary>
/// <param name="IsBroken">The fields do not make whole sets 1, 2, 3 ... (section 5.2 step 3).</param>
internal sealed record ArcSets(IReadOnlyList<ArcSet> All, bool IsBroken)
{
    /// <summary>Sets of one message: section 4.2.1.</summary>
    public const int SetsMax = 50;

    public static ArcSets Read(IReadOnlyList<HeaderField> fields)
    {
        var broken = new ArcSets([], IsBroken: true);
        if (Of(fields, "arc-authentication-results") is not { } results || Of(fields, "arc-message-signature") is not { } messages
            || Of(fields, "arc-seal") is not { } seals) return broken;
        if (seals.Count > SetsMax || results.Count != seals.Count || messages.Count != seals.Count) return broken;
        var all = new List<ArcSet>(seals.Count);
        for (var instance = 1; instance <= seals.Count; instance++)
        {
            if (!results.TryGetValue(instance, out var result) || !messages.TryGetValue(instance, out var message)
                || !seals.TryGetValue(instance, out var seal)
                || DkimTags.Parse(Encoding.Latin1.GetString(seal.Value)) is not { } tags) return broken;
            all.Add(new ArcSet(result, message, seal) { SealTags = tags });
        }

        return new ArcSets(all, IsBroken: false);
    }

    /// <returns>Fields of a name by their instance; null: one has none, or that of another.</returns>
    private static Dictionary<int, HeaderField>? Of(IEnumerable<HeaderField> fields, string name)
    {
        var found = new Dictionary<int, HeaderField>();
        foreach (var field in fields.Where(field => field.Key == name))
        {
            if (InstanceOf(field) is not (var instance and > 0) || !found.TryAdd(instance, field)) return null;
        }

        return found;
    }

    /// <summary>The canonical fields of sets, as the seals behind them cover them.</summary>
    public static void Canonical(IEnumerable<ArcSet> before, Stream output)
    {
        foreach (var set in before)
        {
            DkimHeader.Relax(set.Results, output);
            DkimHeader.Relax(set.Message, output);
            DkimHeader.Relax(set.Seal, output);
        }
    }

    private static int InstanceOf(HeaderField field)
    {
        var text = Encoding.Latin1.GetString(field.Value);
        foreach (var part in text.Split(';'))
        {
            var pair = part.Split('=', 2);
            if (pair.Length == 2 && pair[0].Trim() == "i")
            {
                return int.TryParse(pair[1].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var instance) ? instance : 0;
            }
        }

        return 0;
    }
}
