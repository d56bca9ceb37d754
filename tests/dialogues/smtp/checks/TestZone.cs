using System.Collections.Concurrent;
using System.Net;
using System.Text;
using CompatBot.DialogueTests.Smtp.Relay;
using CompatBot.Protocols.Net.Dns;

namespace CompatBot.DialogueTests.Smtp.Checks;

/// <summary>A DNS of the test's own, from lines such as "a.example TXT v=spf1 -all"; FAIL stands for no answer.</summary>
internal sealed class TestZone : IDnsResolver
{
    private readonly ConcurrentDictionary<(string Name, DnsType Type), List<byte[]>> _records = new();
    private readonly HashSet<string> _failing = [];

    public TestZone(string lines)
    {
        foreach (var line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var words = line.Split(' ', 3);
            if (words[1] == "FAIL") _failing.Add(words[0]);
            else Add(words[0], Enum.Parse<DnsType>(words[1] == "PTR" ? "Reverse" : words[1], ignoreCase: true), words[2]);
        }
    }

    public int Questions { get; private set; }

    public ValueTask<DnsAnswer> QueryAsync(string name, DnsType type, CancellationToken cancellation)
    {
        Questions++;
        if (_failing.Contains(name)) return ValueTask.FromResult(DnsAnswer.Failed);
        return ValueTask.FromResult(
            _records.TryGetValue((name.ToLowerInvariant(), type), out var data) ? new DnsAnswer(DnsStatus.Found, data)
            : new DnsAnswer(_records.Keys.Any(key => key.Name == name) ? DnsStatus.NoData : DnsStatus.NoName, []));
    }

    private void Add(string name, DnsType type, string value) => _records.GetOrAdd((name, type), _ => []).Add(type switch
    {
        DnsType.A or DnsType.Aaaa => IPAddress.Parse(value).GetAddressBytes(),
        DnsType.Mx => RelayHouse.Exchange(10, value),
        DnsType.Reverse => RelayHouse.Exchange(10, value)[2..],
        _ => [.. value.Chunk(100).SelectMany(part => (byte[])[(byte)part.Length, .. Encoding.Latin1.GetBytes(part)])],
    });
}
