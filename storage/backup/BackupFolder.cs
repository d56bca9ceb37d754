using System.Globalization;
using System.Security.Cryptography;
using CompatBot.Storage.Backup.Proto;
using Google.Protobuf;

namespace CompatBot.Storage.Backup;

/// <summary>A manifest with what can be said of its file.</summary>
/// <param name="Bytes">Of the file.</param>
internal sealed record ReadManifest(Manifest Manifest, byte[] Sha256, long Bytes);

/// <summary>The files of a backup folder (FORMAT.md 4.1). Whoever writes holds its lock.</summary>
internal sealed class BackupFolder : IDisposable
{
    public const string MarkFile = "compatbot-backup";
    /// <summary>Of a manifest.</summary>
    public const uint Version = 1;

    /// <summary>Of one whose run added blobs in envelopes: programs that do not know these must not restore them.</summary>
    public const uint VersionWithEnvelopes = 2;

    private const string MarkLine = "compatbot-backup 1";
    private const int MarkIdBytes = 16;
    private const string LockFile = "lock";
    private const string Unfinished = ".new";
    private const string PackSuffix = ".pack";

    private readonly FileStream? _lock;

    private BackupFolder(string path, FileStream? held) => (Root, _lock) = (path, held);

    public string Root { get; }

    private string Manifests => Path.Combine(Root, "manifests");

    private string Packs => Path.Combine(Root, "packs");

    /// <summary>Whether a folder holds a backup, complete or not.</summary>
    public static bool Exists(string path) =>
        File.Exists(Path.Combine(path, MarkFile)) || Directory.Exists(Path.Combine(path, "manifests"));

    /// <summary>For reading; nothing is changed.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no backup.</exception>
    public static BackupFolder OpenToRead(string path) =>
        Exists(path) ? new BackupFolder(path, null) : throw new DirectoryNotFoundException($"there is no backup in {path}");

    /// <summary>For writing; makes the folder where there is none.</summary>
    /// <exception cref="IOException">Another backup writes there, or the folder holds something else.</exception>
    public static BackupFolder OpenToWrite(string path, BackupKey key)
    {
        var others = Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any(entry => Path.GetFileName(entry) != LockFile);
        if (others && !Exists(path))
        {
            throw new IOException($"{path} holds something else: a backup gets a folder of its own");
        }

        Durable.MakePrivateFolder(path);
        var held = Durable.OpenPrivateFile(Path.Combine(path, LockFile), FileMode.OpenOrCreate);
        var folder = new BackupFolder(path, held);
        Durable.MakePrivateFolder(folder.Packs);
        Durable.MakePrivateFolder(folder.Manifests);
        if (!File.Exists(Path.Combine(path, MarkFile))) folder.WriteMark(key);
        Durable.FlushFolder(path);
        return folder;
    }

    /// <summary>Whether the key is that of the folder.</summary>
    /// <returns>Null when the mark that would tell is missing or damaged.</returns>
    public bool? Fits(BackupKey key)
    {
        var path = Path.Combine(Root, MarkFile);
        if (!File.Exists(path)) return null;
        var text = File.ReadAllText(path);
        if (text.Split('\n') is not [MarkLine, var id, { Length: 2 * BackupKey.Length }, ""]) return null;
        if (id.Length != 2 * MarkIdBytes || !id.All(char.IsAsciiHexDigitLower)) return null;
        return text == Mark(Convert.FromHexString(id), key);
    }

    /// <summary>The numbers of the runs that are there, ascending.</summary>
    public IReadOnlyList<ulong> Runs() => !Directory.Exists(Manifests)
        ? []
        : [.. Directory.EnumerateFiles(Manifests).Select(RunOf).Where(run => run > 0).Order()];

    public string PackPath(ReadOnlySpan<byte> id) => Path.Combine(Packs, Convert.ToHexStringLower(id) + PackSuffix);

    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public ReadManifest Read(ulong run, BackupKey key)
    {
        using var file = new SealedFileReader(ManifestPath(run), SealedFile.ManifestKind, key);
        using var plain = new MemoryStream();
        var buffer = new byte[SealedFile.SegmentBytes];
        while (file.Read(buffer) is > 0 and var read) plain.Write(buffer, 0, read);
        try
        {
            var manifest = Manifest.Parser.ParseFrom(plain.GetBuffer().AsSpan(0, (int)plain.Length));
            if (manifest.Version is not (Version or VersionWithEnvelopes))
            {
                throw new InvalidDataException($"run {run} was written by a newer version");
            }

            if (manifest.Run != run) throw new InvalidDataException($"the manifest of run {run} is that of run {manifest.Run}");
            return new ReadManifest(manifest, file.Sha256(), file.Bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            throw new InvalidDataException($"the manifest of run {run} makes no sense");
        }
    }

    /// <summary>Makes a run exist: all of its packs are durable already.</summary>
    public (long Bytes, byte[] Sha256) Write(Manifest manifest, BackupKey key)
    {
        var path = ManifestPath(manifest.Run);
        File.Delete(path + Unfinished);
        using var file = new SealedFileWriter(path + Unfinished, SealedFile.ManifestKind, key);
        file.Write(manifest.ToByteArray());
        var written = file.Complete();
        File.Move(path + Unfinished, path);
        Durable.FlushFolder(Manifests);
        return written;
    }

    public void FlushPacks() => Durable.FlushFolder(Packs);

    /// <summary>Files in the packs' folder that are none of these packs: what a run that was cut off left, or a stranger.</summary>
    public IEnumerable<string> Strays(IReadOnlySet<string> known) => !Directory.Exists(Packs)
        ? []
        : Directory.EnumerateFiles(Packs).Where(path => !known.Contains(path));

    /// <summary>Deletes what runs that were cut off left: no manifest names it.</summary>
    public void Tidy(IReadOnlySet<string> known)
    {
        foreach (var stray in Strays(known).Where(path => path.EndsWith(PackSuffix, StringComparison.Ordinal)).ToList()) File.Delete(stray);
        foreach (var stray in Directory.EnumerateFiles(Manifests, "*" + Unfinished).ToList()) File.Delete(stray);
    }

    public void Dispose() => _lock?.Dispose();

    private string ManifestPath(ulong run) => Path.Combine(Manifests, run.ToString("D8", CultureInfo.InvariantCulture));

    private static ulong RunOf(string path) =>
        ulong.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var run) ? run : 0;

    private static string Mark(byte[] id, BackupKey key) =>
        $"{MarkLine}\n{Convert.ToHexStringLower(id)}\n{Convert.ToHexStringLower(key.CheckOf(id))}\n";

    private void WriteMark(BackupKey key)
    {
        var text = Mark(RandomNumberGenerator.GetBytes(MarkIdBytes), key);
        var path = Path.Combine(Root, MarkFile);
        using (var file = Durable.OpenPrivateFile(path + Unfinished, FileMode.Create))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        File.Move(path + Unfinished, path);
    }
}
