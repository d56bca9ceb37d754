using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using CompatBot.Core.Mail.Filters;
using CompatBot.Core.Store;
using CompatBot.Gateway.Config;

namespace CompatBot.Gateway.Moving;

/// <summary>An account's filter scripts as files, and back (gateway/moving/README.md).</summary>
internal sealed class FilterMove(MailFilters filters, string folder)
{
    private const string ScriptFolder = "filters";
    private const string SheetFile = ScriptFolder + ".json";

    private readonly List<MoveProblem> _notes = [];
    private readonly List<MoveProblem> _damaged = [];

    /// <summary>Scripts that were written, or added.</summary>
    public int Scripts { get; private set; }

    public IReadOnlyList<MoveProblem> Notes => _notes;

    public IReadOnlyList<MoveProblem> Damaged => _damaged;

    /// <exception cref="IOException">The disk refused.</exception>
    public void Export()
    {
        var state = filters.State;
        DataDirectory.EnsurePrivate(Path.Combine(folder, ScriptFolder));
        var lines = new List<FilterLine>();
        foreach (var (name, script) in state.Scripts)
        {
            var file = FileOf(name);
            DataDirectory.ReplacePrivate(Path.Combine(folder, ScriptFolder, file), script);
            lines.Add(new FilterLine(name, file, name == state.Active));
            Scripts++;
        }

        DataDirectory.ReplacePrivate(
            Path.Combine(folder, SheetFile), JsonSerializer.Serialize(lines, FilterSheetJson.Default.ListFilterLine) + "\n");
    }

    /// <summary>Takes scripts that are not there; those that are stay as they are, and so does the active one.</summary>
    /// <returns>None; or why it did not come to the end.</returns>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public async ValueTask<Refusal> ImportAsync(CancellationToken cancellation)
    {
        var sheet = Path.Combine(folder, SheetFile);
        if (!File.Exists(sheet)) return Refusal.None; // An export of an earlier version.
        foreach (var line in Read(sheet))
        {
            var path = Path.Combine(folder, ScriptFolder, Path.GetFileName(line.File));
            if (!File.Exists(path))
            {
                _damaged.Add(new MoveProblem(ScriptFolder, line.File, "it was exported, but the file is gone"));
                continue;
            }

            var script = await File.ReadAllTextAsync(path, cancellation);
            if (filters.State.Scripts.TryGetValue(line.Name, out var present))
            {
                if (present != script) _notes.Add(
                    new MoveProblem(ScriptFolder, line.Name, "another script of that name is there, and stays"));
            }
            else
            {
                var put = await filters.PutAsync(line.Name, script, cancellation);
                if (put.Refusal is Refusal.StoreFull or Refusal.Unavailable or Refusal.NotPermitted) return put.Refusal;
                if (put.Declined) _damaged.Add(new MoveProblem(ScriptFolder, line.Name, $"it was refused: {put.Refusal}"));
                else Scripts++;
            }

            if (!line.Active || filters.State.Active is not null) continue;
            var activated = await filters.ActivateAsync(line.Name, cancellation);
            if (activated.Refusal is Refusal.StoreFull or Refusal.Unavailable) return activated.Refusal;
        }

        return Refusal.None;
    }

    private List<FilterLine> Read(string sheet)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(sheet), FilterSheetJson.Default.ListFilterLine) ?? [];
        }
        catch (JsonException error)
        {
            _damaged.Add(new MoveProblem(ScriptFolder, SheetFile, error.Message));
            return [];
        }
    }

    /// <summary>A name as people know it, where it can be a file's; else a hash.</summary>
    private static string FileOf(string name)
    {
        var plain = string.Concat(name.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' or ' ' ? c : '_'));
        var isSafe = plain == name && name.Length <= 60;
        return isSafe ? $"{name}.sieve" : $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16))}.sieve";
    }
}

/// <summary>One script of an export.</summary>
/// <param name="File">In the folder of scripts.</param>
internal sealed record FilterLine(string Name, string File, bool Active);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(List<FilterLine>))]
internal sealed partial class FilterSheetJson : JsonSerializerContext;
