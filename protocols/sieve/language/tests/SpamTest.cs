using System.Globalization;
using System.Text.RegularExpressions;
using CompatBot.Protocols.Sieve.Language.Matching;

namespace CompatBot.Protocols.Sieve.Language.Tests;

/// <summary>
/// "spamtest" and "virustest" (RFC 5235), from the header fields of the filters that may stand before this server:
/// "X-Spam-Score" or "X-Spam-Status: …, score=S required=R" of SpamAssassin and rspamd, "X-Virus-Status" of ClamAV's milter.
/// </summary>
internal static partial class SpamTest
{
    public static SieveTest Compile(SieveArguments arguments)
    {
        var match = SieveMatch.Take(arguments);
        var percent = arguments.Flag("percent", "spamtestplus");
        var key = match.TakeKeys(arguments, "the value");
        arguments.End();
        return run => match.Any(run, [Value(run, percent)], key);
    }

    public static SieveTest CompileVirus(SieveArguments arguments)
    {
        var match = SieveMatch.Take(arguments);
        var key = match.TakeKeys(arguments, "the value");
        arguments.End();
        return run => match.Any(run, [Virus(run)], key);
    }

    /// <summary>0: not tested, 1: clearly no spam, 10: clearly spam; or 0 to 100.</summary>
    private static string Value(SieveRun run, bool percent)
    {
        var (score, required) = (double.NaN, 5.0);
        if (run.Header.Values("x-spam-status").Select(value => Score().Match(value)).FirstOrDefault(match => match.Success) is { } status)
        {
            score = Number(status.Groups[1].Value);
            if (status.Groups[2].Success && Number(status.Groups[2].Value) is > 0 and var named) required = named;
        }
        else if (run.Header.Values("x-spam-score").FirstOrDefault() is { } text)
        {
            score = Number(text.Trim());
        }

        if (double.IsNaN(score)) return "0";
        var share = Math.Clamp(score / required, 0, 1);
        return (percent ? Math.Round(share * 100) : 1 + Math.Round(share * 9)).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>0: not tested, 1: clean, 5: infected.</summary>
    private static string Virus(SieveRun run) => run.Header.Values("x-virus-status").FirstOrDefault() is not { } status ? "0"
        : status.StartsWith("clean", StringComparison.OrdinalIgnoreCase) ? "1"
        : "5";

    private static double Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : double.NaN;

    [GeneratedRegex(@"score=(-?[0-9.]+)(?:.*?required=(-?[0-9.]+))?",
        RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Score();
}
