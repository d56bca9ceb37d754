using CompatBot.Core.Store;
using Google.Protobuf;

namespace CompatBot.Storage.Backup;

/// <summary>The directory, out of a store and into one.</summary>
internal static class DirectoryRows
{
    /// <summary>Accounts of one change: what one transaction of an engine should hold.</summary>
    private const int BatchAccounts = 500;

    /// <summary>Everything, without accounts that are not covered.</summary>
    public static async ValueTask<Proto.DirectoryImage> ReadAsync(
        IDirectory directory, HashSet<AccountId> covered, CancellationToken cancellation)
    {
        var rows = new Proto.DirectoryImage();
        await foreach (var listed in directory.AccountsAsync(cancellation))
        {
            if (!covered.Contains(listed.Id)) continue;
            if (await TogetherAsync(directory, listed, cancellation) is not var (account, devices)) continue;
            var addresses = await directory.AddressesAsync(account.Id, cancellation);
            var row = new Proto.Account
            {
                Id = ByteString.CopyFrom(account.Id.ToBytes()),
                Address = account.Address,
                Profile = ByteString.CopyFrom(account.Profile.Span),
                Aliases = { addresses.Where(address => address != account.Address) },
            };
            foreach (var device in devices)
            {
                row.Devices.Add(new Proto.Device
                {
                    Id = ByteString.CopyFrom(device.Id.ToBytes()),
                    Slot = ByteString.CopyFrom(device.Slot.Span),
                });
            }

            rows.Accounts.Add(row);
        }

        // After the accounts: whoever catches all of a domain, and is covered, is among them, or the domain has lost its catch-all.
        var there = rows.Accounts.Select(account => AccountId.FromBytes(account.Id.Span)).ToHashSet();
        await foreach (var domain in directory.DomainsAsync(cancellation))
        {
            var catchAll = domain.CatchAll is { } account && there.Contains(account) ? account.ToBytes() : [];
            rows.Domains.Add(new Proto.Domain { Name = domain.Name, CatchAll = ByteString.CopyFrom(catchAll) });
        }

        return rows;
    }

    /// <summary>
    /// An account and its devices as they belong together: a rotation of keys changes both in one step, and must not lie between.
    /// </summary>
    /// <returns>Null when the account is gone.</returns>
    private static async ValueTask<(AccountRecord Account, IReadOnlyList<DeviceRecord> Devices)?> TogetherAsync(
        IDirectory directory, AccountRecord account, CancellationToken cancellation)
    {
        while (true)
        {
            var devices = await directory.DevicesAsync(account.Id, cancellation);
            if (await directory.AccountAsync(account.Id, cancellation) is not { } again) return null;
            if (again.Profile.Span.SequenceEqual(account.Profile.Span)) return (again, devices);
            account = again;
        }
    }

    /// <summary>Into an empty directory.</summary>
    public static async ValueTask WriteAsync(IDirectory directory, Proto.DirectoryImage rows, CancellationToken cancellation)
    {
        DomainRecord[] domains = [.. rows.Domains.Select(row => new DomainRecord(row.Name, null))];
        await ApplyAsync(directory, new DirectoryChange { NewDomains = domains }, cancellation);
        foreach (var batch in rows.Accounts.Chunk(BatchAccounts))
        {
            var change = new DirectoryChange
            {
                NewAccounts = [.. batch.Select(row => new AccountRecord(IdOf(row), row.Address, row.Profile.Memory))],
                NewAddresses = [.. batch.SelectMany(row => row.Aliases.Select(alias => new AddressRecord(alias, IdOf(row))))],
                NewDevices = [.. batch.SelectMany(row => row.Devices.Select(
                    device => new DeviceRecord(IdOf(row), DeviceId.FromBytes(device.Id.Span), device.Slot.Memory)))],
            };
            await ApplyAsync(directory, change, cancellation);
        }

        var catching = rows.Domains.Where(row => !row.CatchAll.IsEmpty)
            .Select(row => new DomainRecord(row.Name, AccountId.FromBytes(row.CatchAll.Span)));
        await ApplyAsync(directory, new DirectoryChange { ChangedDomains = [.. catching] }, cancellation);
    }

    private static AccountId IdOf(Proto.Account row) => AccountId.FromBytes(row.Id.Span);

    private static async ValueTask ApplyAsync(IDirectory directory, DirectoryChange change, CancellationToken cancellation)
    {
        var refusal = await directory.ApplyAsync(change, cancellation);
        if (refusal != Refusal.None) throw new IOException($"the new store refused directory rows: {refusal}");
    }
}
