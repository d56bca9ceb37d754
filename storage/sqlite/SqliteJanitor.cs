using System.Threading.Channels;
using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite.Files;
using CompatBot.Storage.Sqlite.Native;
using CompatBot.Storage.Sqlite.Reading;
using CompatBot.Storage.Sqlite.Writing;

namespace CompatBot.Storage.Sqlite;

/// <summary>
/// Tidies beside the work: at the start what a crash left (files without rows), and whenever accounts were removed, their rows.
/// </summary>
internal sealed class SqliteJanitor(SqliteWriter writer, SqliteReaders readers, BlobFiles files, SqliteOptions options) : IAsyncDisposable
{
    private static readonly Query IsNamed = new("SELECT 1 FROM blob WHERE file = ?1");

    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly TaskCompletionSource _tidied = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _work = Task.CompletedTask;

    /// <summary>Done when everything that earlier processes left is cleared away.</summary>
    public Task Tidied => _tidied.Task;

    public void Start()
    {
        Wake(); // An earlier process may have left rows.
        _work = Task.Run(WorkAsync);
    }

    public void Wake() => _wake.Writer.TryWrite(true);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _work;
        _stopping.Dispose();
    }

    private async Task WorkAsync()
    {
        try
        {
            await SweepAsync();
            while (true)
            {
                await _wake.Reader.ReadAsync(_stopping.Token);
                while (await writer.WriteAsync(ShelfWipe.Slice, 0, WriteAim.Free, _stopping.Token) == Refusal.None)
                {
                    // Slice after slice; a refusal means that all is done, or that the disk is full: then the next start goes on.
                }

                _tidied.TrySetResult();
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The store is closing.
        }
        catch (Exception error)
        {
            // Tidying can wait for the next start; the store itself goes on.
            options.Report?.Invoke(new StoreTrouble("tidy", error.HResult, error.Message));
        }
    }

    private async Task SweepAsync()
    {
        foreach (var folder in files.Folders)
        {
            _stopping.Token.ThrowIfCancellationRequested();
            var old = files.OfEarlierStarts(folder);
            if (old.Count > 0)
            {
                files.Discard(await readers.ReadAsync(WithoutRow, old, _stopping.Token));
            }
        }
    }

    private static long?[] WithoutRow(SqliteConnection connection, List<long> files)
    {
        var named = connection[IsNamed];
        var orphans = new List<long?>();
        foreach (var file in files)
        {
            named.Bind(1, file);
            if (!named.Step())
            {
                orphans.Add(file);
            }

            named.Reset();
        }

        return [.. orphans];
    }
}
