using CompatBot.Core.Vault;

namespace CompatBot.Core.Content;

/// <summary>Points to immutable content and opens it: kept only inside of sealed things.</summary>
/// <param name="Key">Key of the blob at the top.</param>
/// <param name="Depth">0: that blob is the content; n: it is a list of chunks, n levels above the content.</param>
public readonly record struct ContentRef(BlobKey Key, byte Depth);
