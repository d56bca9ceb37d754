using System.Security.Cryptography;
using System.Text;

namespace CompatBot.Core.Identity;

/// <summary>
/// A generated password: 26 base32 characters, 130 random bits, so one HKDF is enough where a human's choice needs Argon2id.
/// Case, dashes and blanks do not count, except in SCRAM, where the client hashes what was typed: there it is as made.
/// </summary>
public sealed class AppPassword : IEquatable<AppPassword>
{
    /// <summary>Base32 characters: 26 of 5 bits are 130 bits.</summary>
    public const int Characters = 26;

    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    private readonly string _canonical;

    private AppPassword(string text, string canonical) => (Text, _canonical) = (text, canonical);

    /// <summary>As it was made or given: shown to its owner once.</summary>
    public string Text { get; }

    /// <summary>The 26 lower-case characters in ASCII: what keys are derived from.</summary>
    internal byte[] CanonicalBytes => Encoding.ASCII.GetBytes(_canonical);

    public static AppPassword Generate()
    {
        var text = RandomNumberGenerator.GetString(Alphabet, Characters);
        return new(text, text);
    }

    /// <summary>The password that random bytes make, 26 at least: each character has five bits of one.</summary>
    internal static AppPassword FromBytes(ReadOnlySpan<byte> bytes)
    {
        Span<char> characters = stackalloc char[Characters];
        for (var i = 0; i < Characters; i++) characters[i] = Alphabet[bytes[i] & 31];
        var text = new string(characters);
        return new(text, text);
    }

    public static bool IsWellFormed(string text) => Parse(text) is not null;

    /// <returns>Null when the text is not of the generated form.</returns>
    public static AppPassword? Parse(string text)
    {
        if (text.Length > 2 * Characters + 2) return null;
        Span<char> canonical = stackalloc char[Characters];
        var count = 0;
        foreach (var character in text)
        {
            if (character is ' ' or '-') continue;
            var lower = char.ToLowerInvariant(character);
            if (count == Characters || !Alphabet.Contains(lower, StringComparison.Ordinal)) return null;
            canonical[count++] = lower;
        }

        return count == Characters ? new(text.Trim(), new string(canonical)) : null;
    }

    public bool Equals(AppPassword? other) => other is not null && _canonical == other._canonical;

    public override bool Equals(object? obj) => Equals(obj as AppPassword);

    public override int GetHashCode() => _canonical.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => "(password)";
}
