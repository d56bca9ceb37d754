using System.Runtime.InteropServices;

namespace CompatBot.Core.Vault;

/// <summary>
/// Keeps keys out of core dumps and away from debuggers of the same user, and has the C library overwrite what is freed: OpenSSL's
/// buffers hold what TLS carried. The host calls it once, first of all.
/// </summary>
public static unsafe partial class ProcessHardening
{
    private const int SetDumpable = 4;
    private const int LimitCore = 4;
    private const int MallocPerturb = -6;
    private const int FreedByte = 0xA5;

    /// <returns>False when the system refused a step, or is not Linux: worth a warning, no reason to stop.</returns>
    public static bool Apply()
    {
        if (!OperatingSystem.IsLinux()) return false;
        var none = default(Limit);
        var undumpable = prctl(SetDumpable, 0, 0, 0, 0) == 0;
        var overwritten = mallopt(MallocPerturb, FreedByte) == 1;
        return setrlimit(LimitCore, &none) == 0 && undumpable && overwritten;
    }

    [LibraryImport("libc")]
    private static partial int prctl(int option, nuint two, nuint three, nuint four, nuint five);

    [LibraryImport("libc")]
    private static partial int setrlimit(int resource, Limit* limit);

    [LibraryImport("libc")]
    private static partial int mallopt(int parameter, int value);

    private struct Limit
    {
        public nuint Current;
        public nuint Maximum;
    }
}
