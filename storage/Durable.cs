using System.ComponentModel;
using System.Runtime.InteropServices;

namespace CompatBot.Storage;

/// <summary>What the base library lacks: making the entries of folders durable.</summary>
public static partial class Durable
{
    private const int ReadOnlyCloseOnExec = 0x80000;

    /// <summary>fsync of a folder, so that files created or renamed in it survive a power cut.</summary>
    /// <exception cref="IOException">The folder cannot be opened or flushed.</exception>
    public static void FlushFolder(string path) => With(path, "flush a folder", Flush);

    /// <summary>
    /// Flushes everything written so far on the file system that holds a folder: for very many small files it costs as much as one
    /// flush of each would cost for a few.
    /// </summary>
    /// <exception cref="IOException">The folder cannot be opened, or something of the file system could not be written.</exception>
    public static void FlushFileSystem(string path) => With(path, "flush the file system", FlushAll);

    private static void With(string path, string what, Func<int, int> flush)
    {
        if (!OperatingSystem.IsLinux()) return; // Elsewhere a folder cannot be opened for this; APFS and NTFS order their own metadata.
        var descriptor = Open(path, ReadOnlyCloseOnExec);
        if (descriptor < 0) throw Error("open a folder");
        try
        {
            if (flush(descriptor) != 0) throw Error(what);
        }
        finally
        {
            _ = Close(descriptor); // Nothing was written through it.
        }
    }

    private static IOException Error(string what)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"Cannot {what}: {new Win32Exception(error).Message}", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int FlushAll(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
