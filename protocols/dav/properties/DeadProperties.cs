using System.Xml;
using System.Xml.Linq;

namespace CompatBot.Protocols.Dav.Properties;

/// <summary>Properties that are kept as the client gave them: the element, with its namespaces, as one text.</summary>
internal static class DeadProperties
{
    /// <summary>The element as text that stands for itself: prefixes that values use are declared in it (RFC 4918 section 4.3).</summary>
    public static string Write(XElement property)
    {
        var copy = new XElement(property);
        foreach (var declared in property.Ancestors().Attributes().Where(one => one.IsNamespaceDeclaration))
        {
            if (copy.Attribute(declared.Name) is null && declared.Name.LocalName != "xmlns") copy.Add(new XAttribute(declared));
        }

        var language = property.AncestorsAndSelf().Attributes(XNamespace.Xml + "lang").FirstOrDefault();
        if (language is not null) copy.SetAttributeValue(language.Name, language.Value);
        return copy.ToString(SaveOptions.DisableFormatting);
    }

    /// <summary>The text of a property's element.</summary>
    public static string TextOf(string stored) => XElement.Parse(stored, LoadOptions.PreserveWhitespace).Value;

    public static void WriteTo(XmlWriter xml, string stored) => xml.WriteRaw(stored);
}
