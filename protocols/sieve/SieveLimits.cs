namespace CompatBot.Protocols.Sieve;

/// <summary>What a script may ask for. A script that asks for more at upload is refused; at a run, the message is kept in INBOX.</summary>
public static class SieveLimits
{
    /// <summary>Blocks and tests within each other.</summary>
    public const int NestingMax = 32;

    /// <summary>Commands and tests of one run, those of included scripts among them.</summary>
    public const int StepsMax = 100_000;

    /// <summary>Characters that may be compared in one run: keys times values times their length, roughly.</summary>
    public const long WorkMax = 64L << 20;

    /// <summary>Scripts that include each other.</summary>
    public const int IncludesMax = 10;

    /// <summary>Messages that one run may send on.</summary>
    public const int RedirectsMax = 4;

    /// <summary>Actions of one run.</summary>
    public const int ActionsMax = 32;

    /// <summary>Longest value of a variable, in characters (RFC 5229 section 6 demands 4,000).</summary>
    public const int VariableLengthMax = 16_000;

    /// <summary>Variables of one run (RFC 5229 section 6 demands 128).</summary>
    public const int VariablesMax = 512;

    /// <summary>Longest regular expression, in characters.</summary>
    public const int RegexLengthMax = 1_000;

    /// <summary>Octets of a message that tests look at; what is behind them matches nothing.</summary>
    public const int LookedAtBytesMax = 1 << 20;

    /// <summary>Header fields that a run may add.</summary>
    public const int AddedFieldsMax = 32;
}
