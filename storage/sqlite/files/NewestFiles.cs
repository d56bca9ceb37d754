using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CompatBot.Storage.Sqlite.Files;

/// <summary>
/// Keeps the files that were written last in the system's memory, and no others of those: a long upload does not push out what is read,
/// and goes on in memory that it used before, which costs a tenth where a host must find new memory for this machine.
/// </summary>
internal sealed partial class NewestFiles(long bytesMax)
{
    private const int DontNeed = 4;

    private readonly Lock _lock = new();
    private readonly Queue<(string Path, long Bytes)> _files = new();
    private long _bytes;

    /// <summary>A file was written and flushed.</summary>
    public void Add(string path, long bytes)
    {
        if (!OperatingSystem.IsLinux()) return;
        lock (_lock)
        {
            _files.Enqueue((path, bytes));
            _bytes += bytes;
        }

        while (TakeOldest() is { } oldest) Forget(oldest);
    }

    private string? TakeOldest()
    {
        lock (_lock)
        {
            if (_bytes <= bytesMax || !_files.TryDequeue(out var oldest)) return null;
            _bytes -= oldest.Bytes;
            return oldest.Path;
        }
    }

    /// <summary>The system may take it as advice, so nothing here can fail.</summary>
    private static void Forget(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            _ = Advise(file, 0, 0, DontNeed);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Deleted meanwhile: it is in nobody's memory.
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise64")]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);
}
