using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite;

namespace CompatBot.ContractTests;

/// <summary>A data directory that goes with the test.</summary>
public sealed class TestFolder : IDisposable
{
    private const string MemoryFolder = "/dev/shm";

    /// <param name="inMemory">For many small stores whose flushes need not reach a disk.</param>
    public TestFolder(bool inMemory = false)
    {
        const string Prefix = "compatbot-contract-";
        Path = inMemory && Directory.Exists(MemoryFolder)
            ? Directory.CreateDirectory(System.IO.Path.Combine(MemoryFolder, Prefix + Guid.NewGuid().ToString("N"))).FullName
            : Directory.CreateTempSubdirectory(Prefix).FullName;
    }

    public string Path { get; }

    public async ValueTask<IStore> OpenAsync() =>
        await SqliteStore.OpenAsync(Path, new SqliteOptions(), TimeProvider.System, TestContext.Current.CancellationToken);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
