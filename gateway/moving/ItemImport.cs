using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Vcard;
using CompatBot.Formats.Vobject;

namespace CompatBot.Gateway.Moving;

/// <summary>
/// Takes folders and files into a realm of items: those of an export, or any. What is there already with the same octets is left alone, so
/// that a second run adds nothing and one that was cut off is simply run again; what is there with other octets stays, and is noted.
/// </summary>
internal sealed class ItemImport(ItemStore items, string folder, string realmFolder, MoveProgress progress)
{
    /// <summary>Longest file of calendar objects or contacts, in octets: they are read whole.</summary>
    private const long ObjectBytesMax = 64 << 20;

    private const int ReadBytes = 128 << 10;

    private readonly List<MoveProblem> _notes = [];
    private readonly List<MoveProblem> _damaged = [];
    private Dictionary<string, CollectionSheet> _sheets = [];

    public long Added { get; private set; }

    public long Present { get; private set; }

    public long Octets { get; private set; }

    public IReadOnlyList<MoveProblem> Notes => _notes;

    public IReadOnlyList<MoveProblem> Damaged => _damaged;

    /// <returns>None; or why it did not come to the end: StoreFull, OverQuota, Unavailable, NotPermitted.</returns>
    /// <exception cref="IOException">The folder cannot be read, or the caller is gone.</exception>
    public async ValueTask<Refusal> RunAsync(CancellationToken cancellation)
    {
        var root = Path.Combine(folder, realmFolder);
        if (!Directory.Exists(root)) return Refusal.None;
        var sheet = Path.Combine(folder, ItemSheet.FileName(realmFolder));
        if (File.Exists(sheet))
        {
            try
            {
                await using var stream = File.OpenRead(sheet);
                var read = await JsonSerializer.DeserializeAsync(stream, ItemSheetJson.Default.ItemSheet, cancellation);
                if (read is { Version: not ItemSheet.Layout })
                {
                    _damaged.Add(new MoveProblem(realmFolder, null, "the export is of a newer version: import it with that one"));
                    return Refusal.None;
                }

                _sheets = read?.Collections.DistinctBy(one => one.Path).ToDictionary(one => one.Path, StringComparer.Ordinal) ?? [];
            }
            catch (JsonException error)
            {
                _damaged.Add(new MoveProblem(realmFolder, ItemSheet.FileName(realmFolder), error.Message));
            }
        }

        return await TakeAsync(root, [], cancellation);
    }

    private async ValueTask<Refusal> TakeAsync(string place, IReadOnlyList<string> names, CancellationToken cancellation)
    {
        var shown = string.Join('/', names);
        var sheet = _sheets.GetValueOrDefault(shown);
        var made = await MakeAsync(names, sheet, cancellation);
        if (made != Refusal.None)
        {
            if (MailImport.IsFinal(made)) return made;
            _damaged.Add(new MoveProblem($"{realmFolder}/{shown}", null, $"the folder can not be made: {made}"));
            return Refusal.None;
        }

        var lines = sheet?.Items.DistinctBy(one => one.Name).ToDictionary(one => one.Name, StringComparer.Ordinal) ?? [];
        foreach (var path in Directory.EnumerateFiles(place).Order(StringComparer.Ordinal))
        {
            if (new FileInfo(path).LinkTarget is not null) continue;
            var name = Path.GetFileName(path);
            var refusal = await TakeFileAsync(path, [.. names, name], lines.GetValueOrDefault(ItemNames.Fold(name)), cancellation);
            await progress.AddAsync(1, cancellation);
            if (refusal == Refusal.None) continue;
            if (MailImport.IsFinal(refusal)) return refusal;
            _damaged.Add(new MoveProblem($"{realmFolder}/{shown}", name, $"it was refused: {refusal}"));
        }

        foreach (var path in Directory.EnumerateDirectories(place).Order(StringComparer.Ordinal))
        {
            if (new DirectoryInfo(path).LinkTarget is not null) continue;
            var refusal = await TakeAsync(path, [.. names, Path.GetFileName(path)], cancellation);
            if (refusal != Refusal.None) return refusal;
        }

        return Refusal.None;
    }

    private async ValueTask<Refusal> MakeAsync(IReadOnlyList<string> names, CollectionSheet? sheet, CancellationToken cancellation)
    {
        if (await items.FindAsync(names, cancellation) is not { } found) return Refusal.NotFound;
        if (found.Collection is not null) return Refusal.None;
        var kind = sheet?.Kind ?? items.Realm switch
        {
            Realm.Calendar => CollectionKind.Calendar,
            Realm.Contacts => CollectionKind.AddressBook,
            _ => CollectionKind.Folder,
        };
        var components = sheet?.Components is { } given
            ? given.Aggregate(CalendarComponents.None, (all, name) => all | ObjectReader.ComponentOf(name))
            : ObjectReader.Names.Aggregate(CalendarComponents.None, (all, one) => all | one.Component);
        var collection = new NewCollection(kind)
        {
            Components = kind == CollectionKind.Calendar ? components : CalendarComponents.None,
            Properties = PropertiesOf(sheet?.Properties),
        };
        return (await items.CreateAsync(found.Place, collection, null, cancellation)).Refusal;
    }

    private async ValueTask<Refusal> TakeFileAsync(
        string path, IReadOnlyList<string> names, ItemLine? line, CancellationToken cancellation)
    {
        if (await items.FindAsync(names, cancellation) is not { Collection: null } found) return Refusal.AlreadyExists;
        await using var source = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, ReadBytes, FileOptions.Asynchronous);
        var facts = default(ObjectFacts);
        if (items.Realm != Realm.Files)
        {
            if (source.Length > ObjectBytesMax) return Refusal.TooLarge;
            var octets = new byte[source.Length];
            await source.ReadExactlyAsync(octets, cancellation);
            source.Position = 0;
            var fault = items.Realm == Realm.Calendar
                ? ObjectReader.ReadCalendar(octets, out facts)
                : ObjectReader.ReadContact(octets, out facts);
            if (fault != ObjectFault.None) return await TakeManyAsync(octets, names, cancellation);
        }

        var shown = $"{realmFolder}/{string.Join('/', names)}";
        var neighbours = items.State.Find(found.Place.Parent)!.Items.Rows;
        var twin = facts.Uid is null ? null : neighbours.FirstOrDefault(row => row.Facts.Uid == facts.Uid);
        if ((found.Item ?? twin) is { } there)
        {
            // By the hash and not by the key: equal octets have other keys behind a key rotation.
            Present++;
            var isSame = (await SHA256.HashDataAsync(source, cancellation)).AsSpan().SequenceEqual(there.Digest.Span);
            if (!isSame) _notes.Add(new MoveProblem(shown, null, "something else is there, and stays"));
            return Refusal.None;
        }

        var written = await WriteAsync(source, line?.MediaType, cancellation);
        if (written.Declined) return written.Refusal;
        if (line is not null && line.Sha256 != Convert.ToHexStringLower(written.Value!.Digest.Span))
        {
            _damaged.Add(new MoveProblem(shown, null, "it is not what was exported; taken as it is"));
        }

        var item = written.Value! with
        {
            Facts = facts,
            Modified = line?.Modified ?? (File.GetLastWriteTimeUtc(path) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond,
            Created = line?.Created,
        };
        Refusal Guard(ItemState state) => state.Item(found.Place) is null ? Refusal.None : Refusal.AlreadyExists;
        var put = await items.PutAsync(found.Place, item, Guard, cancellation);
        if (put.Declined) return put.Refusal;
        (Added, Octets) = (Added + 1, Octets + item.Content.Length);
        if (line?.Properties is not { Count: > 0 } properties) return Refusal.None;
        var changes = properties.ToDictionary(one => one.Key, one => (string?)one.Value, StringComparer.Ordinal);
        return (await items.DescribeAsync(found.Place, changes, null, cancellation)).Refusal;
    }

    /// <summary>A file of many objects, as other programs export them: each becomes an item of its own.</summary>
    /// <returns>None; Invalid: it is no such file, or one of its objects is none, and nothing behind that one is taken.</returns>
    private async ValueTask<Refusal> TakeManyAsync(ReadOnlyMemory<byte> octets, IReadOnlyList<string> names, CancellationToken cancellation)
    {
        if (await items.FindAsync([.. names.SkipLast(1)], cancellation) is not { Collection: { } parent }) return Refusal.NotFound;
        var isCalendar = items.Realm == Realm.Calendar;
        if (parent.Kind != (isCalendar ? CollectionKind.Calendar : CollectionKind.AddressBook)) return Refusal.Invalid;
        IReadOnlyList<ReadOnlyMemory<byte>> objects = isCalendar ? [.. Calendars(octets)] : CardBundle.Split(octets) ?? [];
        foreach (var one in objects)
        {
            var fault = isCalendar ? ObjectReader.ReadCalendar(one.Span, out var facts) : ObjectReader.ReadContact(one.Span, out facts);
            if (fault != ObjectFault.None || facts.Uid is not { } uid) return Refusal.Invalid;
            var collection = items.State.Find(parent.Id)!;
            if (collection.Items.Rows.FirstOrDefault(row => row.Facts.Uid == uid) is { } there)
            {
                Present++;
                var isSame = SHA256.HashData(one.Span).AsSpan().SequenceEqual(there.Digest.Span);
                var shown = $"{realmFolder}/{string.Join('/', names)}";
                if (!isSame) _notes.Add(new MoveProblem(shown, uid, "something else is there, and stays"));
                continue;
            }

            using var source = new MemoryStream(one.ToArray());
            var written = await WriteAsync(source, null, cancellation);
            if (written.Declined) return written.Refusal;
            var place = new ItemPlace(parent.Id, ItemNames.FreeName(collection, uid, isCalendar ? ".ics" : ".vcf"));
            var put = await items.PutAsync(place, written.Value! with { Facts = facts }, null, cancellation);
            if (put.Declined) return put.Refusal;
            (Added, Octets) = (Added + 1, Octets + one.Length);
        }

        return objects.Count > 0 ? Refusal.None : Refusal.Invalid;
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Calendars(ReadOnlyMemory<byte> octets)
    {
        if (Component.Read(octets.Span, out var roots) is not null) yield break;
        foreach (var calendar in CalendarBundle.Split(roots))
        {
            var text = new StringBuilder();
            calendar.Write(text);
            yield return Encoding.UTF8.GetBytes(text.ToString());
        }
    }

    private async ValueTask<Outcome<NewItem>> WriteAsync(Stream source, string? mediaType, CancellationToken cancellation)
    {
        using var writer = items.Write();
        var buffer = new byte[ReadBytes];
        for (int count; (count = await source.ReadAsync(buffer, cancellation)) > 0;)
        {
            var refusal = await writer.WriteAsync(buffer.AsMemory(0, count), cancellation);
            if (refusal != Refusal.None) return refusal;
        }

        return await writer.CompleteAsync(mediaType, cancellation);
    }

    private static ImmutableSortedDictionary<string, string> PropertiesOf(IReadOnlyDictionary<string, string>? properties) =>
        properties is null ? ItemProperties.None : ItemProperties.None.AddRange(properties);
}
