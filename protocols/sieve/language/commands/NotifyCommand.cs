using CompatBot.Core.Identity;

namespace CompatBot.Protocols.Sieve.Language.Commands;

/// <summary>"notify" (RFC 5435) by mail (RFC 5436).</summary>
internal static class NotifyCommand
{
    private const string Scheme = "mailto:";

    public static SieveStep Compile(SieveArguments arguments)
    {
        var from = arguments.TaggedText("from");
        var importance = arguments.TaggedText("importance");
        _ = arguments.TaggedTexts("options"); // None is defined for mail.
        var message = arguments.TaggedText("message");
        var method = arguments.Text("the method");
        arguments.End();
        if (importance?.Constant is { } level && level is not ("1" or "2" or "3")) throw arguments.Wrong("\":importance\" is 1, 2 or 3");
        if (method.Constant is { } constant && !IsValid(constant)) throw arguments.Wrong($"can not notify by \"{constant}\"");
        return run =>
        {
            var text = method.Get(run);
            if (!IsValid(text)) throw new SieveRunException($"can not notify by \"{text}\"");
            var weight = importance?.Get(run) switch { "1" => 1, "3" => 3, _ => 2 };
            run.Notify(new SieveNotification(text, from?.Get(run), weight, message?.Get(run)));
            return SieveFlow.Next;
        };
    }

    /// <summary>"mailto:" with at least one address (RFC 6068).</summary>
    public static bool IsValid(string method) => Recipients(method).Any() && Recipients(method).All(one => Address.Parse(one) is not null);

    /// <summary>The addresses of a mailto URI, those of its "to" fields among them.</summary>
    public static IEnumerable<string> Recipients(string method)
    {
        if (!method.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return [];
        var (path, _) = Split(method);
        var more = Fields(method).Where(field => field.Name.Equals("to", StringComparison.OrdinalIgnoreCase)).Select(field => field.Value);
        return path.Split(',').Select(Uri.UnescapeDataString).Concat(more.SelectMany(value => value.Split(',')))
            .Select(address => address.Trim()).Where(address => address.Length > 0);
    }

    /// <summary>The header fields, and "body", of a mailto URI.</summary>
    public static IEnumerable<(string Name, string Value)> Fields(string method) =>
        from pair in Split(method).Query.Split('&', StringSplitOptions.RemoveEmptyEntries)
        let cut = pair.IndexOf('=', StringComparison.Ordinal)
        where cut > 0
        select (Uri.UnescapeDataString(pair[..cut]), Uri.UnescapeDataString(pair[(cut + 1)..]));

    private static (string Path, string Query) Split(string method)
    {
        var rest = method[Math.Min(Scheme.Length, method.Length)..];
        var query = rest.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? (rest, "") : (rest[..query], rest[(query + 1)..]);
    }
}
