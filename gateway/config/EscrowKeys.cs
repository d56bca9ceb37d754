using System.Text;
using CompatBot.Core.Identity;

namespace CompatBot.Gateway.Config;

/// <summary>
/// The public escrow keys of domains whose operators chose to have one: lines of domain and hex, in the data directory. No file, no
/// escrow: that is so until somebody says otherwise.
/// </summary>
internal sealed class EscrowKeys(string dataDirectory)
{
    private const string FileName = "escrow";

    private readonly string _path = Path.Combine(dataDirectory, FileName);

    /// <returns>Empty where new accounts of the domain are their owners' alone.</returns>
    public ReadOnlyMemory<byte> Of(string domain) => Read().GetValueOrDefault(domain) ?? [];

    /// <summary>Sets a domain's key; null: it has none any more.</summary>
    public void Set(string domain, byte[]? publicKey)
    {
        var keys = Read();
        keys.Remove(domain);
        if (publicKey is not null) keys.Add(domain, publicKey);
        var text = new StringBuilder();
        foreach (var (name, key) in keys) text.Append(name).Append(' ').Append(Convert.ToHexStringLower(key)).Append('\n');
        DataDirectory.ReplacePrivate(_path, text.ToString());
    }

    private SortedDictionary<string, byte[]> Read()
    {
        var keys = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        if (!File.Exists(_path)) return keys;
        foreach (var line in File.ReadLines(_path))
        {
            if (line.Split(' ') is not [var domain, { Length: 2 * Escrow.KeyBytes } hex])
            {
                throw new IOException($"{_path} is not what `domain escrow` wrote");
            }

            keys[domain] = Convert.FromHexString(hex);
        }

        return keys;
    }
}
