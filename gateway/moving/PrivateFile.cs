namespace CompatBot.Gateway.Moving;

/// <summary>Files of an export: new, and for their owner only.</summary>
internal static class PrivateFile
{
    public static FileStream Create(string path) => new(path, new FileStreamOptions
    {
        Mode = FileMode.CreateNew,
        Access = FileAccess.Write,
        Options = FileOptions.Asynchronous,
        BufferSize = 0,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    });
}
