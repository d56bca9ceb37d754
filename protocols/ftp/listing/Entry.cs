using CompatBot.Core.Items;

namespace CompatBot.Protocols.Ftp.Listing;

/// <summary>A member of a folder as listings show it.</summary>
/// <param name="Id">The same as long as it exists.</param>
/// <param name="Modified">Microseconds since 1970 UTC.</param>
/// <param name="Created">The same.</param>
internal readonly record struct Entry(string Name, bool IsFolder, ulong Id, long Size, long Modified, long Created)
{
    public DateTimeOffset Time => DateTimeOffset.UnixEpoch.AddMicroseconds(Modified);

    public DateTimeOffset CreatedTime => DateTimeOffset.UnixEpoch.AddMicroseconds(Created);

    public static Entry Of(CollectionState folder) => new(folder.Name, true, folder.Id.Value, 0, folder.Created, folder.Created);

    public static Entry Of(ItemRow file) => new(file.Name, false, file.Id, file.Size, file.Modified, file.Created);

    /// <summary>The members of a folder: its folders, then its files, each in the order of their names.</summary>
    public static IEnumerable<Entry> In(ItemState state, CollectionState folder) => folder.Children.Values
        .Select(id => Of(state.Collections[id]))
        .Concat(folder.Items.Rows.Select(Of));
}
