using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CompatBot.Storage;

/// <summary>Room on the disk: having it for one's own, and knowing when there is none.</summary>
internal static partial class DiskSpace
{
    /// <summary>ENOSPC, EFBIG and EDQUOT: there is no room, whoever says so.</summary>
    public static bool IsFull(int error) => error is 28 or 27 or 122;

    /// <summary>Whether <see cref="TryAllocate"/> works on this system.</summary>
    public static bool CanAllocate => OperatingSystem.IsLinux();

    /// <summary>Gives a file room on the disk, for real, and makes it so long.</summary>
    /// <returns>False when there is no such room.</returns>
    /// <exception cref="IOException">The disk failed.</exception>
    public static bool TryAllocate(SafeFileHandle file, long offset, long length)
    {
        var error = Allocate(file, offset, length); // Answers with the error itself, and leaves errno alone.
        return error == 0
            || (IsFull(error) ? false : throw new IOException($"Cannot allocate room: {new Win32Exception(error).Message}", error));
    }

    [LibraryImport("libc", EntryPoint = "posix_fallocate64")]
    private static partial int Allocate(SafeFileHandle file, long offset, long length);
}
