using System.Runtime.CompilerServices;
using System.Threading.Channels;
using CompatBot.Core.Content;

namespace CompatBot.Protocols.Imap.Fetching;

/// <summary>
/// Reads and opens the next messages while earlier ones are being written, on another core where there is one: engines read on the
/// caller's thread.
/// </summary>
public sealed class ReadAhead(MessageFetch fetch, ImapLimits limits)
{
    /// <summary>The rows in order, each with what was read of it; null where it cannot be read.</summary>
    public async IAsyncEnumerable<(int Row, MessageSource? Source)> ReadAsync(
        IReadOnlyList<int> rows, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (rows.Count == 1)
        {
            yield return (rows[0], await PrepareAsync(rows[0], cancellation)); // The commonest FETCH has nothing to read ahead.
            yield break;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var ready = Channel.CreateBounded<(int Row, MessageSource? Source)>(
            new BoundedChannelOptions(limits.ReadAheadMessagesMax) { SingleReader = true, SingleWriter = true });
        var filling = FillAsync(rows, ready.Writer, stop.Token);
        try
        {
            await foreach (var message in ready.Reader.ReadAllAsync(cancellation)) yield return message;
        }
        finally
        {
            await stop.CancelAsync();
            await filling;
        }
    }

    /// <summary>Never throws: what goes wrong comes out where the messages do.</summary>
    private async Task FillAsync(
        IReadOnlyList<int> rows, ChannelWriter<(int Row, MessageSource? Source)> ready, CancellationToken cancellation)
    {
        try
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            foreach (var row in rows)
            {
                await ready.WriteAsync((row, await PrepareAsync(row, cancellation)), cancellation);
            }

            ready.Complete();
        }
        catch (Exception error)
        {
            ready.Complete(error);
        }
    }

    private async ValueTask<MessageSource?> PrepareAsync(int row, CancellationToken cancellation)
    {
        try
        {
            return await fetch.PrepareAsync(row, cancellation);
        }
        catch (ContentException)
        {
            return null;
        }
    }
}
