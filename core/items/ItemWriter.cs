using CompatBot.Core.Content;
using CompatBot.Core.Store;

namespace CompatBot.Core.Items;

/// <summary>
/// Takes the octets of an item of any length, new ones and those of other items, and their SHA-256 on the way: except where so much is
/// shared that reading it again would take long; then the digest is not known.
/// </summary>
public sealed class ItemWriter : IDisposable
{
    /// <summary>Octets of other items that are read for the digest, together: a tenth of a second.</summary>
    public const int DigestSharedBytesMax = 32 << 20;

    private readonly Contents _contents;
    private readonly ContentWriter _content;
    private readonly ContentHash _hash = new(HashKind.Sha256);
    private long _shared;

    /// <summary>Writes a calendar object that the server made, whole.</summary>
    /// <returns>What can be put; or StoreFull, Unavailable.</returns>
    internal static async ValueTask<Outcome<NewItem>> CalendarObjectAsync(
        Contents contents, ReadOnlyMemory<byte> octets, ObjectFacts facts, CancellationToken cancellation)
    {
        using var writer = new ItemWriter(contents);
        if (await writer.WriteAsync(octets, cancellation) is var refusal and not Refusal.None) return refusal;
        var written = await writer.CompleteAsync("text/calendar; charset=utf-8", cancellation);
        return written.Declined ? written.Refusal : written.Value! with { Facts = facts };
    }

    internal ItemWriter(Contents contents) => (_contents, _content) = (contents, contents.Write());

    /// <summary>Octets so far.</summary>
    public long Length => _content.Length;

    /// <returns>None; StoreFull or Unavailable: give up then.</returns>
    public ValueTask<Refusal> WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellation)
    {
        if (octets.IsEmpty) return new(Refusal.None);
        _hash.Append(octets.Span);
        return _content.WriteAsync(octets, cancellation);
    }

    /// <summary>
    /// Goes on with a part of another item's octets, by reference where whole chunks are taken. The commit must demand, by its guard,
    /// that the other item is still what it was.
    /// </summary>
    /// <returns>As <see cref="WriteAsync"/>.</returns>
    /// <exception cref="ContentException">The other item can not be read.</exception>
    public async ValueTask<Refusal> ShareAsync(ItemRow other, long from, long to, CancellationToken cancellation)
    {
        var reader = _contents.Read(other.Content, other.Size);
        _shared += Math.Max(0, to - from);
        if (IsDigested) await _hash.AppendAsync(reader, from, to, cancellation);
        return await _content.ShareAsync(reader, from, to, cancellation);
    }

    private bool IsDigested => _shared <= DigestSharedBytesMax;

    /// <summary>Ends the octets, once.</summary>
    /// <param name="mediaType">Null: unknown.</param>
    /// <param name="cancellation">Of the last chunk's storing.</param>
    /// <returns>What can be put, with its digest where it is known; or StoreFull, Unavailable.</returns>
    public async ValueTask<Outcome<NewItem>> CompleteAsync(string? mediaType, CancellationToken cancellation)
    {
        var content = await _content.CompleteAsync(cancellation);
        return content.Declined ? content.Refusal : new NewItem(content.Value!, mediaType)
        {
            Digest = IsDigested ? _hash.Finish() : default(ReadOnlyMemory<byte>),
        };
    }

    public void Dispose()
    {
        _content.Dispose();
        _hash.Dispose();
    }
}
