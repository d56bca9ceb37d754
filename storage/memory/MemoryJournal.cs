using CompatBot.Core.Store;

namespace CompatBot.Storage.Memory;

internal sealed class MemoryJournal(MemoryShelves shelves) : IJournalStore
{
    public ValueTask<Refusal> AppendAsync(JournalAppend append, CancellationToken cancellation)
    {
        StoreArguments.Check(append);
        return shelves.WriteAsync(all =>
        {
            var shelf = all.Of(append.Account);
            if (shelf.Head != append.Entry.Sequence - 1)
            {
                return Refusal.Conflict;
            }

            shelf.Journal.Add(append.Entry with { Bytes = append.Entry.Bytes.ToArray() });
            if (append.UsageBytes is { } bytes)
            {
                shelf.Usage[append.Realm] = bytes;
            }

            shelf.Put(BlobHolder.Of(append.Realm), all.Hour, append.Blobs);
            return Refusal.None;
        }, cancellation);
    }

    public IAsyncEnumerable<StoredEntry> ReadAsync(AccountId account, ulong after, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return shelves.Read(account, shelf => shelf is null || after >= shelf.Head
            ? []
            : shelf.Journal.GetRange((int)after, shelf.Journal.Count - (int)after)).ToAsyncEnumerable();
    }

    public ValueTask<ulong> HeadAsync(AccountId account, CancellationToken cancellation) =>
        shelves.ReadAsync(account, shelf => shelf?.Head ?? 0, cancellation);
}
