using System.Text;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Sieve.Language.Matching;

namespace CompatBot.Protocols.Sieve.Language.Tests;

/// <summary>"body" (RFC 5173).</summary>
internal static class BodyTest
{
    public static SieveTest Compile(SieveArguments arguments)
    {
        var match = SieveMatch.Take(arguments);
        var (raw, text) = (arguments.Flag("raw"), arguments.Flag("text"));
        var types = arguments.TaggedTexts("content");
        if ((raw ? 1 : 0) + (text ? 1 : 0) + (types is null ? 0 : 1) > 1) throw arguments.Wrong("only one body transform may be given");
        var keys = match.TakeKeys(arguments);
        arguments.End();

        // "match type :matches with :raw … variables are not set" (section 5.1 and RFC 5173 section 6): a body catches nothing.
        var quiet = match.WithoutCatching;
        return run => quiet.Any(run, raw ? [Raw(run)] : Parts(run, types), keys);
    }

    private static string Raw(SieveRun run)
    {
        run.Work(run.Message.Body.Length);
        return Encoding.UTF8.GetString(run.Message.Body.Span);
    }

    private static IEnumerable<string> Parts(SieveRun run, SieveText[]? types)
    {
        string[] wanted = types is null ? ["text"] : [.. types.Select(type => type.Get(run).ToLowerInvariant())];
        return Parts(run, run.Message.Root, wanted);
    }

    /// <summary>Leaves as text; of a message within the message its header, of a multipart what is before and behind its parts.</summary>
    private static IEnumerable<string> Parts(SieveRun run, MimePart part, string[] wanted)
    {
        run.Step();
        if (Array.Exists(wanted, type => IsOfType(part, type)))
        {
            run.Work(part.BodyBytes);
            if (part.Message is { } inner)
            {
                yield return Encoding.UTF8.GetString(run.Message.Between(inner.Root.HeaderStart, inner.Root.BodyStart).Span);
            }
            else if (part.Children.Count > 0)
            {
                yield return Encoding.UTF8.GetString(run.Message.Between(part.BodyStart, part.Children[0].HeaderStart).Span);
            }
            else
            {
                yield return run.Message.Text(part);
            }
        }

        var below = part.Message is { } message ? [message.Root] : part.Children;
        foreach (var text in below.SelectMany(child => Parts(run, child, wanted))) yield return text;
    }

    /// <summary>"" is every type, "text" every text, "text/html" that one; anything else with a slash in a wrong place is none.</summary>
    private static bool IsOfType(MimePart part, string wanted)
    {
        if (wanted.Length == 0) return true;
        var slash = wanted.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0) return part.Type.Equals(wanted, StringComparison.OrdinalIgnoreCase);
        return $"{part.Type}/{part.Subtype}".Equals(wanted, StringComparison.OrdinalIgnoreCase);
    }
}
