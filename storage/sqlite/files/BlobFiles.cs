using System.Globalization;
using CompatBot.Core.Store;

namespace CompatBot.Storage.Sqlite.Files;

/// <summary>
/// Large blobs, a file each, under numbers that are never used twice: a file counts once a row names it. Written and flushed before
/// the row is committed, deleted after the row's end is; what a crash leaves without a row is swept at the next start.
/// </summary>
internal sealed class BlobFiles
{
    /// <summary>Folders that the files spread over, by the low byte of their number.</summary>
    private const int FolderCount = 256;

    private readonly string _root;
    private readonly bool[] _isMade = new bool[FolderCount];
    private readonly Lock _making = new();
    private readonly SqliteOptions _options;
    private readonly NewestFiles _newest;
    private readonly long _firstOfThisStart;
    private long _last;

    /// <param name="starts">How often this store was opened: the high half of this start's file numbers.</param>
    public BlobFiles(string directory, long starts, SqliteOptions options)
    {
        _root = Path.Combine(directory, "blobs");
        _options = options;
        _newest = new NewestFiles(options.NewestFilesBytes);
        _firstOfThisStart = starts << 32;
        _last = _firstOfThisStart;
        if (!Directory.Exists(_root))
        {
            CreateFolder(_root);
            options.Disk.FlushDirectory(directory);
        }
    }

    /// <summary>Writes blobs, durably, in parallel with whatever the writer does.</summary>
    /// <param name="wanted">Which of them become files.</param>
    /// <returns>The file of each blob, null for those that become rows; null when there is no file at all.</returns>
    /// <exception cref="IOException">The disk is full or failed; nothing of this call is left.</exception>
    public long?[]? Write(IReadOnlyList<SealedBlob> blobs, bool[] wanted)
    {
        long?[]? files = null;
        try
        {
            for (var i = 0; i < blobs.Count; i++)
            {
                if (wanted[i])
                {
                    files ??= new long?[blobs.Count];
                    var file = Interlocked.Increment(ref _last);
                    files[i] = file;
                    MakeFolder(file);
                    _options.Disk.Write(PathOf(file), blobs[i].Bytes.Span);
                    _options.Disk.FlushDirectory(Folder(file));
                    _newest.Add(PathOf(file), blobs[i].Bytes.Length);
                }
            }

            return files;
        }
        catch (IOException)
        {
            Discard(files);
            throw;
        }
    }

    public bool IsLarge(SealedBlob blob) => blob.Bytes.Length >= _options.FileBytesMin;

    public bool HasLarge(IReadOnlyList<SealedBlob> blobs)
    {
        for (var i = 0; i < blobs.Count; i++)
        {
            if (IsLarge(blobs[i]))
            {
                return true;
            }
        }

        return false;
    }

    /// <returns>Null when there is no such file.</returns>
    /// <exception cref="StoreDamagedException">It has another length than its row says.</exception>
    public byte[]? Read(long file, long length)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(checked((int)length));
        return Read(file, bytes) ? bytes : null;
    }

    /// <param name="file">Its number.</param>
    /// <param name="room">As long as its row says that it is.</param>
    /// <returns>False when there is no such file.</returns>
    /// <exception cref="StoreDamagedException">It has another length.</exception>
    public bool Read(long file, Span<byte> room)
    {
        try
        {
            using var handle = File.OpenHandle(PathOf(file));
            if (RandomAccess.GetLength(handle) == room.Length && RandomAccess.Read(handle, room, 0) == room.Length) return true;
            throw new StoreDamagedException($"Blob file {file:x16} does not have the {room.Length} bytes that its row says.");
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Deletes files that no row names, nor ever will.</summary>
    public void Discard(long?[]? files)
    {
        foreach (var file in files ?? [])
        {
            if (file is { } number)
            {
                Delete(number);
            }
        }
    }

    /// <summary>A file that cannot be deleted now is one more for the sweep.</summary>
    public void Delete(long file)
    {
        try
        {
            _options.Disk.Delete(PathOf(file));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _options.Report?.Invoke(new StoreTrouble("delete a blob file", error.HResult, error.Message));
        }
    }

    public IEnumerable<string> Folders => Directory.EnumerateDirectories(_root);

    /// <summary>The files in a folder that no request of this start can be about to name.</summary>
    public List<long> OfEarlierStarts(string folder)
    {
        var found = new List<long>();
        foreach (var path in Directory.EnumerateFiles(folder))
        {
            var isOurs = long.TryParse(
                Path.GetFileName(path), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var file);
            if (isOurs && file < _firstOfThisStart)
            {
                found.Add(file);
            }
        }

        return found;
    }

    /// <summary>A folder for the owner alone.</summary>
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private void MakeFolder(long file)
    {
        lock (_making)
        {
            ref var isMade = ref _isMade[file % FolderCount];
            if (!isMade)
            {
                CreateFolder(Folder(file));
                _options.Disk.FlushDirectory(_root);
                isMade = true;
            }
        }
    }

    private string PathOf(long file) => Path.Combine(Folder(file), file.ToString("x16", CultureInfo.InvariantCulture));

    private string Folder(long file) => Path.Combine(_root, (file % FolderCount).ToString("x2", CultureInfo.InvariantCulture));
}
