using System.IO.Pipelines;
using CompatBot.Core.Metrics;
using CompatBot.Core.Store;
using CompatBot.Protocols.ManageSieve.Wire;
using CompatBot.Protocols.Net;

namespace CompatBot.Protocols.ManageSieve;

/// <summary>OK, NO or BYE with a response code and a text (RFC 5804 section 1.2 and 1.3).</summary>
/// <param name="Word">Null for a reply that the command wrote itself.</param>
/// <param name="Code">Response code with its arguments, without the parentheses; null: none.</param>
/// <param name="IsMistake">The command was none, or not at its time: too many end the connection.</param>
public readonly record struct ManageSieveReply(string? Word, string? Code, string Text, bool IsMistake = false)
{
    private static readonly Tally GivenOk = LineMetrics.Of("managesieve").Reply("ok");
    private static readonly Tally GivenNo = LineMetrics.Of("managesieve").Reply("no");

    /// <summary>The command has written all of its answer.</summary>
    public static ManageSieveReply Written => default;

    /// <summary>The connection ends after it.</summary>
    public bool Closes { get; init; }

    public static ManageSieveReply Ok(string text = "Done", string? code = null) => new("OK", code, text);

    public static ManageSieveReply No(string text, string? code = null) => new("NO", code, text);

    public static ManageSieveReply Mistake(string text) => new("NO", null, text, IsMistake: true);

    public static ManageSieveReply Bye(string text, string? code = null) => new("BYE", code, text) { Closes = true };

    /// <summary>What core said.</summary>
    public static ManageSieveReply From(Refusal refusal) => refusal switch
    {
        Refusal.NotFound => No("There is no script of that name", "NONEXISTENT"),
        Refusal.AlreadyExists => No("There is a script of that name already", "ALREADYEXISTS"),
        Refusal.Invalid => No("That can not be a script's name"),
        Refusal.TooLarge => No("The script is too large", "QUOTA/MAXSIZE"),
        Refusal.TooMany => No("There are too many scripts", "QUOTA/MAXSCRIPTS"),
        Refusal.OverQuota => No("All scripts together are too large", "QUOTA"),
        Refusal.BadCredentials => No("Authentication failed"),
        Refusal.NotPermitted or Refusal.Locked => No("That is outside of this device's scope"),
        Refusal.Damaged or Refusal.WentBack => No("The account can not be read: its operator must look"),
        _ => No("Try again later", "TRYLATER"),
    };

    public void WriteTo(PipeWriter output)
    {
        if (Word is null) return;
        (Word == "OK" ? GivenOk : GivenNo).Add();
        var writer = new SieveWriter(output);
        writer.Raw(Word);
        if (Code is not null) writer.Raw($" ({Code})");
        if (Text.Length > 0)
        {
            writer.Raw(" ");
            writer.String(Text);
        }

        writer.End();
    }
}
