using System.Globalization;
using System.Text;
using CompatBot.Core.Items;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Google.Protobuf;

namespace CompatBot.Core.Drops;

/// <summary>Opens what was dropped for the files realm, and makes items of it.</summary>
internal sealed class DroppedFiles(AccountId account, RealmKeys keys, IStore store, ItemRealm realm)
{
    /// <summary>Most parts of one file: more of them can not be honest.</summary>
    private const int PartsMax = (int)(FileDrops.FileBytesMax / DropParts.PartBytesMax);

    /// <returns>Null when it does not open, or is no file inside: whoever can write to the store can drop anything.</returns>
    public DroppedFile? Open(ReadOnlySpan<byte> dropped)
    {
        if (DropSeal.Open(keys, account, dropped) is not { } plain) return null;
        try
        {
            var file = DroppedFile.Parser.ParseFrom(plain);
            var isHonest = file.Parts.Count <= PartsMax && file.Parts.All(part => part.Length == BlobName.Length)
                && (file.Parts.Count == 0 || file.PartKey.Length == Sodium.KeyBytes) && ItemNames.IsValid(file.Name);
            return isHonest ? file : null;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    /// <summary>Puts the file into its folder, under a free name.</summary>
    /// <returns>Whether it is the file: a part of it may be damaged, then it is the sealed bytes. Or as a put says.</returns>
    public async ValueTask<Outcome<bool>> TakeAsync(ulong number, DroppedFile? file, byte[] dropped, CancellationToken cancellation)
    {
        if (file is not null)
        {
            using var writer = new ItemWriter(realm.Contents);
            var copied = await CopyAsync(file, writer, cancellation);
            if (copied.Declined) return copied.Refusal;
            if (copied.Value)
            {
                var item = await writer.CompleteAsync(file.MediaType.Length == 0 ? null : file.MediaType, cancellation);
                if (item.Declined) return item.Refusal;
                var folder = new CollectionId(file.Collection);
                return await PutAsync(number, folder, file.Name, item.Value! with { Modified = file.Arrived }, true, cancellation);
            }
        }

        // What does not open is never thrown away: it reaches the owner as it is.
        using var damaged = new ItemWriter(realm.Contents);
        if (await damaged.WriteAsync(dropped, cancellation) is var refusal and not Refusal.None) return refusal;
        var kept = await damaged.CompleteAsync(null, cancellation);
        if (kept.Declined) return kept.Refusal;
        var name = string.Create(CultureInfo.InvariantCulture, $"An upload that could not be opened ({number})");
        return await PutAsync(number, CollectionId.Root, name, kept.Value!, false, cancellation);
    }

    /// <summary>The name, or with a number before its ending if something has it, that nothing in a collection has.</summary>
    internal static string FreeName(CollectionState collection, string name)
    {
        var dot = name.LastIndexOf('.');
        var (stem, ending) = dot > 0 && name.Length - dot <= 16 ? (name[..dot], name[dot..]) : (name, "");
        var free = name;
        for (var i = 2; collection.Items.Find(free) is not null || collection.Children.ContainsKey(free); i++)
        {
            var suffix = string.Create(CultureInfo.InvariantCulture, $" ({i}){ending}");
            var room = ItemNames.NameBytesMax - Encoding.UTF8.GetByteCount(suffix);
            while (Encoding.UTF8.GetByteCount(stem) > room) stem = stem[..^(char.IsLowSurrogate(stem[^1]) ? 2 : 1)];
            free = stem + suffix;
        }

        return free;
    }

    /// <returns>False: a part is missing or does not open; or StoreFull, Unavailable.</returns>
    private async ValueTask<Outcome<bool>> CopyAsync(DroppedFile file, ItemWriter writer, CancellationToken cancellation)
    {
        if (await writer.WriteAsync(file.Content.Memory, cancellation) is var first and not Refusal.None) return first;
        using var partKey = file.Parts.Count == 0 ? null : SecretBytes.Copy(file.PartKey.Span);
        for (var i = 0; i < file.Parts.Count; i++)
        {
            if (await store.Blobs.GetAsync(account, new BlobName(file.Parts[i].Span), cancellation) is not { } part) return false;
            if (DropParts.OpenPart(partKey!, account, (uint)i, i == file.Parts.Count - 1, part) is not { } octets) return false;
            if (await writer.WriteAsync(octets, cancellation) is var refusal and not Refusal.None) return refusal;
        }

        return writer.Length == (long)file.Size;
    }

    private async ValueTask<Outcome<bool>> PutAsync(
        ulong number, CollectionId folder, string name, NewItem item, bool isWhole, CancellationToken cancellation)
    {
        await realm.LoadAsync(folder, cancellation);
        await realm.LoadAsync(CollectionId.Root, cancellation);
        var put = await realm.CommitAsync(null, Build(number, folder, name, item), item.Content.Blobs, cancellation);
        return put.Declined ? put.Refusal : isWhole;
    }

    private static Func<ItemState, DateTimeOffset, Proposal<bool>> Build(
        ulong number, CollectionId folder, string name, NewItem item) => (state, now) =>
    {
        if (state.DropboxThrough >= number) return Proposal<bool>.Nothing(false); // Another writer of the account took it in.
        var isThere = state.Find(folder)?.Table is not null && state.IsThere(folder);
        var parent = state.Collections[isThere && Fits(state, folder) ? folder : CollectionId.Root];
        var place = new ItemPlace(parent.Id, FreeName(parent, name));
        var row = ItemChanges.Row(place, item, null, state.NextId, JournalClock.MicrosecondsOf(now));
        var change = new Change { Operations = { ItemChanges.Putting(parent.Id, row, null) } };
        change.Operations.Add(new Operation { DropboxTaken = new DropboxTaken { Through = number } });
        return Proposal<bool>.Commit(change, true);
    };

    private static bool Fits(ItemState state, CollectionId folder) => folder != CollectionId.Uploads
        && !ItemUploads.Holds(state, folder) && state.Collections[folder].Count < ItemNames.MembersMax;
}
