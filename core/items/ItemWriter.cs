using System.Security.Cryptography;
using CompatBot.Core.Content;
using CompatBot.Core.Store;

namespace CompatBot.Core.Items;

/// <summary>Takes the octets of an item of any length, and their SHA-256 on the way.</summary>
public sealed class ItemWriter : IDisposable
{
    private readonly ContentWriter _content;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    internal ItemWriter(Contents contents) => _content = contents.Write();

    /// <summary>Octets so far.</summary>
    public long Length => _content.Length;

    /// <returns>None; StoreFull or Unavailable: give up then.</returns>
    public ValueTask<Refusal> WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellation)
    {
        if (octets.IsEmpty) return new(Refusal.None);
        _hash.AppendData(octets.Span);
        return _content.WriteAsync(octets, cancellation);
    }

    /// <summary>Ends the octets, once.</summary>
    /// <param name="mediaType">Null: unknown.</param>
    /// <param name="cancellation">Of the last chunk's storing.</param>
    /// <returns>What can be put, with its digest; or StoreFull, Unavailable.</returns>
    public async ValueTask<Outcome<NewItem>> CompleteAsync(string? mediaType, CancellationToken cancellation)
    {
        var content = await _content.CompleteAsync(cancellation);
        return content.Declined ? content.Refusal : new NewItem(content.Value!, mediaType) { Digest = _hash.GetHashAndReset() };
    }

    public void Dispose()
    {
        _content.Dispose();
        _hash.Dispose();
    }
}
