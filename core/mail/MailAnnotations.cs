using System.Collections.Immutable;
using System.Text;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using Google.Protobuf;

namespace CompatBot.Core.Mail;

/// <summary>
/// What clients note about mailboxes, and about the account as a whole (RFC 5464): sealed like the mail. Nothing here knows what it means.
/// </summary>
public sealed class MailAnnotations(MailRealm realm, DeviceId device, bool readOnly)
{
    /// <summary>Longest value, in octets.</summary>
    public const int ValueBytesMax = 32 << 10;

    /// <summary>Longest name of an entry, in octets.</summary>
    public const int NameBytesMax = 1024;

    /// <summary>Entries of one mailbox, or of the account as a whole.</summary>
    public const int EntriesMax = 100;

    /// <summary>All names and values of an account together, in octets: the state holds them in memory.</summary>
    public const int TotalBytesMax = 1 << 20;

    public static readonly ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> None =
        ImmutableSortedDictionary.Create<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);

    /// <summary>Sets entries in one durable step.</summary>
    /// <param name="mailbox">Null: of the account as a whole.</param>
    /// <param name="changes">Names in lower case, and values; null takes an entry away.</param>
    /// <param name="cancellation">Of the caller.</param>
    /// <returns>True; or NotFound, Invalid (a name), TooLarge (a value), TooMany (entries), OverQuota (together), NotPermitted.</returns>
    public async ValueTask<Outcome<bool>> SetAsync(
        string? mailbox, IReadOnlyList<(string Entry, byte[]? Value)> changes, CancellationToken cancellation)
    {
        if (readOnly) return Refusal.NotPermitted;
        return await realm.CommitAsync(device, (state, _) => Change(state, mailbox, changes), [], cancellation);
    }

    /// <summary>Puts an entry into its place, or takes it out; of a mailbox that is a change too (RFC 7162 section 3.2).</summary>
    internal static MailState Apply(MailState state, AnnotationChanged changed, ulong sequence)
    {
        if (changed.Mailbox == 0) return state with { Annotations = With(state.Annotations, changed) };
        var mailbox = state.Find(new MailboxId(changed.Mailbox))
            ?? throw new JournalException("The journal annotates a mailbox that does not exist");
        var after = mailbox with { Annotations = With(mailbox.Annotations, changed), HighestModSeq = sequence };
        return state with { Mailboxes = state.Mailboxes.SetItem(mailbox.Id, after) };
    }

    internal static ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> FromSnapshot(IEnumerable<AnnotationChanged> entries) =>
        entries.Aggregate(None, With);

    internal static IEnumerable<AnnotationChanged> ToSnapshot(ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> entries) =>
        entries.Select(one => new AnnotationChanged { Entry = one.Key, Value = ByteString.CopyFrom(one.Value.Span) });

    private static ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> With(
        ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> entries, AnnotationChanged changed) =>
        changed.HasValue ? entries.SetItem(changed.Entry, changed.Value.ToByteArray()) : entries.Remove(changed.Entry);

    private static Proposal<bool> Change(MailState state, string? name, IReadOnlyList<(string Entry, byte[]? Value)> changes)
    {
        var mailbox = name is null ? null : state.Find(MailboxNames.Fold(name));
        if (name is not null && mailbox is null) return Refusal.NotFound;
        var entries = mailbox?.Annotations ?? state.Annotations;
        var change = new Change();
        foreach (var (entry, value) in changes)
        {
            if (Encoding.UTF8.GetByteCount(entry) > NameBytesMax) return Refusal.Invalid;
            if (value?.Length > ValueBytesMax) return Refusal.TooLarge;
            if (value is null && !entries.ContainsKey(entry)) continue;
            var changed = new AnnotationChanged { Mailbox = mailbox?.Id.Value ?? 0, Entry = entry };
            if (value is not null) changed.Value = ByteString.CopyFrom(value);
            change.Operations.Add(new Operation { AnnotationChanged = changed });
            entries = With(entries, changed);
        }

        if (change.Operations.Count == 0) return Proposal<bool>.Nothing(true);
        if (entries.Count > EntriesMax) return Refusal.TooMany;
        var before = Octets(state.Annotations) + state.Mailboxes.Values.Sum(one => Octets(one.Annotations));
        var more = Octets(entries) - Octets(mailbox?.Annotations ?? state.Annotations);
        return more > 0 && before + more > TotalBytesMax ? Refusal.OverQuota : Proposal<bool>.Commit(change, true);
    }

    private static long Octets(ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> entries) =>
        entries.Sum(one => (long)one.Key.Length + one.Value.Length);
}
