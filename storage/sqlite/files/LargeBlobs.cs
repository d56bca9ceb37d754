using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite.Reading;
using CompatBot.Storage.Sqlite.Writing;

namespace CompatBot.Storage.Sqlite.Files;

/// <summary>Writes the large blobs of a request to files before the request goes to the writer, many requests in parallel.</summary>
internal sealed class LargeBlobs(
    BlobFiles files, FileThreads threads, SqliteReaders readers, Reserve reserve, SqliteOptions options)
{
    public bool Any(IReadOnlyList<SealedBlob> blobs) => files.HasLarge(blobs);

    /// <summary>Writes those that the account does not have yet.</summary>
    /// <returns>The file of each blob (null: goes as a row), or null when there is no file; StoreFull; Unavailable.</returns>
    public Task<(long?[]? Files, Refusal Refusal)> WriteAsync(AccountId account, IReadOnlyList<SealedBlob> blobs) => WriteAsync(
        blobs,
        () => readers.ReadAsync(
            static (connection, state) => BlobQueries.Missing(connection, state.account, state.blobs, state.files),
            (account, blobs, files),
            CancellationToken.None));

    /// <summary>Writes all of them, whatever the account has under their names.</summary>
    /// <returns>As <see cref="WriteAsync(AccountId, IReadOnlyList{SealedBlob})"/>.</returns>
    public Task<(long?[]? Files, Refusal Refusal)> WriteAllAsync(IReadOnlyList<SealedBlob> blobs) =>
        WriteAsync(blobs, () => new(blobs.Select(files.IsLarge).ToArray()));

    /// <summary>
    /// Deletes the files of a refused request. After Unavailable they stay: a later start may find the rows that name them.
    /// </summary>
    public void AfterRefusal(long?[]? written, Refusal refusal)
    {
        if (refusal is Refusal.Conflict or Refusal.StoreFull)
        {
            files.Discard(written);
        }
    }
    private async Task<(long?[]? Files, Refusal Refusal)> WriteAsync(IReadOnlyList<SealedBlob> blobs, Func<ValueTask<bool[]>> wantedAsync)
    {
        if (reserve.IsLent)
        {
            return (null, Refusal.StoreFull); // What is free now is lent for deletes.
        }

        try
        {
            var wanted = await wantedAsync();
            return (await threads.RunAsync(() => files.Write(blobs, wanted)), Refusal.None);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            options.Report?.Invoke(new StoreTrouble("write a blob file", error.HResult, error.Message));
            return (null, DiskSpace.IsFull(error.HResult) ? Refusal.StoreFull : Refusal.Unavailable);
        }
        catch (ObjectDisposedException)
        {
            return (null, Refusal.Unavailable);
        }
    }
}
