using CompatBot.Formats.Mime;
using CompatBot.Protocols.Sieve.Language.Matching;
using CompatBot.Protocols.Sieve.Language.Tests;

namespace CompatBot.Protocols.Sieve.Language.Commands;

/// <summary>"addheader" and "deleteheader" (RFC 5293 sections 4 and 5).</summary>
internal static class HeaderCommands
{
    /// <summary>Trace and what other programs have vouched for stays as it is (section 6).</summary>
    private static readonly string[] Protected = ["received", "auto-submitted", "return-path"];

    public static SieveStep Add(SieveArguments arguments)
    {
        var last = arguments.Flag("last");
        var name = arguments.Text("the header");
        var value = arguments.Text("the value");
        arguments.End();
        if (name.Constant is { } constant && !HeaderTest.IsName(constant)) throw arguments.Wrong($"\"{constant}\" is no header name");
        return run =>
        {
            var field = name.Get(run);
            if (!HeaderTest.IsName(field)) throw new SieveRunException($"\"{field}\" is no header name");
            if (++run.AddedFields > SieveLimits.AddedFieldsMax) throw new SieveRunException("too many header fields");
            if (IsProtected(field)) return SieveFlow.Next;
            var text = string.Concat(value.Get(run).Where(c => c is not ('\r' or '\n' or '\0')));
            run.Header = run.Header.With(field, text, last);
            return SieveFlow.Next;
        };
    }

    public static SieveStep Delete(SieveArguments arguments)
    {
        var index = FieldIndex.Take(arguments, extension: "editheader");
        var match = SieveMatch.Take(arguments);
        var name = arguments.Text("the header");
        var keys = arguments.Left == 0 ? null : match.TakeKeys(arguments, "the value");
        arguments.End();
        if (name.Constant is { } constant && !HeaderTest.IsName(constant)) throw arguments.Wrong($"\"{constant}\" is no header name");
        return run =>
        {
            var field = name.Get(run);
            if (IsProtected(field)) return SieveFlow.Next;
            var found = index.Of(run.Header.Fields(field));
            HeaderField[] gone = [.. keys is null ? found : found.Where(one => match.Any(run, [SieveHeader.ValueOf(one)], keys))];
            run.Header = run.Header.Without(gone);
            return SieveFlow.Next;
        };
    }

    private static bool IsProtected(string name) => Protected.Contains(name, StringComparer.OrdinalIgnoreCase);
}
