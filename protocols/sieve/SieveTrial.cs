using CompatBot.Protocols.Sieve.Language;

namespace CompatBot.Protocols.Sieve;

/// <summary>Runs a script over a message that is only a file, for its author: nothing is stored and nothing sent.</summary>
/// <param name="from">Envelope addresses, without brackets.</param>
public sealed class SieveTrial(string from, string to, DateTimeOffset now)
{
    /// <summary>What the script would do.</summary>
    public SieveResult Run(SieveScript script, ReadOnlyMemory<byte> message) => SieveRun.Of(
        script,
        new Host(from, to, now),
        new SieveMessage(message[..Math.Min(message.Length, SieveLimits.LookedAtBytesMax)], message.Length));

    /// <summary>An account that has nothing but INBOX, and remembers nothing.</summary>
    private sealed class Host(string from, string to, DateTimeOffset now) : ISieveHost
    {
        public string EnvelopeFrom => from;

        public string EnvelopeTo => to;

        public DateTimeOffset Now => now;

        public SieveScript? Script(string name) => null;

        public bool HasMailbox(string name) => name.Equals("INBOX", StringComparison.OrdinalIgnoreCase);

        public bool HasSpecialUse(string? mailbox, string use) => false;

        public bool Remembers(string key) => false;

        public string? Environment(string item) => item switch
        {
            "name" => "CompatBot",
            "location" => "MS",
            "phase" => "post",
            _ => null,
        };
    }
}
