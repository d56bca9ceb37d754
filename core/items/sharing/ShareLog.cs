using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Google.Protobuf;

namespace CompatBot.Core.Items.Sharing;

/// <summary>
/// One share as its members see it: a realm of one collection, which begins with the part that makes it, and goes on with those that
/// the owner's changes have for it, and with the members' own.
/// </summary>
/// <param name="key">Of the share.</param>
/// <param name="number">The entry that began it.</param>
/// <param name="before">The hash of the entry before that.</param>
internal sealed class ShareLog(AccountId account, RealmKey key, IStore store, ulong number, BlobName before)
    : ItemLog(account, new RealmKeys(key), store)
{
    /// <summary>The entry that began it.</summary>
    public ulong Number => number;

    public override Realm? Whole => null;

    protected override JournalHead Beginning => new(number - 1, before);

    internal override byte[] Seal(Change change, ItemState before, ItemState after, EntryStamp entry, BlobName previous) =>
        EntrySeal.Seal(null, Account, HeaderOf(key, entry, previous), [], [new NewPart(key, number, [], change.ToByteArray())]);

    internal override Change? Open(in JournalStep step)
    {
        if (step.Header.Realm != key.Realm || !step.Header.Flags.HasFlag(EntryFlags.HasParts)) return null;
        foreach (var part in EntrySeal.PartsOf(step.Bytes.Span))
        {
            if (part.Number != number) continue;
            var body = PartSeal.Open(key, Account, step.Bytes.Span, part) ?? throw NotOpened(step);
            var change = Change.Parser.ParseFrom(body);
            if (step.Header.Flags.HasFlag(EntryFlags.HasNoBody)) change.Share = number;
            return change;
        }

        return null;
    }
}
