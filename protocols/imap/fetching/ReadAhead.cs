using System.Runtime.CompilerServices;
using System.Threading.Channels;
using CompatBot.Core.Content;

namespace CompatBot.Protocols.Imap.Fetching;

/// <summary>
/// Reads and opens the next messages while earlier ones are being written, on another core where there is one: engines read on the
/// caller's thread. Messages come in batches, because to read several costs little more than to read one.
/// </summary>
public sealed class ReadAhead(MessageFetch fetch, ImapLimits limits)
{
    /// <summary>The rows in order, each with what was read of it; null where it cannot be read.</summary>
    public async IAsyncEnumerable<(int Row, MessageSource? Source)> ReadAsync(
        IReadOnlyList<int> rows, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (rows.Count == 1)
        {
            yield return (rows[0], (await PrepareAsync(rows, 0, 1, cancellation))[0]); // The commonest FETCH has nothing to read ahead.
            yield break;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var ready = Channel.CreateBounded<(int First, MessageSource?[] Sources)>(
            new BoundedChannelOptions(1) { SingleReader = true, SingleWriter = true });
        var filling = FillAsync(rows, ready.Writer, stop.Token);
        try
        {
            await foreach (var (first, sources) in ready.Reader.ReadAllAsync(cancellation))
            {
                for (var i = 0; i < sources.Length; i++) yield return (rows[first + i], sources[i]);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await filling;
        }
    }

    /// <summary>Never throws: what goes wrong comes out where the messages do.</summary>
    private async Task FillAsync(
        IReadOnlyList<int> rows, ChannelWriter<(int First, MessageSource?[] Sources)> ready, CancellationToken cancellation)
    {
        try
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            for (var first = 0; first < rows.Count;)
            {
                var count = BatchAt(rows, first);
                await ready.WriteAsync((first, await PrepareAsync(rows, first, count, cancellation)), cancellation);
                first += count;
            }

            ready.Complete();
        }
        catch (Exception error)
        {
            ready.Complete(error);
        }
    }

    private int BatchAt(IReadOnlyList<int> rows, int first)
    {
        var last = first;
        for (long bytes = 0; last < rows.Count && last - first < limits.ReadAheadMessagesMax; last++)
        {
            bytes += fetch.BytesOf(rows[last]);
            if (bytes > limits.ReadAheadBytesMax && last > first) break;
        }

        return last - first;
    }

    private async ValueTask<MessageSource?[]> PrepareAsync(IReadOnlyList<int> rows, int first, int count, CancellationToken cancellation)
    {
        var contents = new ContentReader?[count];
        for (var i = 0; i < count; i++) contents[i] = fetch.Read(rows[first + i]);
        await fetch.LoadAsync(contents, cancellation);
        var sources = new MessageSource?[count];
        for (var i = 0; i < count; i++)
        {
            try
            {
                sources[i] = await fetch.PrepareAsync(rows[first + i], contents[i], cancellation);
            }
            catch (ContentException)
            {
                sources[i] = null;
            }
        }

        return sources;
    }
}
