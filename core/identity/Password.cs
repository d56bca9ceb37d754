namespace CompatBot.Core.Identity;

/// <summary>A secret typed by a user; it never prints itself.</summary>
public readonly record struct Password(string Value)
{
    /// <summary>Longest password that is looked at, in characters; longer ones are wrong.</summary>
    public const int CharactersMax = 1024;

    public override string ToString() => "(password)";
}
