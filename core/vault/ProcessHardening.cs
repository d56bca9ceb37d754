using System.Runtime.InteropServices;

namespace CompatBot.Core.Vault;

/// <summary>
/// Keeps keys out of core dumps and away from debuggers of the same user, and has the C library give large blocks back to the system
/// as soon as they are freed: OpenSSL's buffers hold what TLS carried. The host calls it once, first of all.
/// </summary>
public static unsafe partial class ProcessHardening
{
    private const int SetDumpable = 4;
    private const int LimitCore = 4;
    private const int MallocMapThreshold = -3;

    /// <summary>Bytes from which a block is mapped on its own: just below OpenSSL's buffers for one record of TLS.</summary>
    private const int MappedBytesMin = (16 << 10) + 128;

    /// <returns>False when the system refused a step, or is not Linux: worth a warning, no reason to stop.</returns>
    public static bool Apply()
    {
        if (!OperatingSystem.IsLinux()) return false;
        var none = default(Limit);
        var undumpable = prctl(SetDumpable, 0, 0, 0, 0) == 0;
        var mapped = mallopt(MallocMapThreshold, MappedBytesMin) == 1;
        return setrlimit(LimitCore, &none) == 0 && undumpable && mapped;
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
