using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Drops;

/// <summary>
/// Takes what was dropped for the files realm into its folders while the account is open, one entry for each file. Whoever starts it
/// (an opening, an upload) waits while files are small; a large one follows behind.
/// </summary>
internal sealed class FileIntake(AccountId account, RealmKeys keys, IStore store, ItemRealm realm, IVaultLog? log)
{
    /// <summary>Octets that somebody waits for.</summary>
    private const long WaitedBytesMax = 16 << 20;

    private readonly DroppedFiles _files = new(account, keys, store, realm);
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _closing = new();
    private Task _work = Task.CompletedTask;
    private TaskCompletionSource _soon = new();
    private bool _asked;
    private bool _works;
    private bool _closed;
    private bool _swept;

    /// <summary>
    /// Called when something may wait. Ends when all of it is in, or was refused and goes on waiting; earlier where a large file is among
    /// it.
    /// </summary>
    public async ValueTask TakeInAsync(CancellationToken cancellation)
    {
        Task waited;
        lock (_lock)
        {
            if (_closed) return;
            _asked = true;
            if (!_works)
            {
                (_works, _soon) = (true, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
                _work = WorkAsync(_soon);
            }

            waited = _soon.Task;
        }

        await waited.WaitAsync(cancellation);
    }

    /// <summary>Stops; when it ends, nothing here uses the keys any more. What still waits is taken in at the next opening.</summary>
    public async ValueTask CloseAsync()
    {
        Task work;
        lock (_lock) (_closed, work) = (true, _work);
        await _closing.CancelAsync();
        await work;
    }

    /// <summary>The parts that waiting items name; null when one does not open: then its parts are not known.</summary>
    public async ValueTask<BlobMarks?> MarkAsync(CancellationToken cancellation)
    {
        var marks = new BlobMarks();
        await foreach (var (_, bytes) in store.Dropbox.ReadAsync(account, Realm.Files, realm.State.DropboxThrough, cancellation))
        {
            if (_files.Open(bytes) is not { } file) return null;
            foreach (var part in file.Parts) marks.Add(new BlobName(part.Span));
        }

        return marks;
    }

    private async Task WorkAsync(TaskCompletionSource soon)
    {
        // Whoever starts it holds the lock, and must not do the work.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            while (TakeTurn()) await RoundAsync(soon, _closing.Token);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // The account closes: what waits goes on waiting.
        }
        catch (Exception error)
        {
            lock (_lock) _works = false;
            log?.IntakeFailed(account, Refusal.Unavailable, error);
        }
        finally
        {
            soon.TrySetResult();
        }
    }

    private bool TakeTurn()
    {
        lock (_lock)
        {
            _works = _asked && !_closed;
            _asked = false;
            return _works;
        }
    }

    private async ValueTask RoundAsync(TaskCompletionSource soon, CancellationToken cancellation)
    {
        var (waited, after) = (0L, _swept ? realm.State.DropboxThrough : 0);
        while (await FirstAsync(after, cancellation) is var (number, bytes))
        {
            var file = _files.Open(bytes);
            var isWhole = file is not null;
            if (number > realm.State.DropboxThrough)
            {
                if (file is null && await DropEpochs.IsAheadAsync(store.Directory, account, keys, bytes, cancellation)) return;
                waited += (long)(file?.Size ?? 0);
                if (waited > WaitedBytesMax) soon.TrySetResult();
                var taken = await _files.TakeAsync(number, file, bytes, cancellation);
                if (taken.Declined)
                {
                    log?.IntakeFailed(account, taken.Refusal, null);
                    return;
                }

                isWhole = taken.Value;
            }

            // Parts of a file that did not open stay as long as anything deleted does: the collector's work.
            BlobName[] parts = isWhole ? [.. file!.Parts.Select(part => new BlobName(part.Span))] : [];
            var deleted = await store.Dropbox.DeleteAsync(account, Realm.Files, number, parts, CancellationToken.None);
            if (deleted != Refusal.None) return;
            after = number;
        }

        _swept = true;
    }

    private async ValueTask<(ulong Number, byte[] Bytes)?> FirstAsync(ulong after, CancellationToken cancellation)
    {
        await foreach (var item in store.Dropbox.ReadAsync(account, Realm.Files, after, cancellation)) return item;
        return null;
    }
}
