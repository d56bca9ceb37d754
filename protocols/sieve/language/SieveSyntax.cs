namespace CompatBot.Protocols.Sieve.Language;

/// <summary>What stands behind the name of a command or test: a tag, a number or strings.</summary>
/// <param name="Tag">Its name in lower case; null: none.</param>
/// <param name="Strings">The strings; null: it is none. A single string is a list of one.</param>
/// <param name="IsList">The strings stood in brackets.</param>
internal sealed record SieveArgument(int Line, string? Tag, long? Number, IReadOnlyList<string>? Strings, bool IsList = false);

/// <summary>A command or a test as it stands in the script (RFC 5228 section 8.2).</summary>
/// <param name="Name">In lower case.</param>
/// <param name="Tests">The test, or the list of tests, that stand behind the arguments.</param>
/// <param name="HasTestList">The tests stood in parentheses.</param>
/// <param name="Block">The commands in braces; null: there are none.</param>
internal sealed record SieveNode(
    string Name,
    int Line,
    IReadOnlyList<SieveArgument> Arguments,
    IReadOnlyList<SieveNode> Tests,
    bool HasTestList,
    IReadOnlyList<SieveNode>? Block);
