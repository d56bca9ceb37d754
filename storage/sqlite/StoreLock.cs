namespace CompatBot.Storage.Sqlite;

/// <summary>An advisory lock (flock) on the file `lock`; it goes with the process, however that ends.</summary>
internal sealed class StoreLock : IDisposable
{
    private const string FileName = "lock";

    private readonly FileStream _file;

    private StoreLock(FileStream file) => _file = file;

    /// <exception cref="StoreInUseException">Somebody else holds it.</exception>
    public static StoreLock Take(string directory)
    {
        try
        {
            var ours = new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0,
            };
            if (!OperatingSystem.IsWindows()) ours.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            return new StoreLock(new FileStream(Path.Combine(directory, FileName), ours));
        }
        catch (IOException error) when (error is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            throw new StoreInUseException(directory);
        }
    }

    public void Dispose() => _file.Dispose();
}
