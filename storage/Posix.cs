using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CompatBot.Storage;

/// <summary>What the base library lacks: making a folder's entries durable, and room on a disk one's own.</summary>
internal static partial class Posix
{
    private const int ReadOnlyCloseOnExec = 0x80000;

    /// <summary>fsync of a folder, so that files created in it survive a power cut.</summary>
    /// <exception cref="IOException">The folder cannot be opened or flushed.</exception>
    public static void FlushDirectory(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // Elsewhere a folder cannot be opened for this; APFS and NTFS order their own metadata.
        }

        var descriptor = Open(path, ReadOnlyCloseOnExec);
        if (descriptor < 0)
        {
            throw Error("open a folder");
        }

        try
        {
            if (Flush(descriptor) != 0)
            {
                throw Error("flush a folder");
            }
        }
        finally
        {
            _ = Close(descriptor); // Nothing was written through it.
        }
    }

    /// <summary>ENOSPC, EFBIG and EDQUOT: there is no room, whoever says so.</summary>
    public static bool IsFull(int error) => error is 28 or 27 or 122;

    /// <summary>Whether <see cref="TryAllocate"/> works on this system.</summary>
    public static bool CanAllocate => OperatingSystem.IsLinux();

    /// <summary>Gives a file room on the disk, for real, and makes it so long.</summary>
    /// <returns>False when there is no such room.</returns>
    /// <exception cref="IOException">The disk failed.</exception>
    public static bool TryAllocate(SafeFileHandle file, long offset, long length)
    {
        var error = Allocate(file, offset, length); // Answers with the error itself, unlike the others.
        return error == 0 || (IsFull(error) ? false : throw Error("allocate room", error));
    }

    private static IOException Error(string what) => Error(what, Marshal.GetLastPInvokeError());

    private static IOException Error(string what, int error) =>
        new($"Cannot {what}: {new Win32Exception(error).Message}", error);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "posix_fallocate64")]
    private static partial int Allocate(SafeFileHandle file, long offset, long length);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
