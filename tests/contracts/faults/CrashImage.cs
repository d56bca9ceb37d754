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
        public byte[] Durable { get; set; } = [];

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
            content.Pending.ForEach(pending => content.Durable = Apply(content.Durable, pending));
            content.Pending.Clear();
        }
        else
        {
            content.Pending.Add(step);
        }
    }

    private static byte[] Settle(Content content, CrashKind kind, Random random)
    {
        var bytes = content.Durable;
        foreach (var step in kind == CrashKind.PowerLost ? [] : content.Pending)
        {
            if (kind == CrashKind.Killed)
            {
                bytes = Apply(bytes, step);
            }
            else if (step.Act == DiskAct.Truncate)
            {
                bytes = random.Next(2) == 0 ? bytes : Apply(bytes, step);
            }
            else
            {
                bytes = Tear(bytes, step, random);
            }
        }

        return bytes;
    }

    private static byte[] Tear(byte[] bytes, DiskStep step, Random random)
    {
        for (var at = 0; at < step.Bytes.Length;)
        {
            // Sectors are those of the disk, not of the write.
            var length = Math.Min(step.Bytes.Length - at, SectorBytes - (int)((step.Offset + at) % SectorBytes));
            if (random.Next(2) == 0)
            {
                bytes = Apply(bytes, step with { Offset = step.Offset + at, Bytes = step.Bytes[at..(at + length)] });
            }

            at += length;
        }

        return bytes;
    }

    private static byte[] Apply(byte[] bytes, DiskStep step)
    {
        if (step.Act == DiskAct.Truncate)
        {
            Array.Resize(ref bytes, (int)step.Offset);
            return bytes;
        }

        if (bytes.Length < step.Offset + step.Bytes.Length)
        {
            Array.Resize(ref bytes, (int)step.Offset + step.Bytes.Length);
        }

        step.Bytes.CopyTo(bytes, step.Offset);
        return bytes;
    }
}
