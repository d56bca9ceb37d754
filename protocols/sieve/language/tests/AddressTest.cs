using System.Text;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Sieve.Language.Matching;

namespace CompatBot.Protocols.Sieve.Language.Tests;

/// <summary>"address" and "envelope" (RFC 5228 sections 5.1 and 5.4), with the parts of RFC 5233.</summary>
internal static class AddressTest
{
    private static readonly string[] EnvelopeParts = ["from", "to"];

    public static SieveTest Compile(SieveArguments arguments)
    {
        var match = SieveMatch.Take(arguments);
        var index = FieldIndex.Take(arguments);
        var part = Part(arguments);
        var names = arguments.Texts("the header");
        var keys = match.TakeKeys(arguments);
        arguments.End();
        return run => match.Any(
            run,
            names.SelectMany(name => index.Of(run.Header.Fields(name.Get(run))))
                .SelectMany(field => Addresses(WireText.Unfold(field.Value)))
                .Select(part).OfType<string>(),
            keys);
    }

    public static SieveTest CompileEnvelope(SieveArguments arguments)
    {
        var match = SieveMatch.Take(arguments);
        var part = Part(arguments);
        var names = arguments.Texts("the envelope part");
        foreach (var name in names)
        {
            if (name.Constant is { } known && !EnvelopeParts.Contains(known, StringComparer.OrdinalIgnoreCase))
            {
                throw arguments.Wrong($"no envelope part \"{known}\"");
            }
        }

        var keys = match.TakeKeys(arguments);
        arguments.End();
        return run =>
            match.Any(run, names.Select(name => Envelope(run, name.Get(run))).OfType<string>().Select(part).OfType<string>(), keys);
    }

    /// <summary>Every address of a field, as local part, "@" and domain.</summary>
    public static IEnumerable<string> Addresses(string wireText) =>
        from address in AddressParser.Parse(wireText)
        where address is { Mailbox: not null, Host: not null }
        let local = Decode(address.Mailbox!)
        let host = Decode(address.Host!)
        select host.Length == 0 ? local : $"{local}@{host}";

    private static string Decode(string wireText) => Encoding.UTF8.GetString(WireText.Bytes(wireText));

    private static string? Envelope(SieveRun run, string part) => part.ToLowerInvariant() switch
    {
        "from" => run.Host.EnvelopeFrom,
        "to" => run.Host.EnvelopeTo,
        _ => null,
    };

    /// <summary>":all", ":localpart", ":domain"; ":user" and ":detail". Null where an address has no such part.</summary>
    private static Func<string, string?> Part(SieveArguments arguments)
    {
        var found = new List<Func<string, string?>>();
        if (arguments.Flag("all")) found.Add(static address => address);
        if (arguments.Flag("localpart")) found.Add(Local);
        if (arguments.Flag("domain")) found.Add(Domain);
        if (arguments.Flag("user", "subaddress")) found.Add(User);
        if (arguments.Flag("detail", "subaddress")) found.Add(Detail);
        if (found.Count > 1) throw arguments.Wrong("only one address part may be given");
        return found.Count == 0 ? static address => address : found[0];
    }

    private static string Local(string address) => address.LastIndexOf('@') is var at and >= 0 ? address[..at] : address;

    private static string Domain(string address) => address.LastIndexOf('@') is var at and >= 0 ? address[(at + 1)..] : "";

    private static string User(string address) => Local(address) is var local
        && local.IndexOf('+', StringComparison.Ordinal) is var plus and >= 0
        ? local[..plus]
        : Local(address);

    private static string? Detail(string address) =>
        Local(address) is var local && local.IndexOf('+', StringComparison.Ordinal) is var plus and >= 0 ? local[(plus + 1)..] : null;
}
