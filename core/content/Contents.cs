using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using CompatBot.Core.Content.Envelopes;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Content;

/// <summary>
/// The content of one realm of an open account: writes streams into sealed, content-named blobs and reads them back. Realms that
/// write the same content share its blobs.
/// </summary>
public sealed class Contents(AccountId account, Realm realm, SecretBytes namingKey, IBlobStore blobs, TimeProvider time, uint epoch = 0)
{
    /// <summary>Octets that are held of content on its way where it goes to several places: about a chunk.</summary>
    public const int ChunkBytes = 1 << 20;

    /// <summary>
    /// How long content may lie between its first stored chunk and the commit that names it. Half of the garbage collector's
    /// <see cref="PutGrace"/>: what is refused here can never have been collected before.
    /// </summary>
    public static readonly TimeSpan CommitWithin = TimeSpan.FromHours(12);

    /// <summary>A blob that was put less than this ago is never garbage: its commit may be on its way.</summary>
    public static readonly TimeSpan PutGrace = TimeSpan.FromHours(24);

    private IReadOnlyList<Naming> _namings = [new(account, epoch, namingKey)];
    private IEnvelopeKeys? _envelopes;

    internal AccountId Account => account;

    /// <summary>Those of the account; null for who has no keys of its epochs.</summary>
    internal AccountEnvelopes? Envelopes => Volatile.Read(ref _envelopes) as AccountEnvelopes;

    internal TimeProvider Time => time;

    internal DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Whether a blob is there, not whether it opens.</summary>
    internal ValueTask<bool> ContainsAsync(BlobKey key, CancellationToken cancellation) =>
        blobs.ContainsAsync(account, BlobSeal.NameOf(key), cancellation);

    /// <summary>Whether content may still be committed now.</summary>
    internal bool IsFresh(StoredContent content) => IsFresh(content, Now);

    /// <summary>Whether content may still be committed.</summary>
    internal static bool IsFresh(StoredContent content, DateTimeOffset now) =>
        content.FirstPut is not { } put || now - put <= CommitWithin;

    /// <summary>Stores a sealed blob for this realm ahead of the commit that names it.</summary>
    internal ValueTask<Refusal> PutAsync(SealedBlob blob, CancellationToken cancellation) =>
        blobs.PutAsync(account, BlobHolder.Of(realm), [blob], cancellation);

    public ContentWriter Write() => new(this, Volatile.Read(ref _namings)[0], measures: false);

    /// <summary>Stores nothing: for learning the references that content has, or would have, in this account.</summary>
    public ContentMeasure Measure() => new(Volatile.Read(ref _namings).Select(naming => new ContentWriter(this, naming, measures: true)));

    public ContentReader Read(ContentRef content, long length) => new(this, content, length);

    /// <summary>
    /// Reads the first chunk of several contents in one step, which is cheaper than one after the other. Those that are long, and
    /// those that can not be had, are left for their own <see cref="ContentReader.ReadAsync"/>.
    /// </summary>
    public async ValueTask LoadAsync(IReadOnlyList<ContentReader> readers, CancellationToken cancellation)
    {
        var flat = readers.Where(reader => reader.Content.Depth == 0).ToArray();
        var secrets = Array.ConvertAll(flat, reader => BlobSeal.Derive(reader.Content.Key));
        byte[]?[] stored;
        try
        {
            stored = await blobs.GetAsync(account, Array.ConvertAll(secrets, secret => secret.Name), cancellation);
        }
        catch (IOException)
        {
            return; // One bad sector is no reason to withhold the others.
        }

        for (var i = 0; i < flat.Length; i++)
        {
            if (stored[i] is { } bytes && await OpenAsync(secrets[i], bytes, cancellation) is { } opened) flat[i].Loaded(opened);
        }
    }

    /// <summary>Names what is written from now on by the first of these, the newest epoch. The keys from before must live on.</summary>
    internal void Adopt(IReadOnlyList<EpochKeys> epochs)
    {
        Volatile.Write(ref _envelopes, new AccountEnvelopes(account, epochs));
        Volatile.Write(ref _namings, [.. epochs.Select(keys => new Naming(account, keys.Epoch, keys.Naming))]);
    }

    /// <summary>Lets what is in envelopes be read by somebody who has keys of some of them.</summary>
    internal void Adopt(IEnvelopeKeys envelopes) => Volatile.Write(ref _envelopes, envelopes);

    /// <summary>The names of all blobs of a content, lists of chunks before what they list.</summary>
    /// <exception cref="ContentException">A list of chunks can not be had: what it lists is not known.</exception>
    internal async IAsyncEnumerable<BlobName> NamesAsync(ContentRef content, [EnumeratorCancellation] CancellationToken cancellation)
    {
        yield return BlobSeal.NameOf(content.Key);
        if (content.Depth == 0) yield break;
        foreach (var (item, _) in await ListAsync(content.Key, cancellation))
        {
            await foreach (var name in NamesAsync(new ContentRef(item, (byte)(content.Depth - 1)), cancellation)) yield return name;
        }
    }

    /// <summary>The chunks, or lists, that a list of chunks has, each with the octets below it.</summary>
    /// <exception cref="ContentException">It can not be had.</exception>
    internal async ValueTask<(BlobKey Key, long Length)[]> ListAsync(BlobKey key, CancellationToken cancellation) =>
        ChunkList.Decode((await OpenAsync(key, cancellation)).Span) ?? throw new ContentException("A chunk list is unreadable");

    /// <summary>The opened blob. Throws <see cref="ContentException"/> when it is missing or does not verify.</summary>
    internal async ValueTask<ReadOnlyMemory<byte>> OpenAsync(BlobKey key, CancellationToken cancellation)
    {
        var secret = BlobSeal.Derive(key);
        byte[]? stored;
        try
        {
            stored = await blobs.GetAsync(account, secret.Name, cancellation);
        }
        catch (IOException error)
        {
            throw new ContentException("A blob can not be read", error);
        }

        if (stored is null) throw new ContentException("A blob is missing");
        return await OpenAsync(secret, stored, cancellation) ?? throw new ContentException("A blob does not verify");
    }

    /// <summary>The same, into room for a blob that the caller lends.</summary>
    internal async ValueTask<ReadOnlyMemory<byte>> OpenAsync(BlobKey key, Memory<byte> room, CancellationToken cancellation)
    {
        var secret = BlobSeal.Derive(key);
        int bytes;
        try
        {
            bytes = await blobs.ReadAsync(account, secret.Name, room, cancellation);
        }
        catch (IOException error)
        {
            throw new ContentException("A blob can not be read", error);
        }

        if (bytes < 0) throw new ContentException("A blob is missing");
        return await OpenAsync(secret, room[..bytes], cancellation) ?? throw new ContentException("A blob does not verify");
    }

    /// <summary>Opens a blob where it lies, with the envelope around it if it has one.</summary>
    private ValueTask<ReadOnlyMemory<byte>?> OpenAsync(in BlobSecret secret, Memory<byte> stored, CancellationToken cancellation)
    {
        var epoch = BlobEnvelope.EpochOf(stored.Span);
        return epoch == 0
            ? new(BlobSeal.OpenInPlace(account, secret, stored))
            : OpenEnvelopeAsync(epoch, secret, stored, cancellation);
    }

    private async ValueTask<ReadOnlyMemory<byte>?> OpenEnvelopeAsync(
        uint epoch, BlobSecret secret, Memory<byte> stored, CancellationToken cancellation)
    {
        if (Volatile.Read(ref _envelopes) is not { } envelopes) return null;
        if (await envelopes.FindAsync(secret.Name, epoch, cancellation) is not { } key) return null;
        var blob = BlobEnvelope.OpenInPlace(account, secret.Name, key, stored);
        CryptographicOperations.ZeroMemory(key);
        return blob is { } opened ? BlobSeal.OpenInPlace(account, secret, opened) : null;
    }
}

/// <summary>Stored content can not be read: missing, damaged, or the disk refused. Nothing was changed.</summary>
public sealed class ContentException(string message, Exception? cause = null) : IOException(message, cause);
