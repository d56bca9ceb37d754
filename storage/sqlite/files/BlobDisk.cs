namespace CompatBot.Storage.Sqlite.Files;

/// <summary>The few things that happen to files beside the database; tests put faults in between.</summary>
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

    /// <summary>Makes the reserve longer, with room on the disk for all of it.</summary>
    /// <returns>False when there is no such room; then it is as long as it was.</returns>
    public virtual bool TryGrowReserve(string path, long from, long length)
    {
        var ours = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            ours.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new FileStream(path, ours);
        if (DiskSpace.TryAllocate(file.SafeFileHandle, from, length))
        {
            return true;
        }

        file.SetLength(from); // Part of it may have been given.
        return false;
    }

    /// <summary>Makes the reserve shorter: the room is free when this returns.</summary>
    public virtual void CutReserve(string path, long length)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
        RandomAccess.SetLength(handle, length);
    }
}
