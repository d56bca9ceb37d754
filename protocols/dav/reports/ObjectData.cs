using System.Text;
using System.Xml;
using System.Xml.Linq;
using CompatBot.Core.Content;
using CompatBot.Core.Items;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Reports;

/// <summary>Writes members with their octets as calendar-data or address-data, some of which are read from the store in one step.</summary>
internal sealed class ObjectData
{
    private const int Batch = 100;

    private readonly DavRequest _request;
    private readonly ItemStore _items;
    private readonly PropertyList _properties;
    private readonly bool _isWanted;
    private readonly Dictionary<ulong, string> _texts = [];

    /// <param name="request">Of a report.</param>
    /// <param name="items">Where the members lie.</param>
    /// <param name="body">Names the properties.</param>
    public ObjectData(DavRequest request, ItemStore items, XElement body)
    {
        (_request, _items) = (request, items);
        _properties = PropertyList.Of(body, Find);
        _isWanted = _properties.Asks(DavNames.CalendarData) || _properties.Asks(DavNames.AddressData);
    }

    /// <summary>Turns the octets of a member into what the client asked for; null: as they are.</summary>
    public Func<ItemRow, string, string>? Convert { get; init; }

    /// <summary>Writes a response for each member, and one that says so for each href where nothing is.</summary>
    public async ValueTask WriteAsync(XmlAnswer answer, IEnumerable<(string Href, DavResource? Resource)> members)
    {
        foreach (var batch in members.Chunk(Batch))
        {
            if (_isWanted) await LoadAsync([.. batch.Select(one => one.Resource?.Item).OfType<ItemRow>()]);
            foreach (var (href, resource) in batch)
            {
                if (resource is null) SyncReport.Gone(answer.Writer, href);
                else _properties.Write(answer.Writer, resource);
                await answer.PauseAsync(_request.Cancellation);
            }
        }
    }

    private async ValueTask LoadAsync(IReadOnlyList<ItemRow> rows)
    {
        _texts.Clear();
        var readers = rows.Select(_items.Read).ToList();
        await _items.LoadAsync(readers, _request.Cancellation);
        for (var i = 0; i < rows.Count; i++) _texts[rows[i].Id] = await TextAsync(readers[i]);
    }

    private async ValueTask<string> TextAsync(ContentReader reader) =>
        Encoding.UTF8.GetString((await reader.ReadAllAsync(_request.Cancellation)).Span);

    private Action<XmlWriter>? Find(XName name, DavResource resource)
    {
        if (name != DavNames.CalendarData && name != DavNames.AddressData) return null;
        if (resource.Item is not { } item || !_texts.TryGetValue(item.Id, out var text)) return null;
        var converted = Convert?.Invoke(item, text) ?? text;
        return xml => xml.Text(name, converted);
    }
}
