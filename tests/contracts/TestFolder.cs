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

    /// <summary>With files for smaller blobs than usual, so that tests reach both sides of the border with little data.</summary>
    public async ValueTask<IStore> OpenAsync(TimeProvider? time = null) => await SqliteStore.OpenAsync(
        Path,
        new SqliteOptions { FileBytesMin = 128 << 10, ReserveBytes = 0 },
        time ?? TimeProvider.System,
        TestContext.Current.CancellationToken);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
