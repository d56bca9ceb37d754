using System.Text;

namespace CompatBot.Formats.Vobject;

/// <summary>A component with its properties and the components in it: VCALENDAR, VEVENT, VALARM, VCARD.</summary>
/// <param name="Name">Upper case.</param>
public sealed record Component(string Name)
{
    /// <summary>Deepest nesting that is read.</summary>
    public const int DepthMax = 16;

    /// <summary>Most lines of one text.</summary>
    public const int LinesMax = 1_000_000;

    private readonly List<ContentLine> _properties = [];
    private readonly List<Component> _components = [];

    public IReadOnlyList<ContentLine> Properties => _properties;

    public IReadOnlyList<Component> Components => _components;

    /// <summary>The first property of a name; null when there is none.</summary>
    public ContentLine? Find(string name)
    {
        foreach (var property in _properties)
        {
            if (property.Name == name) return property;
        }

        return null;
    }

    public IEnumerable<ContentLine> All(string name) => _properties.Where(property => property.Name == name);

    /// <summary>The same with other properties and components.</summary>
    public Component With(IEnumerable<ContentLine> properties, IEnumerable<Component> components)
    {
        var made = new Component(Name);
        made._properties.AddRange(properties);
        made._components.AddRange(components);
        return made;
    }

    /// <summary>Writes the component with CRLF, folded at 75 octets.</summary>
    public void Write(StringBuilder text)
    {
        text.Append("BEGIN:").Append(Name).Append("\r\n");
        foreach (var property in _properties) WriteLine(property, text);
        foreach (var component in _components) component.Write(text);
        text.Append("END:").Append(Name).Append("\r\n");
    }

    /// <summary>Reads all components of a text, one after the other. Line ends may be CRLF or LF, folded or not.</summary>
    /// <param name="octets">UTF-8; other octets become U+FFFD.</param>
    /// <param name="components">What was read, up to the mistake.</param>
    /// <returns>What is wrong, in one sentence; null when nothing is.</returns>
    public static string? Read(ReadOnlySpan<byte> octets, out IReadOnlyList<Component> components)
    {
        var roots = new List<Component>();
        components = roots;
        var open = new Stack<Component>();
        var text = Encoding.UTF8.GetString(octets);
        if (text.StartsWith('\uFEFF')) text = text[1..];
        var lines = 0;
        var unfolded = new UnfoldedLines(text);
        while (unfolded.MoveNext())
        {
            var line = unfolded.Current;
            if (line.IsWhiteSpace()) continue;
            if (++lines > LinesMax) return "There are too many lines";
            if (ContentLine.Parse(line) is not { } property)
            {
                if (open.Count == 0) return "There is text outside of any component";
                continue; // Kept in the octets; says nothing that could be asked for.
            }

            switch (property.Name)
            {
                case "BEGIN":
                    if (open.Count == DepthMax) return "Components nest too deep";
                    var begun = new Component(property.Value.Trim().ToUpperInvariant());
                    (open.Count > 0 ? open.Peek()._components : roots).Add(begun);
                    open.Push(begun);
                    break;
                case "END":
                    if (open.Count == 0) return "A component ends that did not begin";
                    if (!open.Pop().Name.Equals(property.Value.Trim(), StringComparison.OrdinalIgnoreCase)) return "Components overlap";
                    break;
                default:
                    if (open.Count == 0) return "There is a property outside of any component";
                    open.Peek()._properties.Add(property);
                    break;
            }
        }

        if (open.Count > 0) return "A component does not end";
        return roots.Count == 0 ? "There is no component" : null;
    }

    /// <summary>Writes one property with CRLF, folded at 75 octets.</summary>
    public static void WriteLine(ContentLine property, StringBuilder text) => Fold(property.ToString(), text);

    private static void Fold(string line, StringBuilder text)
    {
        const int OctetsMax = 75;
        var octets = 0;
        foreach (var rune in line.EnumerateRunes())
        {
            if (octets + rune.Utf8SequenceLength > OctetsMax)
            {
                text.Append("\r\n ");
                octets = 1;
            }

            text.Append(rune.ToString());
            octets += rune.Utf8SequenceLength;
        }

        text.Append("\r\n");
    }
}
