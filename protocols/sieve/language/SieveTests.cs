using System.Collections.Frozen;
using CompatBot.Protocols.Sieve.Language.Tests;

namespace CompatBot.Protocols.Sieve.Language;

/// <summary>A row of the table of tests.</summary>
/// <param name="Extension">What the script must require; null: nothing.</param>
internal sealed record SieveTestEntry(string? Extension, Func<SieveArguments, SieveTest> Compile);

/// <summary>Every test by its name.</summary>
internal static class SieveTests
{
    public static FrozenDictionary<string, SieveTestEntry> Table { get; } = new Dictionary<string, SieveTestEntry>(StringComparer.Ordinal)
    {
        ["address"] = new(null, AddressTest.Compile),
        ["allof"] = new(null, Logic.AllOf),
        ["anyof"] = new(null, Logic.AnyOf),
        ["body"] = new("body", BodyTest.Compile),
        ["currentdate"] = new("date", DateTest.CompileCurrent),
        ["date"] = new("date", DateTest.Compile),
        ["duplicate"] = new("duplicate", DuplicateTest.Compile),
        ["envelope"] = new("envelope", AddressTest.CompileEnvelope),
        ["environment"] = new("environment", EnvironmentTests.Environment),
        ["exists"] = new(null, HeaderTest.CompileExists),
        ["false"] = new(null, Logic.False),
        ["hasflag"] = new("imap4flags", FlagTest.Compile),
        ["header"] = new(null, HeaderTest.Compile),
        ["ihave"] = new("ihave", EnvironmentTests.Ihave),
        ["mailboxexists"] = new("mailbox", EnvironmentTests.MailboxExists),
        ["not"] = new(null, Logic.Not),
        ["notify_method_capability"] = new("enotify", EnvironmentTests.NotifyMethodCapability),
        ["size"] = new(null, HeaderTest.CompileSize),
        ["spamtest"] = new("spamtest", SpamTest.Compile),
        ["specialuse_exists"] = new("special-use", EnvironmentTests.SpecialUseExists),
        ["string"] = new("variables", Logic.String),
        ["true"] = new(null, Logic.True),
        ["valid_ext_list"] = new("extlists", EnvironmentTests.ValidExternalList),
        ["valid_notify_method"] = new("enotify", EnvironmentTests.ValidNotifyMethod),
        ["virustest"] = new("virustest", SpamTest.CompileVirus),
    }.ToFrozenDictionary(StringComparer.Ordinal);
}
