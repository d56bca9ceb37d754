using System.Numerics;

namespace CompatBot.Protocols.Sieve.Language.Matching;

/// <summary>How strings are compared (RFC 4790).</summary>
internal abstract class SieveComparator
{
    /// <summary>The default: letters of ASCII in any case.</summary>
    public static SieveComparator AsciiCasemap { get; } = new Folding(Upper);

    private static readonly SieveComparator Octet = new Folding(static text => text);
    private static readonly SieveComparator UnicodeCasemap = new Folding(static text => text.ToUpperInvariant());
    private static readonly SieveComparator AsciiNumeric = new Numeric();

    /// <summary>Whether parts of a string can be compared.</summary>
    public virtual bool HasSubstrings => true;

    /// <summary>Whether upper and lower case are the same.</summary>
    public bool IgnoresCase => this != Octet;

    /// <returns>Null: there is none of that name here.</returns>
    public static SieveComparator? Find(string name) => name.ToLowerInvariant() switch
    {
        "i;ascii-casemap" => AsciiCasemap,
        "i;octet" => Octet,
        "i;unicode-casemap" => UnicodeCasemap,
        "i;ascii-numeric" => AsciiNumeric,
        _ => null,
    };

    /// <summary>The form in which equal strings have equal characters; as long as the string itself.</summary>
    public abstract string Fold(string text);

    public abstract int Compare(string left, string right);

    private static string Upper(string text) => string.Create(text.Length, text, static (target, source) =>
    {
        for (var i = 0; i < target.Length; i++) target[i] = char.IsAsciiLetterLower(source[i]) ? (char)(source[i] - 32) : source[i];
    });

    private sealed class Folding(Func<string, string> fold) : SieveComparator
    {
        public override string Fold(string text) => fold(text);

        public override int Compare(string left, string right) => string.CompareOrdinal(fold(left), fold(right));
    }

    /// <summary>The number that a string begins with; where there is none it is greater than all numbers (RFC 4790 section 9.1).</summary>
    private sealed class Numeric : SieveComparator
    {
        public override bool HasSubstrings => false;

        public override string Fold(string text) => ValueOf(text)?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "";

        public override int Compare(string left, string right) => (ValueOf(left), ValueOf(right)) switch
        {
            (null, null) => 0,
            (null, _) => 1,
            (_, null) => -1,
            var (one, other) => one.Value.CompareTo(other.Value),
        };

        private static BigInteger? ValueOf(string text)
        {
            var digits = 0;
            while (digits < text.Length && digits < SieveLimits.RegexLengthMax && char.IsAsciiDigit(text[digits])) digits++;
            return digits == 0
                ? null : BigInteger.Parse(text.AsSpan(0, digits), provider: System.Globalization.CultureInfo.InvariantCulture);
        }
    }
}
