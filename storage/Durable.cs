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

    /// <summary>Makes a folder with mode 0700 when it is missing.</summary>
    public static void MakePrivateFolder(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Opens a file for writing, without a buffer; one that this makes is for its owner alone.</summary>
    public static FileStream OpenPrivateFile(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }

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
