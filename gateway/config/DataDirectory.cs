namespace CompatBot.Gateway.Config;

/// <summary>Makes folders and files of the data directory, which nobody but the server's user may read.</summary>
public static class DataDirectory
{
    private const UnixFileMode OwnerOnlyFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes a folder with mode 0700 when it is missing.</summary>
    public static string EnsurePrivate(string folder) => Directory.CreateDirectory(folder, OwnerOnlyFolder).FullName;

    /// <summary>Writes a file with mode 0600 beside the old one, then puts it in its place in one step.</summary>
    public static void ReplacePrivate(string path, string content)
    {
        var fresh = path + ".new";
        File.Delete(fresh);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnlyFile };
        using (var file = new FileStream(fresh, options))
        using (var writer = new StreamWriter(file))
        {
            writer.Write(content);
            writer.Flush();
            file.Flush(flushToDisk: true);
        }

        File.Move(fresh, path, overwrite: true);
    }
}
