using System.Collections.Immutable;
using CompatBot.Core.Journal.Proto;
using Google.Protobuf;

namespace CompatBot.Core.Mail.Filters;

/// <summary>The filter scripts of an account, and what they remember of earlier messages. Immutable.</summary>
public sealed record FilterState
{
    /// <summary>Most things that are remembered; beyond it those that would be forgotten first are forgotten at once.</summary>
    public const int MemoriesMax = 10_000;

    public static FilterState Empty { get; } = new();

    /// <summary>Scripts by name.</summary>
    public ImmutableSortedDictionary<string, string> Scripts { get; private init; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The script that is asked about what arrives; null: none is.</summary>
    public string? Active { get; private init; }

    /// <summary>Until when something is remembered, in seconds since 1970 UTC.</summary>
    private ImmutableDictionary<string, long> Memories { get; init; } = ImmutableDictionary.Create<string, long>(StringComparer.Ordinal);

    public bool Remembers(string key, DateTimeOffset now) =>
        Memories.TryGetValue(key, out var until) && until > now.ToUnixTimeSeconds();

    internal FilterState Apply(Operation operation) => operation.KindCase switch
    {
        Operation.KindOneofCase.FilterPut => this with
        {
            Scripts = Scripts.SetItem(operation.FilterPut.Name, operation.FilterPut.Script),
        },
        Operation.KindOneofCase.FilterRemoved => this with
        {
            Scripts = Scripts.Remove(operation.FilterRemoved.Name),
            Active = Active == operation.FilterRemoved.Name ? null : Active,
        },
        Operation.KindOneofCase.FilterActivated => this with
        {
            Active = operation.FilterActivated.Name is { Length: > 0 } name ? name : null,
        },
        _ => Remembering(operation.FilterRemembered),
    };

    internal static FilterState FromSnapshot(MailSnapshot root) => new()
    {
        Scripts = root.Filters.ToImmutableSortedDictionary(filter => filter.Name, filter => filter.Script, StringComparer.Ordinal),
        Active = root.ActiveFilter.Length > 0 ? root.ActiveFilter : null,
        Memories = root.FilterMemories.ToImmutableDictionary(memory => KeyOf(memory), memory => memory.Until, StringComparer.Ordinal),
    };

    internal void WriteTo(MailSnapshot root)
    {
        root.Filters.AddRange(Scripts.Select(script => new FilterPut { Name = script.Key, Script = script.Value }));
        root.ActiveFilter = Active ?? "";
        root.FilterMemories.AddRange(Memories.OrderBy(memory => memory.Key, StringComparer.Ordinal)
            .Select(memory => Memory(memory.Key, memory.Value)));
    }

    internal static FilterMemory Memory(string key, long until) =>
        new() { Key = ByteString.CopyFrom(Convert.FromHexString(key)), Until = until };

    private FilterState Remembering(FilterRemembered remembered)
    {
        var memories = Memories.ToBuilder();
        memories.RemoveRange(Memories.Where(memory => memory.Value <= remembered.Now).Select(memory => memory.Key));
        foreach (var memory in remembered.Memories) memories[KeyOf(memory)] = memory.Until;
        if (memories.Count > MemoriesMax)
        {
            var excess = memories.Count - MemoriesMax;
            string[] first =
                [.. memories.OrderBy(one => one.Value).ThenBy(one => one.Key, StringComparer.Ordinal).Take(excess).Select(one => one.Key)];
            memories.RemoveRange(first);
        }

        return this with { Memories = memories.ToImmutable() };
    }

    private static string KeyOf(FilterMemory memory) => Convert.ToHexStringLower(memory.Key.Span);
}
