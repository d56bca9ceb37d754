using CompatBot.Core.Store;
using CompatBot.Storage.Backup.Proto;

namespace CompatBot.Storage.Backup;

/// <summary>What a manifest says is in one pack, less what was found in it.</summary>
internal sealed class PackPromise
{
    private readonly Dictionary<AccountId, List<Entries>> _entries = [];
    private readonly HashSet<(AccountId Account, BlobName Name)> _blobs = [];
    private readonly HashSet<(AccountId Account, byte Realm, ulong Number)> _items = [];

    public PackPromise(Manifest manifest, uint pack)
    {
        foreach (var part in manifest.Accounts)
        {
            var account = AccountId.FromBytes(part.Account.Span);
            var entries = part.Entries.Where(range => range.Pack == pack).Select(range => range.Clone()).ToList();
            if (entries.Count > 0) _entries.Add(account, entries);
            foreach (var blobs in part.Added.Where(group => group.Pack == pack))
            {
                foreach (var name in BackupState.Names(blobs.Names)) _blobs.Add((account, name));
            }

            foreach (var dropbox in part.Dropboxes)
            {
                foreach (var number in dropbox.Stored.Where(items => items.Pack == pack).SelectMany(items => items.Numbers))
                {
                    _items.Add((account, (byte)dropbox.Realm, number));
                }
            }
        }
    }

    public bool IsEmpty => _entries.Count == 0 && _blobs.Count == 0 && _items.Count == 0;

    /// <returns>False when the record was not promised.</returns>
    public bool Take(in PackRecord record) => record.Kind switch
    {
        RecordKind.Blob => _blobs.Remove((record.Account, record.Name)),
        RecordKind.Item => _items.Remove((record.Account, record.Realm, record.Number)),
        _ => TakeEntry(record.Account, record.Number),
    };

    /// <summary>What is still to be found, account by account.</summary>
    public string Describe(Func<AccountId, string> addressOf)
    {
        var accounts = _entries.Keys.Concat(_blobs.Select(blob => blob.Account)).Concat(_items.Select(item => item.Account)).Distinct();
        var lines = accounts.Select(account =>
        {
            var parts = new List<string>();
            foreach (var range in _entries.GetValueOrDefault(account) ?? []) parts.Add($"entries {range.First} to {range.Last}");
            if (_blobs.Count(blob => blob.Account == account) is > 0 and var blobs) parts.Add($"{blobs} blobs");
            if (_items.Count(item => item.Account == account) is > 0 and var items) parts.Add($"{items} waiting items");
            return $"of {addressOf(account)}: {string.Join(", ", parts)}";
        });
        return IsEmpty ? "nothing" : string.Join("; ", lines);
    }

    private bool TakeEntry(AccountId account, ulong number)
    {
        if (!_entries.TryGetValue(account, out var ranges) || ranges[0].First != number) return false;
        if (ranges[0].First++ == ranges[0].Last) ranges.RemoveAt(0);
        if (ranges.Count == 0) _entries.Remove(account);
        return true;
    }
}
