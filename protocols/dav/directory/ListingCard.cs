using System.Security.Cryptography;
using System.Text;
using CompatBot.Core.Identity;
using CompatBot.Formats.Vobject;

namespace CompatBot.Protocols.Dav.Directory;

/// <summary>An account in the directory as a contact.</summary>
/// <param name="Name">Of the resource.</param>
/// <param name="Card">Its vCard.</param>
/// <param name="Text">The same, written.</param>
internal sealed record ListingCard(string Name, Listing Listing, Component Card, string Text)
{
    private const string Ending = ".vcf";

    /// <summary>Strong: of these octets.</summary>
    public string ETag => $"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)).AsSpan(0, 12))}\"";

    public static ListingCard Of(Listing listing)
    {
        var name = listing.Name;
        var cut = name.LastIndexOf(' ');
        var (family, given) = cut < 0 || name == listing.Address ? ("", name) : (name[(cut + 1)..], name[..cut]);
        var card = new Component("VCARD").With(
            [
                new("VERSION", [], "3.0"),
                new("PRODID", [], "-//CompatBot//EN"),
                new("UID", [], listing.Uid),
                new("FN", [], ContentLine.Escape(name)),
                new("N", [], $"{ContentLine.Escape(family)};{ContentLine.Escape(given)};;;"),
                new("EMAIL", [new Parameter("TYPE", ["INTERNET"])], ContentLine.Escape(listing.Address)),
            ],
            []);
        var text = new StringBuilder();
        card.Write(text);
        return new ListingCard(listing.Address + Ending, listing, card, text.ToString());
    }
}
