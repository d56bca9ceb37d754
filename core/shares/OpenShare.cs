using System.Security.Cryptography;
using CompatBot.Core.Content;
using CompatBot.Core.Items;
using CompatBot.Core.Shares.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Shares;

/// <summary>A link that somebody opened: what it shows, and nothing else of the account.</summary>
public sealed class OpenShare : IDisposable
{
    private readonly LinkCard _card;
    private readonly SecretBytes _key;
    private readonly Contents _contents;
    private readonly IDirectory _directory;

    internal OpenShare(AccountId account, DeviceId id, LinkCard card, SecretBytes key, Contents contents, IDirectory directory)
    {
        (Account, Id, _card, _key) = (account, id, card, key);
        (_contents, _directory) = (contents, directory);
    }

    public AccountId Account { get; }

    public DeviceId Id { get; }

    public string Name => _card.Name;

    public ShareKind Kind => (ShareKind)_card.Kind;

    /// <summary>Each download, or upload, is counted.</summary>
    public bool IsCounted => _card.UsesMax > 0;

    /// <summary>Of a link to a file; null: it is gone.</summary>
    public LinkedFile? File => _card.File;

    /// <summary>Of a link that takes uploads: where they go.</summary>
    public CollectionId Folder => new(_card.Collection);

    /// <summary>The key that opened the link: who has it need not say the password again.</summary>
    public byte[] KeyBytes() => _key.Span.ToArray();

    /// <summary>Of a link to a folder, calendar or address book: another for each other list; null: it is gone.</summary>
    public string? ListTag =>
        _card.Listing is { } listing ? Convert.ToHexStringLower(SHA256.HashData(listing.Content.Span).AsSpan(0, 12)) : null;

    /// <summary>Of a link to a folder, calendar or address book: all that is in it; null: it is gone.</summary>
    /// <exception cref="ContentException">It can not be read.</exception>
    public async ValueTask<LinkedFolder?> ListAsync(CancellationToken cancellation) => _card.Listing is { } listing
        ? LinkedFolder.Parser.ParseFrom((await Read(listing).ReadAllAsync(cancellation)).Span)
        : null;

    /// <summary>The octets of a file that the link shows.</summary>
    public ContentReader Read(LinkedFile file) => _contents.Read(ContentOf(file), (long)file.Size);

    /// <summary>Reads the beginning of several files in one step.</summary>
    public ValueTask LoadAsync(IReadOnlyList<ContentReader> files, CancellationToken cancellation) =>
        _contents.LoadAsync(files, cancellation);

    /// <summary>Counts a download or an upload, durably.</summary>
    /// <returns>None; NotFound: the link is used up, or was revoked meanwhile; StoreFull, Unavailable.</returns>
    public async ValueTask<Refusal> CountAsync(CancellationToken cancellation) => !IsCounted
        ? Refusal.None
        : await LinkRecords.ChangeAsync(
            _directory,
            Account,
            Id,
            _key,
            card => new(card.Uses < card.UsesMax && ++card.Uses > 0 ? Refusal.None : Refusal.NotFound),
            cancellation);

    public void Dispose() => _key.Dispose();

    internal static ContentRef ContentOf(LinkedFile file) => new(new BlobKey(file.Content.Span), (byte)file.Depth);
}
