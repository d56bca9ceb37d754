using System.CommandLine;

namespace CompatBot.Gateway.Admin;

/// <summary>Arguments that more than one verb has.</summary>
internal static class CommonArguments
{
    public static Argument<string> Account { get; } = new("address") { Description = "The account's address, or one of its aliases" };

    /// <summary>"on" or "off"; null: the verb only shows what is.</summary>
    public static Argument<string?> OnOrOff(string description) => new Argument<string?>("choice")
    {
        Description = description,
        Arity = ArgumentArity.ZeroOrOne,
    }.AcceptOnlyFromAmong("on", "off");
}
