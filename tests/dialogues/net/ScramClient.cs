using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CompatBot.DialogueTests.Net;

/// <summary>The client's side of SCRAM-SHA-256 (RFC 5802 section 3), written apart from the server's: one checks the other.</summary>
internal sealed class ScramClient(string user, string password, string header = "n,,", byte[]? binding = null)
{
    private readonly string _nonce = Convert.ToHexString(RandomNumberGenerator.GetBytes(12));
    private byte[] _serverSignature = [];

    private string Bare => $"n={Escape(user)},r={_nonce}";

    public string First() => Encode(header + Bare);

    public string Final(string serverFirst)
    {
        var first = Decode(serverFirst);
        var values = first.Split(',').ToDictionary(part => part[0], part => part[2..]);
        var iterations = int.Parse(values['i'], CultureInfo.InvariantCulture);
        var salted = Rfc2898DeriveBytes.Pbkdf2(password, Convert.FromBase64String(values['s']), iterations, HashAlgorithmName.SHA256, 32);
        var clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        var channel = Convert.ToBase64String([.. Encoding.UTF8.GetBytes(header), .. binding ?? []]);
        var withoutProof = $"c={channel},r={values['r']}";
        var signed = Encoding.UTF8.GetBytes($"{Bare},{first},{withoutProof}");
        var proof = HMACSHA256.HashData(SHA256.HashData(clientKey), signed);
        for (var at = 0; at < proof.Length; at++) proof[at] ^= clientKey[at];
        _serverSignature = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), signed);
        return Encode($"{withoutProof},p={Convert.ToBase64String(proof)}");
    }

    /// <summary>The server knew the password's keys as well.</summary>
    public bool Trusts(string serverFinal) => Decode(serverFinal) == "v=" + Convert.ToBase64String(_serverSignature);

    private static string Escape(string name) =>
        name.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal);

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string Decode(string text) => Encoding.UTF8.GetString(Convert.FromBase64String(text));
}
