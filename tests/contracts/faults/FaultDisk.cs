using CompatBot.Storage.Sqlite.Files;

namespace CompatBot.ContractTests.Faults;

/// <summary>The files of large blobs: logged like SQLite's, and made to fail by number.</summary>
internal sealed class FaultDisk(DiskLog log) : BlobDisk
{
    /// <summary>Asked before each step; may throw what a disk would.</summary>
    public Action<DiskAct, string> Fault { get; set; } = static (_, _) => { };

    public override void Write(string path, ReadOnlySpan<byte> bytes)
    {
        Fault(DiskAct.Write, path);
        base.Write(path, bytes);
        log.Add(DiskAct.Create, path);
        log.Add(DiskAct.Write, path, 0, bytes);
        log.Add(DiskAct.Flush, path);
    }

    public override void FlushDirectory(string path)
    {
        Fault(DiskAct.FlushFolder, path);
        base.FlushDirectory(path);
        log.Add(DiskAct.FlushFolder, path);
    }

    public override void Delete(string path)
    {
        Fault(DiskAct.Delete, path);
        base.Delete(path);
        log.Add(DiskAct.Delete, path);
    }
}
