using CompatBot.Storage.Sqlite.Files;

namespace CompatBot.Storage.Sqlite.Writing;

/// <summary>
/// Room on the disk that nobody else can take: a preallocated file. It is lent to the writer for moments, so that deletes go through,
/// and the store opens, when the disk is full. Used by one thread at a time; only <see cref="IsLent"/> is read by others.
/// </summary>
internal sealed class Reserve
{
    /// <summary>The file's name in the data directory. Its content means nothing.</summary>
    public const string FileName = "reserve";

    /// <summary>The reserve is at most this part of the whole disk, so that a small disk is not eaten by it.</summary>
    private const int DiskShare = 8;

    /// <summary>It grows and shrinks by blocks of the disk: on a full one a neighbour takes every crumb that is left.</summary>
    private const int StepBytes = 4096;

    private readonly string _path;
    private readonly BlobDisk _disk;
    private readonly Action<StoreTrouble>? _report;
    private readonly long _goal;
    private long _held;
    private volatile bool _isLent;

    /// <summary>Looks at what there is; allocates nothing yet.</summary>
    public Reserve(string directory, SqliteOptions options)
    {
        _path = Path.Combine(directory, FileName);
        _disk = options.Disk;
        _report = options.Report;
        var goal = DiskSpace.CanAllocate && options.ReserveBytes > 0
            ? Math.Min(options.ReserveBytes, new DriveInfo(directory).TotalSize / DiskShare)
            : 0;
        _goal = goal / StepBytes * StepBytes;
        _held = new FileInfo(_path) is { Exists: true } file ? file.Length : 0;
        if (_goal == 0 && _held > 0)
        {
            File.Delete(_path);
            _held = 0;
        }
    }

    /// <summary>Its room is free for the moment: who adds something must wait.</summary>
    public bool IsLent => _isLent;

    public bool IsWhole => !_isLent && _held >= _goal;

    /// <summary>Gives the room to the disk.</summary>
    /// <returns>False when there is none to give (any more).</returns>
    public bool Lend()
    {
        if (_held == 0)
        {
            return false;
        }

        try
        {
            _disk.CutReserve(_path, 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _report?.Invoke(new StoreTrouble("lend the reserve", error.HResult, error.Message));
            return false;
        }

        _held = 0;
        _isLent = true;
        return true;
    }

    /// <summary>Takes as much as there is room for, up to the whole.</summary>
    public void TakeBack()
    {
        _isLent = false;
        try
        {
            if (_held > _goal)
            {
                _disk.CutReserve(_path, _goal);
                _held = _goal;
            }

            for (var wanted = _goal - _held; wanted >= StepBytes;)
            {
                if (_disk.TryGrowReserve(_path, _held, wanted))
                {
                    _held += wanted;
                    wanted = Math.Min(wanted, _goal - _held);
                }
                else
                {
                    wanted = wanted / 2 / StepBytes * StepBytes;
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _report?.Invoke(new StoreTrouble("take the reserve back", error.HResult, error.Message));
        }
    }
}
