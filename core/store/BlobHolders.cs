namespace CompatBot.Core.Store;

/// <summary>
/// Who holds a blob: the realms whose state or history may name it, and the dropboxes whose waiting items do. A blob that nobody
/// holds is gone. The bits are part of the stored format (storage/FORMAT.md): bit r for realm r, bit 8 + r for its dropbox.
/// </summary>
[Flags]
public enum BlobHolders : ushort
{
    None = 0,
    Mail = 1 << Realm.Mail,
    Calendar = 1 << Realm.Calendar,
    Contacts = 1 << Realm.Contacts,
    Files = 1 << Realm.Files,
    Settings = 1 << Realm.Settings,
}

/// <summary>The bit of one holder.</summary>
public static class BlobHolder
{
    private const int DropShift = 8;

    public static BlobHolders Of(Realm realm) => (BlobHolders)(1 << (int)realm);

    /// <summary>Whether realms alone hold it: then it is a part of content, sealed under a key that was made from that.</summary>
    public static bool IsContent(BlobHolders holders) => holders != BlobHolders.None && (ushort)holders >> DropShift == 0;

    /// <summary>The realm's dropbox: the parts of items that wait, or are on their way there.</summary>
    public static BlobHolders DropOf(Realm realm) => (BlobHolders)(1 << (DropShift + (int)realm));
}

/// <summary>One blob in a list.</summary>
/// <param name="Bytes">Sealed.</param>
/// <param name="PutAt">When it was last put, rounded down to the hour.</param>
/// <param name="Epoch">As <see cref="SealedBlob.Epoch"/> was when its bytes were put.</param>
public readonly record struct BlobLine(BlobName Name, long Bytes, BlobHolders Holders, DateTimeOffset PutAt, uint Epoch)
{
    public void Deconstruct(out BlobName name, out long bytes) => (name, bytes) = (Name, Bytes);
}

/// <summary>What a release deleted: blobs that nobody holds any more.</summary>
/// <param name="Bytes">Sealed.</param>
public readonly record struct ReleasedBlobs(long Blobs, long Bytes);
