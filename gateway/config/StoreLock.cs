namespace CompatBot.Gateway.Config;

/// <summary>
/// Held by whoever writes the store: the server, or a command while no server runs. It is the kernel's lock on an open file, so
/// it ends with its process, however that ends.
/// </summary>
public sealed class StoreLock : IDisposable
{
    public const string FileName = "lock";

    private readonly FileStream _file;

    private StoreLock(FileStream file) => _file = file;

    /// <returns>Null while somebody else holds it.</returns>
    /// <exception cref="UnauthorizedAccessException">The data directory belongs to another user.</exception>
    public static StoreLock? TryTake(string dataDirectory)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        try
        {
            return new StoreLock(new FileStream(Path.Combine(dataDirectory, FileName), options));
        }
        catch (IOException error) when (error is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            return null;
        }
    }

    public void Dispose() => _file.Dispose();
}
