using System.Text.RegularExpressions;
using Xunit;

namespace CompatBot.UnitTests.House;

/// <summary>tests/dialogues/imap/rfc/README.md says which test plays which example of an RFC.</summary>
public sealed partial class RfcExamples
{
    private const string Folder = "tests/dialogues/imap/";

    [Fact]
    public void The_table_names_tests_that_are_there()
    {
        var named = Named().Matches(File.ReadAllText(Path.Combine(SourceTree.Root, Folder, "rfc/README.md")));
        Assert.NotEmpty(named);
        SourceTree.Hold(from Match test in named
                     let file = $"/{test.Groups[1].Value}.cs"
                     let method = $" {test.Groups[2].Value}("
                     where !SourceTree.All.Any(source => source.Path.StartsWith(Folder, StringComparison.Ordinal)
                         && source.Path.EndsWith(file, StringComparison.Ordinal)
                         && source.Lines.Any(line => line.Contains(method, StringComparison.Ordinal)))
                     select test.Value);
    }

    [GeneratedRegex("`([A-Za-z0-9]+)\\.([A-Za-z0-9_]+)`")]
    private static partial Regex Named();
}
