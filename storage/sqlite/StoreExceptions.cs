namespace CompatBot.Storage.Sqlite;

/// <summary>Another process (or another store object in this one) has the data directory open.</summary>
public sealed class StoreInUseException(string directory)
    : IOException($"The store in {directory} is in use by another process.")
{
    public string Directory { get; } = directory;
}

/// <summary>The directory holds something else than a CompatBot store, or one of a newer version.</summary>
public sealed class StoreVersionException(string message) : IOException(message);

/// <summary>A row names a file that is gone or has another length. Nothing was changed.</summary>
public sealed class StoreDamagedException(string message) : IOException(message);
