using System.Text;
using System.Xml.Linq;
using CompatBot.Core.Items;
using CompatBot.Formats.Json;
using CompatBot.Formats.Vcard;
using CompatBot.Formats.Vobject;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Reports;

/// <summary>addressbook-query: the contacts that a filter lets through (RFC 6352 section 8.6).</summary>
internal static class AddressBookQuery
{
    private const int Batch = 100;

    public static async ValueTask RunAsync(DavRequest request, DavResource top, XElement body)
    {
        var filter = CardFilter.Read(body);
        var most = CardFilter.Limit(body, int.MaxValue);
        var (found, isCut) = (new List<DavResource>(), false);
        await foreach (var (parent, row, card) in MembersAsync(request, top))
        {
            if (!filter.Holds(card)) continue;
            if (isCut = found.Count == most) break;
            found.Add(parent.Child(row));
        }

        var data = new ObjectData(request, top.Items!, body) { Convert = Conversion(body) };
        using var answer = XmlAnswer.Begin(request.Response, 207, DavNames.Dav + "multistatus");
        await data.WriteAsync(answer, found.Select(one => (one.Href, (DavResource?)one)));
        if (isCut) SyncReport.Cut(answer.Writer, top.Href);
        await answer.EndAsync(request.Cancellation);
    }

    /// <summary>
    /// A contact in the version, and with the properties, that address-data asks for (RFC 6352 section 10.4); null where nobody does.
    /// </summary>
    public static Func<ItemRow, string, string>? Conversion(XElement body) =>
        CardConversion(body) is { } convert ? (_, stored) => convert(stored) : null;

    /// <summary>The same of a contact that is no item.</summary>
    public static Func<string, string>? CardConversion(XElement body)
    {
        if (body.Element(DavNames.Prop)?.Element(DavNames.AddressData) is not { } data) return null;
        var (version, inJson) = (CardVersion.Of(data), CardVersion.IsJson(data));
        var wanted = data.Elements(DavNames.CardDav + "prop").Select(one => (one.Attribute("name")?.Value ?? "").ToUpperInvariant())
            .ToHashSet(StringComparer.Ordinal);
        return stored =>
        {
            var text = CardVersions.To(Encoding.UTF8.GetBytes(stored), version) ?? stored;
            if ((wanted.Count == 0 && !inJson) || Component.Read(Encoding.UTF8.GetBytes(text), out var roots) is not null) return text;
            var card = roots[0];
            bool IsGiven(string name) => wanted.Count == 0 || wanted.Contains(name) || IsAlwaysGiven(name);
            card = card.With(card.Properties.Where(line => IsGiven(line.Name)), []);
            if (inJson) return Encoding.UTF8.GetString(JsonObjects.Write(card));
            var written = new StringBuilder();
            card.Write(written);
            return written.ToString();
        };
    }

    private static bool IsAlwaysGiven(string name) => name is "VERSION" or "UID" or "FN" or "N";

    private static async IAsyncEnumerable<(DavResource Parent, ItemRow Row, Component? Card)> MembersAsync(
        DavRequest request, DavResource top)
    {
        var books = top.Collection!.Kind == CollectionKind.AddressBook
            ? [top]
            : top.Collection.Children.Values.Select(id => top.Child(top.State!.Collections[id]));
        foreach (var book in books)
        {
            if (await top.Items!.OpenAsync(book.Collection!.Id, request.Cancellation) is not { Table: { } table } loaded) continue;
            var parent = book with { Collection = loaded };
            foreach (var batch in table.Rows.Chunk(Batch))
            {
                request.Cancellation.ThrowIfCancellationRequested();
                var cards = await top.Items.ParseAsync(batch, request.Cancellation);
                for (var i = 0; i < batch.Length; i++) yield return (parent, batch[i], cards[i]);
            }
        }
    }
}
