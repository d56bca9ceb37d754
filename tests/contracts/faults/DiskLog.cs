namespace CompatBot.ContractTests.Faults;

/// <summary>What happened to one file or folder.</summary>
public enum DiskAct
{
    /// <summary>Bytes at an offset; the disk may have them or not, sector by sector, until the next flush.</summary>
    Write,
    Truncate,

    /// <summary>All writes to the file so far are on the disk.</summary>
    Flush,
    Delete,

    /// <summary>A new name in a folder; on the disk once the folder is flushed.</summary>
    Create,
    FlushFolder,
}

public sealed record DiskStep(DiskAct Act, string Path, long Offset, byte[] Bytes);

/// <summary>Every step towards the disk in order, so that a crash after any of them can be played back.</summary>
public sealed class DiskLog
{
    private readonly Lock _lock = new();
    private readonly List<DiskStep> _steps = [];

    /// <summary>How many steps there were; what is acknowledged now may rely on these and no others.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _steps.Count;
            }
        }
    }

    public void Add(DiskAct act, string path, long offset = 0, ReadOnlySpan<byte> bytes = default)
    {
        var step = new DiskStep(act, path, offset, bytes.ToArray());
        lock (_lock)
        {
            _steps.Add(step);
        }
    }

    public DiskStep[] ToArray()
    {
        lock (_lock)
        {
            return [.. _steps];
        }
    }
}
