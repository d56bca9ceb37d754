using System.Globalization;

namespace CompatBot.MailLoad;

/// <summary>What process trees use, from /proc.</summary>
/// <param name="CpuMs">User and system time, ended children included, in milliseconds.</param>
/// <param name="PssKb">Proportional set size: memory that several processes share counts once.</param>
/// <param name="RssKb">Resident set size.</param>
/// <param name="Count">Number of processes.</param>
internal readonly record struct ServerProcesses(double CpuMs, long PssKb, long RssKb, int Count)
{
    private const double TickMs = 10; // sysconf(_SC_CLK_TCK) is 100 on every Linux that .NET runs on

    public static string Describe(IReadOnlyList<int> roots)
    {
        var use = Read(roots);
        return string.Create(
            CultureInfo.InvariantCulture, $"cpu_ms={use.CpuMs:F0} pss_kb={use.PssKb} rss_kb={use.RssKb} processes={use.Count}");
    }

    public static ServerProcesses Read(IReadOnlyList<int> roots)
    {
        var total = default(ServerProcesses);
        foreach (var pid in Tree(roots))
        {
            if (Stat(pid) is not { } stat) continue; // it ended meanwhile: its parent has its time
            var ticks = stat[11..15].Sum(field => long.Parse(field, CultureInfo.InvariantCulture)); // utime stime cutime cstime
            var (pss, rss) = Memory(pid);
            total = new(total.CpuMs + (ticks * TickMs), total.PssKb + pss, total.RssKb + rss, total.Count + 1);
        }

        return total.Count > 0 ? total : throw new LoadException("no such server process");
    }

    /// <summary>The roots and all their descendants.</summary>
    private static HashSet<int> Tree(IReadOnlyList<int> roots)
    {
        var parents = new Dictionary<int, int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid) || Stat(pid) is not { } stat) continue;
            parents[pid] = int.Parse(stat[1], CultureInfo.InvariantCulture);
        }

        var tree = new HashSet<int>(roots.Where(parents.ContainsKey));
        while (true)
        {
            var before = tree.Count;
            foreach (var (pid, parent) in parents)
            {
                if (tree.Contains(parent)) tree.Add(pid);
            }

            if (tree.Count == before) return tree;
        }
    }

    /// <summary>The fields behind the name: state, parent, ...; null when the process is gone.</summary>
    private static string[]? Stat(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static (long PssKb, long RssKb) Memory(int pid)
    {
        var (pss, rss) = (0L, 0L);
        try
        {
            foreach (var line in File.ReadLines($"/proc/{pid}/smaps_rollup"))
            {
                if (line.StartsWith("Pss:", StringComparison.Ordinal)) pss = Kilobytes(line);
                if (line.StartsWith("Rss:", StringComparison.Ordinal)) rss = Kilobytes(line);
            }
        }
        catch (IOException)
        {
            return default; // ended between two reads
        }

        return (pss, rss);
    }

    private static long Kilobytes(string line) =>
        long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
