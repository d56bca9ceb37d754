namespace CompatBot.Protocols.Smtp.Wire;

/// <summary>A reverse-path or forward-path without its brackets and its source route.</summary>
/// <param name="Local">Local part, unquoted; empty in the null path.</param>
/// <param name="Domain">Domain or address literal with its brackets; empty in the null path and in &lt;postmaster>.</param>
/// <param name="Text">As it came in, to be repeated in trace headers.</param>
/// <param name="IsAscii">False: needs SMTPUTF8.</param>
public sealed record SmtpPath(string Local, string Domain, string Text, bool IsAscii)
{
    public static readonly SmtpPath Null = new("", "", "", true);

    public bool IsNull => Local.Length == 0;

    public bool IsPostmaster => Local.Equals("postmaster", StringComparison.OrdinalIgnoreCase);

    /// <summary>Without a source route, quoted as it came in: what core's Address parses.</summary>
    public string Address => Text;

    public override string ToString() => "(path)";
}
