using System.Security.Cryptography;
using System.Text.Json;
using CompatBot.Core.Calendar.Birthdays;
using CompatBot.Core.Content;
using CompatBot.Core.Items;
using CompatBot.Core.Journal;
using CompatBot.Core.Store;
using CompatBot.Gateway.Config;

namespace CompatBot.Gateway.Moving;

/// <summary>
/// Writes one realm's items, decrypted, as folders and files, and beside them a sheet of what those can not say (gateway/moving/README.md).
/// Streams. What cannot be read is named, and the rest goes on.
/// </summary>
internal sealed class ItemExport(ItemStore items, string folder, string realmFolder, MoveProgress progress)
{
    private readonly List<MoveProblem> _damaged = [];

    public long Items { get; private set; }

    public long Octets { get; private set; }

    public IReadOnlyList<MoveProblem> Damaged => _damaged;

    /// <exception cref="IOException">The disk refused, or the caller is gone.</exception>
    public async ValueTask RunAsync(CancellationToken cancellation)
    {
        var sheets = new List<CollectionSheet>();
        await WriteAsync(CollectionId.Root, [], sheets, cancellation);
        var text = JsonSerializer.Serialize(new ItemSheet(ItemSheet.Layout, sheets), ItemSheetJson.Default.ItemSheet) + "\n";
        DataDirectory.ReplacePrivate(Path.Combine(folder, ItemSheet.FileName(realmFolder)), text);
    }

    private async ValueTask WriteAsync(
        CollectionId id, IReadOnlyList<string> names, List<CollectionSheet> sheets, CancellationToken cancellation)
    {
        var place = Path.Combine([folder, realmFolder, .. names]);
        var shown = string.Join('/', names);
        DataDirectory.EnsurePrivate(place);
        CollectionState? collection;
        try
        {
            collection = await items.OpenAsync(id, cancellation);
        }
        catch (Exception error) when (error is IOException or JournalException)
        {
            _damaged.Add(new MoveProblem($"{realmFolder}/{shown}", null, $"the folder can not be read: {error.Message}"));
            return;
        }

        if (collection is null) return; // Deleted by a client while the export ran.
        var lines = new List<ItemLine>();
        foreach (var row in collection.Items.Rows)
        {
            if (await WriteAsync(row, place, shown, cancellation) is { } line) lines.Add(line);
            await progress.AddAsync(1, cancellation);
        }

        sheets.Add(new CollectionSheet(
            shown,
            collection.Kind,
            collection.Kind == CollectionKind.Calendar
                ? [.. ObjectReader.Names.Where(one => (one.Component & collection.Components) != 0).Select(one => one.Name)]
                : null,
            collection.Properties.IsEmpty ? null : collection.Properties,
            lines));
        foreach (var (name, child) in collection.Children)
        {
            // Every account has boxes of its own; what came in is in the calendars.
            var kind = items.State.Find(child)?.Kind;
            if (kind?.IsFixed() == true || kind is CollectionKind.Shared or CollectionKind.Subscribed) continue;
            if (items.Realm == Realm.Calendar && BirthdayCalendar.Is(items.State, child)) continue; // Made of the contacts.
            await WriteAsync(child, [.. names, name], sheets, cancellation);
        }
    }

    /// <returns>Null when the item cannot be read: it is noted, and no file is left.</returns>
    private async ValueTask<ItemLine?> WriteAsync(ItemRow row, string place, string shown, CancellationToken cancellation)
    {
        var path = Path.Combine(place, row.Name);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using (var target = PrivateFile.Create(path))
        {
            try
            {
                await foreach (var part in items.Read(row).StreamAsync(0, row.Size, cancellation))
                {
                    hash.AppendData(part.Span);
                    await target.WriteAsync(part, cancellation);
                }
            }
            catch (ContentException error)
            {
                _damaged.Add(new MoveProblem($"{realmFolder}/{shown}", row.Name, error.Message));
                File.Delete(path);
                return null;
            }

            File.SetLastWriteTimeUtc(target.SafeFileHandle, DateTime.UnixEpoch.AddTicks(row.Modified * TimeSpan.TicksPerMicrosecond));
        }

        (Items, Octets) = (Items + 1, Octets + row.Size);
        return new ItemLine(
            row.Name,
            row.Size,
            Convert.ToHexStringLower(hash.GetHashAndReset()),
            row.Modified,
            row.Created,
            row.MediaType,
            row.Properties.IsEmpty ? null : row.Properties);
    }
}
