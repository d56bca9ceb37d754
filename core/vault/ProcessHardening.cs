using System.Runtime.InteropServices;

namespace CompatBot.Core.Vault;

/// <summary>Keeps keys out of core dumps and away from debuggers of the same user. The host calls it once, first of all.</summary>
public static unsafe partial class ProcessHardening
{
    private const int SetDumpable = 4;
    private const int LimitCore = 4;

    /// <returns>False when the system refused a step, or is not Linux: worth a warning, no reason to stop.</returns>
    public static bool Apply()
    {
        if (!OperatingSystem.IsLinux()) return false;
        var none = default(Limit);
        var undumpable = prctl(SetDumpable, 0, 0, 0, 0) == 0;
        return setrlimit(LimitCore, &none) == 0 && undumpable;
    }

    [LibraryImport("libc")]
    private static partial int prctl(int option, nuint two, nuint three, nuint four, nuint five);

    [LibraryImport("libc")]
    private static partial int setrlimit(int resource, Limit* limit);

    private struct Limit
    {
        public nuint Current;
        public nuint Maximum;
    }
}
