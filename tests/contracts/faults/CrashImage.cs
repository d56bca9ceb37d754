namespace CompatBot.ContractTests.Faults;

public enum CrashKind
{
    /// <summary>The process died: the kernel writes all that it was given.</summary>
    Killed,

    /// <summary>The power went: only what was flushed is there.</summary>
    PowerLost,

    /// <summary>The power went in the middle of writing: of what was not flushed, any 512-byte sectors are there, and any names.</summary>
    Torn,
}

/// <summary>Builds what the disk holds after a crash at some step.</summary>
public sealed class CrashImage(DiskStep[] steps, string root)
{
    private const int SectorBytes = 512;

    private sealed class Content
    {
        public MemoryStream Durable { get; } = new();

        public List<DiskStep> Pending { get; } = [];

        /// <summary>False while the folder was not flushed since the name came.</summary>
        public bool HasName { get; set; } = true;
    }

    /// <param name="count">How many steps happened.</param>
    public void Write(string folder, int count, CrashKind kind, int seed)
    {
        var random = new Random(seed);
        var files = new Dictionary<string, Content>();
        foreach (var step in steps.AsSpan(0, count))
        {
            Play(files, step);
        }

        foreach (var (path, content) in files)
        {
            var isThere = content.HasName || kind == CrashKind.Killed || (kind == CrashKind.Torn && random.Next(2) == 0);
            if (isThere)
            {
                var target = Path.Combine(folder, Path.GetRelativePath(root, path));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.WriteAllBytes(target, Settle(content, kind, random));
            }
        }
    }

    private static void Play(Dictionary<string, Content> files, DiskStep step)
    {
        switch (step.Act)
        {
            case DiskAct.FlushFolder:
                foreach (var (path, named) in files)
                {
                    named.HasName |= Path.GetDirectoryName(path) == step.Path;
                }

                return;
            case DiskAct.Delete:
                files.Remove(step.Path);
                return;
            case DiskAct.Create:
                files.Add(step.Path, new Content { HasName = false });
                return;
        }

        if (!files.TryGetValue(step.Path, out var content))
        {
            files.Add(step.Path, content = new Content()); // SQLite flushes the folder itself when it makes a file.
        }

        if (step.Act == DiskAct.Flush)
        {
            content.Pending.ForEach(pending => Apply(content.Durable, pending));
            content.Pending.Clear();
        }
        else
        {
            content.Pending.Add(step);
        }
    }

    private static byte[] Settle(Content content, CrashKind kind, Random random)
    {
        foreach (var step in kind == CrashKind.PowerLost ? [] : content.Pending)
        {
            if (kind == CrashKind.Torn && step.Act == DiskAct.Write)
            {
                Tear(content.Durable, step, random);
            }
            else if (kind == CrashKind.Killed || random.Next(2) == 0)
            {
                Apply(content.Durable, step);
            }
        }

        return content.Durable.ToArray();
    }

    private static void Tear(MemoryStream bytes, DiskStep step, Random random)
    {
        for (var at = 0; at < step.Bytes.Length;)
        {
            // Sectors are those of the disk, not of the write.
            var length = Math.Min(step.Bytes.Length - at, SectorBytes - (int)((step.Offset + at) % SectorBytes));
            if (random.Next(2) == 0)
            {
                Apply(bytes, step with { Offset = step.Offset + at, Bytes = step.Bytes[at..(at + length)] });
            }

            at += length;
        }
    }

    private static void Apply(MemoryStream bytes, DiskStep step)
    {
        if (step.Act == DiskAct.Truncate)
        {
            bytes.SetLength(step.Offset);
        }
        else
        {
            bytes.Position = step.Offset; // Beyond the end, what lies between becomes zeros.
            bytes.Write(step.Bytes);
        }
    }
}
