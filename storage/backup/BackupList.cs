namespace CompatBot.Storage.Backup;

/// <summary>The runs of a backup folder.</summary>
public static class BackupList
{
    /// <summary>Whether a folder holds a backup, complete or not.</summary>
    public static bool Exists(string path) => BackupFolder.Exists(path);

    /// <exception cref="DirectoryNotFoundException">There is no backup.</exception>
    /// <exception cref="UnauthorizedAccessException">The key is not that of the folder.</exception>
    /// <exception cref="InvalidDataException">A manifest is damaged.</exception>
    public static IReadOnlyList<BackupRunLine> Read(string path, BackupKey key)
    {
        using var folder = BackupFolder.OpenToRead(path);
        if (folder.Fits(key) == false) throw new UnauthorizedAccessException($"the key given is not that of the backup in {path}");
        var (state, lines) = (new BackupState(), new List<BackupRunLine>());
        foreach (var run in folder.Runs())
        {
            var read = folder.Read(run, key);
            state.Apply(read, folder);
            lines.Add(new BackupRunLine(
                run,
                DateTimeOffset.FromUnixTimeSeconds(read.Manifest.Time),
                state.Directory.Accounts.Count,
                state.Accounts.Values.Sum(account => (long)account.Head),
                state.Accounts.Values.Sum(account => (long)account.Blobs.Count),
                read.Bytes + read.Manifest.Packs.Sum(pack => (long)pack.Bytes)));
        }

        return lines;
    }
}
