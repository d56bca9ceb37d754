using System.Text.Json.Serialization;
using CompatBot.Core.Proof;
using CompatBot.Gateway.Admin.Verbs;
using CompatBot.Gateway.Moving;
using CompatBot.Storage.Backup;

namespace CompatBot.Gateway.Admin;

/// <summary>What went wrong, for programs.</summary>
/// <param name="Error">A member of ExitCode.</param>
/// <param name="Message">For people.</param>
internal sealed record ErrorReport(string Error, string Message);

internal sealed record DomainReport(string Domain, string? CatchAll);

internal sealed record AccountLine(string Address, string Id);

/// <param name="IdentityKey">Ed25519, hex.</param>
/// <param name="Entries">Journal entries.</param>
internal sealed record AccountReport(
    string Address,
    string Id,
    string? IdentityKey,
    IReadOnlyList<string> Aliases,
    int Devices,
    ulong Entries,
    long WaitingMessages,
    long WaitingBytes)
{
    /// <summary>How much of the content is sealed in the newest key epoch; absent before the first rotation.</summary>
    public SealedContent? Content { get; init; }
}

/// <param name="Epoch">The newest.</param>
/// <param name="Sealed">Blobs that no key of an older epoch opens.</param>
internal sealed record SealedContent(uint Epoch, long Blobs, long Bytes, long Sealed, long SealedBytes);

/// <param name="Sealed">Blobs that no key of an older epoch opens.</param>
/// <param name="Resealed">By this run.</param>
/// <param name="Waiting">For a device that may open their realm.</param>
/// <param name="Left">That could not be sealed again.</param>
internal sealed record ResealedAccount(
    string Address, uint Epoch, long Blobs, long Bytes, long Sealed, long SealedBytes, long Resealed, long Waiting, long Left);

internal sealed record AliasReport(string Address, IReadOnlyList<string> Aliases);

/// <summary>Label, scopes and dates are sealed: absent without the account's keys.</summary>
internal sealed record DeviceReport(string Id, string? Label, IReadOnlyList<string>? Scopes, DateTimeOffset? Created, bool? Passphrase);

/// <summary>An account in a list for `account add --from`.</summary>
internal sealed record ListedAccount(string? Address, IReadOnlyList<string>? Aliases, IReadOnlyList<ListedDevice>? Devices);

/// <param name="Password">26 base32 characters; drawn when absent.</param>
internal sealed record ListedDevice(string? Label, string? Password, IReadOnlyList<string>? Scopes);

/// <summary>What is wrong at one place of the store.</summary>
internal sealed record Flaw(string Account, string What);

/// <param name="OpenedEntries">Entries that the keys at hand opened.</param>
/// <param name="OpenedBlobs">Blobs of messages, deleted ones too, that the keys at hand opened.</param>
/// <param name="Waiting">Items in the dropboxes.</param>
internal sealed record AccountCheck(
    string Address, ulong Entries, ulong OpenedEntries, long Blobs, long BlobBytes, long OpenedBlobs, long Waiting);

internal sealed record StoreCheck(bool Sound, IReadOnlyList<AccountCheck> Accounts, IReadOnlyList<Flaw> Flaws);

/// <param name="Mailboxes">Absent without the account's keys.</param>
internal sealed record AccountStat(
    string Address,
    ulong Entries,
    long Blobs,
    long BlobBytes,
    long WaitingMessages,
    long WaitingBytes,
    IReadOnlyList<MailboxStat>? Mailboxes);

/// <param name="Digest">Equal digests: a client sees the same messages, UIDs, flags and MODSEQs.</param>
internal sealed record MailboxStat(
    string Name, uint UidValidity, uint UidNext, ulong HighestModSeq, int Messages, int Unseen, ulong Bytes, string Digest);

internal sealed record DropCachesReport(int Accounts);

/// <param name="Quarantined">Files with the sealed bytes of damaged blobs, exactly as they were.</param>
/// <param name="Replaced">Blobs that came back from the backup, and open.</param>
/// <param name="Flaws">What is still wrong.</param>
internal sealed record RepairReport(
    string Address, int Damaged, IReadOnlyList<string> Quarantined, int Replaced, IReadOnlyList<string> Flaws);

/// <param name="KeyFile">Where the key is that opens the backup.</param>
/// <param name="KeyMade">This run made it: it must be kept elsewhere too.</param>
internal sealed record BackupDone(BackupReport Run, string KeyFile, bool KeyMade);

/// <param name="Read">Entries at the journals' ends that were read.</param>
/// <param name="NewestEntry">When the newest of them was written.</param>
internal sealed record GlanceReport(
    long Accounts, long Read, DateTimeOffset? NewestEntry, IReadOnlyList<string> Domains, IReadOnlyList<Flaw> Flaws);

/// <param name="Level">Ok, Warning or Problem.</param>
internal sealed record FindingReport(string Check, string Level, string Text, string? Advice);

internal sealed record DoctorReport(bool Healthy, IReadOnlyList<FindingReport> Findings);

/// <param name="Sequence">Of the newest entry that was signed.</param>
internal sealed record HeadLine(
    string Address, string Place, HeadStanding Standing, ulong? Sequence, HeadSigner? Signer, DateTimeOffset? Signed);

/// <param name="HostKey">The host's public key, in hex.</param>
internal sealed record HeadsReport(string HostKey, IReadOnlyList<HeadLine> Heads);

/// <param name="Devices">How many get the new epoch's keys at their next login.</param>
/// <param name="Certified">The words certified the epoch's head key.</param>
internal sealed record RotationReport(string Address, uint Epoch, int Devices, IReadOnlyList<string> Revoked, bool Certified);

internal sealed record PassphraseReport(string Address, string Device);

/// <summary>An account's other words, shown here and never again.</summary>
internal sealed record NewWordsReport(string Address, string Words);

/// <summary>A device that was just made; its password is shown here and never again.</summary>
internal sealed record MadeDevice(string Id, string Label, IReadOnlyList<string> Scopes, string Password);

/// <summary>An account that was just made, with its words, shown here and never again.</summary>
internal sealed record MadeAccount(
    string Address, string Id, string Words, IReadOnlyList<string> Aliases, IReadOnlyList<MadeDevice> Devices);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(SieveCheck))]
[JsonSerializable(typeof(IReadOnlyList<SieveTrialReport>))]
[JsonSerializable(typeof(VerbCall))]
[JsonSerializable(typeof(VerbAnswer))]
[JsonSerializable(typeof(ErrorReport))]
[JsonSerializable(typeof(StartReport))]
[JsonSerializable(typeof(AccountLine))]
[JsonSerializable(typeof(AccountReport))]
[JsonSerializable(typeof(AliasReport))]
[JsonSerializable(typeof(QuotaReport))]
[JsonSerializable(typeof(UndoReport))]
[JsonSerializable(typeof(ShareReport))]
[JsonSerializable(typeof(IReadOnlyList<ShareReport>))]
[JsonSerializable(typeof(SentCopyReport))]
[JsonSerializable(typeof(BirthdaysReport))]
[JsonSerializable(typeof(ListedReport))]
[JsonSerializable(typeof(CapabilitiesReport))]
[JsonSerializable(typeof(AttendedReport))]
[JsonSerializable(typeof(EscrowReport))]
[JsonSerializable(typeof(EscrowedReport))]
[JsonSerializable(typeof(IReadOnlyList<CompatBot.Protocols.Smtp.Reports.ReceivedReport>))]
[JsonSerializable(typeof(DomainReport))]
[JsonSerializable(typeof(DeviceReport))]
[JsonSerializable(typeof(IReadOnlyList<DeviceReport>))]
[JsonSerializable(typeof(IReadOnlyList<ListedAccount>))]
[JsonSerializable(typeof(IReadOnlyList<MadeAccount>))]
[JsonSerializable(typeof(MadeDevice))]
[JsonSerializable(typeof(IReadOnlyList<CalendarReport>))]
[JsonSerializable(typeof(StoreCheck))]
[JsonSerializable(typeof(IReadOnlyList<AccountStat>))]
[JsonSerializable(typeof(DropCachesReport))]
[JsonSerializable(typeof(ExportReport))]
[JsonSerializable(typeof(ImportReport))]
[JsonSerializable(typeof(BackupDone))]
[JsonSerializable(typeof(RepairReport))]
[JsonSerializable(typeof(BackupCheck))]
[JsonSerializable(typeof(RestoreReport))]
[JsonSerializable(typeof(IReadOnlyList<BackupRunLine>))]
[JsonSerializable(typeof(IReadOnlyList<HistoryLine>))]
[JsonSerializable(typeof(PastReport))]
[JsonSerializable(typeof(UndeleteReport))]
[JsonSerializable(typeof(IReadOnlyList<GoneReport>))]
[JsonSerializable(typeof(RestoredReport))]
[JsonSerializable(typeof(HorizonReport))]
[JsonSerializable(typeof(GarbageReport))]
[JsonSerializable(typeof(GlanceReport))]
[JsonSerializable(typeof(DoctorReport))]
[JsonSerializable(typeof(HeadsReport))]
[JsonSerializable(typeof(RotationReport))]
[JsonSerializable(typeof(ResealedAccount))]
[JsonSerializable(typeof(PassphraseReport))]
[JsonSerializable(typeof(NewWordsReport))]
[JsonSerializable(typeof(IReadOnlyList<AuditedAccount>))]
[JsonSerializable(typeof(IReadOnlyList<DomainReport>))]
[JsonSerializable(typeof(IReadOnlyList<QueueReport>))]
[JsonSerializable(typeof(IReadOnlyList<DnsRecord>))]
[JsonSerializable(typeof(IReadOnlyList<PublishedRecord>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(QueueReport))]
[JsonSerializable(typeof(QueueChange))]
[JsonSerializable(typeof(IReadOnlyList<AccountLine>))]
internal sealed partial class AdminJson : JsonSerializerContext;
