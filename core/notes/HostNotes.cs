using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CompatBot.Core.Proof;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Notes;

/// <summary>What the host remembers for itself. Numbers are part of the stored format.</summary>
public enum HostNote : byte
{
    /// <summary>MTA-STS policies of other domains.</summary>
    StsPolicies = 1,

    /// <summary>How TLS went with other servers, for their reports.</summary>
    TlsReports = 2,

    /// <summary>What failed or passed DMARC, for the reports of its authors' domains.</summary>
    DmarcReports = 3,

    /// <summary>Who was asked to come again, and who did.</summary>
    Greylist = 4,
}

/// <summary>
/// Small notes of the host that outlive a restart: names of those it talks to are nobody else's business, so they are sealed under a
/// key of the host. Each is one blob of a reserved shelf, replaced as a whole; what a crash loses is what came since the last writing.
/// </summary>
public sealed class HostNotes(IStore store, HostKey host) : IDisposable
{
    /// <summary>Octets of one note.</summary>
    public const int BytesMax = IBlobStore.BlobBytesMax - HostSeal.Overhead;

    private static readonly AccountId Shelf = AccountId.FromBytes("compatbot notes "u8);
    private static readonly BlobHolders Holder = BlobHolder.Of(Realm.Settings);

    private readonly SecretBytes _key = host.DeriveKey(Shelf, KeyLabel.Notes);
    private readonly SemaphoreSlim _gate = new(1);

    /// <returns>The newest that opens; null when there is none.</returns>
    public async ValueTask<byte[]?> ReadAsync(HostNote note, CancellationToken cancellation)
    {
        foreach (var name in (await NamesAsync(note, cancellation)).OrderByDescending(VersionOf))
        {
            if (await store.Blobs.GetAsync(Shelf, name, cancellation) is { } stored && HostSeal.Open(_key, name, stored) is { } plain)
            {
                return plain;
            }
        }

        return null;
    }

    /// <summary>A note that is JSON.</summary>
    /// <returns>Null when there is none, or it is none any more that this program understands: then it is begun anew.</returns>
    public async ValueTask<T?> ReadAsync<T>(HostNote note, JsonTypeInfo<T> shape, CancellationToken cancellation)
        where T : class
    {
        try
        {
            return await ReadAsync(note, cancellation) is { } kept ? JsonSerializer.Deserialize(kept, shape) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Replaces a note by JSON.</summary>
    public ValueTask<Refusal> WriteAsync<T>(HostNote note, T value, JsonTypeInfo<T> shape, CancellationToken cancellation) =>
        WriteAsync(note, JsonSerializer.SerializeToUtf8Bytes(value, shape), cancellation);

    /// <summary>Replaces a note.</summary>
    /// <returns>None: it is durable. TooMany: longer than <see cref="BytesMax"/>. Else what the store says; the old one stays.</returns>
    public async ValueTask<Refusal> WriteAsync(HostNote note, ReadOnlyMemory<byte> plain, CancellationToken cancellation)
    {
        if (plain.Length > BytesMax) return Refusal.TooMany;
        await _gate.WaitAsync(cancellation);
        try
        {
            var older = await NamesAsync(note, cancellation);
            var name = NewName(note, older.Count == 0 ? 1 : older.Max(VersionOf) + 1);
            var refusal = await store.Blobs.PutAsync(Shelf, Holder, [HostSeal.Seal(_key, name, plain.Span)], cancellation);
            if (refusal == Refusal.None && older.Count > 0) await store.Blobs.DeleteAsync(Shelf, older, CancellationToken.None);
            return refusal;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose()
    {
        _key.Dispose();
        _gate.Dispose();
    }

    private async ValueTask<List<BlobName>> NamesAsync(HostNote note, CancellationToken cancellation)
    {
        List<BlobName> names = [];
        await foreach (var line in store.Blobs.ListAsync(Shelf, cancellation))
        {
            if (NoteOf(line.Name) == note) names.Add(line.Name);
        }

        return names;
    }

    private static BlobName NewName(HostNote note, ulong version)
    {
        Span<byte> name = stackalloc byte[BlobName.Length];
        RandomNumberGenerator.Fill(name);
        name[0] = (byte)note;
        BinaryPrimitives.WriteUInt64BigEndian(name[1..], version);
        return new(name);
    }

    private static HostNote NoteOf(BlobName name) => (HostNote)Octets(name)[0];

    private static ulong VersionOf(BlobName name) => BinaryPrimitives.ReadUInt64BigEndian(Octets(name).AsSpan(1));

    private static byte[] Octets(BlobName name)
    {
        var octets = new byte[BlobName.Length];
        name.WriteTo(octets);
        return octets;
    }
}
