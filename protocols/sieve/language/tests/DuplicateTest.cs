using System.Security.Cryptography;
using System.Text;

namespace CompatBot.Protocols.Sieve.Language.Tests;

/// <summary>"duplicate" (RFC 7352): whether a message with the same value was seen before.</summary>
internal static class DuplicateTest
{
    private static readonly TimeSpan Usual = TimeSpan.FromDays(7);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(90);

    public static SieveTest Compile(SieveArguments arguments)
    {
        var handle = arguments.TaggedText("handle");
        var header = arguments.TaggedText("header");
        var unique = arguments.TaggedText("uniqueid");
        if (header is not null && unique is not null) throw arguments.Wrong("\":header\" and \":uniqueid\" exclude each other");
        var period = arguments.TaggedNumber("seconds") is { } seconds
            ? TimeSpan.FromSeconds(Math.Min(seconds, Longest.TotalSeconds))
            : Usual;
        var extends = arguments.Flag("last");
        arguments.End();
        return run =>
        {
            var value = unique is not null ? unique.Get(run) : run.Header.Values(header?.Get(run) ?? "message-id").FirstOrDefault();
            if (string.IsNullOrEmpty(value)) return false;
            var text = $"duplicate\0{handle?.Get(run)}\0{(unique is null ? header?.Get(run) ?? "message-id" : "")}\0{value}";
            var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

            // A message that this very run has noted is not its own duplicate (section 3).
            var isDuplicate = run.Host.Remembers(key);
            if (!run.RemembersNow(key) && (!isDuplicate || extends)) run.Remember(new SieveMemory(key, period));
            return isDuplicate;
        };
    }
}
