namespace CompatBot.Core.Content;

/// <summary>
/// Takes content and stores nothing: for learning the references that it has, or would have, in this account. Content that was
/// written in an older epoch has that epoch's reference.
/// </summary>
public sealed class ContentMeasure : IDisposable
{
    private readonly ContentWriter[] _writers;

    internal ContentMeasure(IEnumerable<ContentWriter> writers) => _writers = [.. writers];

    /// <summary>Octets so far.</summary>
    public long Length => _writers[0].Length;

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellation)
    {
        foreach (var writer in _writers) await writer.WriteAsync(octets, cancellation);
    }

    /// <returns>One reference for each epoch, the newest first.</returns>
    public async ValueTask<IReadOnlyList<ContentRef>> CompleteAsync(CancellationToken cancellation)
    {
        var references = new List<ContentRef>(_writers.Length);
        foreach (var writer in _writers) references.Add((await writer.CompleteAsync(cancellation)).Value!.Content);
        return references;
    }

    public void Dispose()
    {
        foreach (var writer in _writers) writer.Dispose();
    }
}
