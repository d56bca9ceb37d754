namespace CompatBot.Storage.Sqlite.Files;

/// <summary>The few things that happen to files of blobs; tests put faults in between.</summary>
internal class BlobDisk
{
    /// <summary>Creates a file that is not there yet, and makes its bytes durable (its name only with FlushDirectory).</summary>
    public virtual void Write(string path, ReadOnlySpan<byte> bytes)
    {
        using var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        RandomAccess.Write(handle, bytes, 0);
        RandomAccess.FlushToDisk(handle);
        StorageMetrics.Fsyncs.Add();
    }

    public virtual void FlushDirectory(string path)
    {
        Durable.FlushFolder(path);
        StorageMetrics.Fsyncs.Add();
    }

    /// <summary>Deletes; a file that is gone already is no error.</summary>
    public virtual void Delete(string path) => File.Delete(path);
}
