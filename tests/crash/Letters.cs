using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace CompatBot.CrashTests;

/// <summary>Messages that can be made again from their token, so that bodies need not be kept to be compared.</summary>
internal static partial class Letters
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789 ";

    /// <summary>The token says how long the message is: "t000017-2048".</summary>
    public static string Token(int number, int bytes) => $"t{number:d6}-{bytes}";

    public static byte[] Make(string token)
    {
        var bytes = int.Parse(token[(token.IndexOf('-', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture);
        var text = new StringBuilder($"X-Token: {token}\r\nFrom: load@sender.test\r\nSubject: letter {token}\r\n\r\n");
        var random = new Random(Seed(token));
        while (text.Length < bytes)
        {
            for (var column = 0; column < 72; column++) text.Append(Alphabet[random.Next(Alphabet.Length)]);
            text.Append("\r\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>The token of a header block or message; null when there is none.</summary>
    public static string? TokenOf(ReadOnlySpan<byte> header) =>
        TokenLine().Match(Encoding.Latin1.GetString(header[..Math.Min(header.Length, 4096)])) is { Success: true } match
            ? match.Groups[1].Value
            : null;

    private static int Seed(string token) => token.Aggregate(17, (seed, c) => unchecked((seed * 31) + c));

    [GeneratedRegex(@"^X-Token: (\S+)", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex TokenLine();
}
