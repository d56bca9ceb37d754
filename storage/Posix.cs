using System.ComponentModel;
using System.Runtime.InteropServices;

namespace CompatBot.Storage;

/// <summary>What the base library lacks: making a folder's entries durable.</summary>
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

    private static IOException Error(string what)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"Cannot {what}: {new Win32Exception(error).Message}", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
