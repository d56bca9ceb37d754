using System.Runtime.InteropServices;

namespace CompatBot.Protocols.Net.Dns;

/// <summary>libunbound, the resolver library of NLnet Labs (Debian: libunbound8), as far as it is used here.</summary>
internal static unsafe partial class Unbound
{
    /// <summary>What the loader looks for.</summary>
    public const string Library = "libunbound.so.8";

    /// <summary>RCODE SERVFAIL and NXDOMAIN are in here; data is a null-ended list (unbound.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly struct Result
    {
        public readonly byte* QName;
        public readonly int QType, QClass;
        public readonly byte** Data;
        public readonly int* Length;
        public readonly byte* CanonicalName;
        public readonly int RCode;
        public readonly void* Packet;
        public readonly int PacketLength, HasData, NoName, Secure, Bogus;
        public readonly byte* WhyBogus;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        public int Descriptor;
        public short Events, ReturnedEvents;
    }

    public const short PollIn = 1;

    [LibraryImport(Library)]
    public static partial nint ub_ctx_create();

    [LibraryImport(Library)]
    public static partial void ub_ctx_delete(nint context);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ub_ctx_set_option(nint context, string option, string value);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ub_ctx_set_fwd(nint context, string address);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ub_ctx_add_ta_file(nint context, string file);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ub_ctx_resolvconf(nint context, string? file);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ub_ctx_zone_remove(nint context, string zone);

    [LibraryImport(Library)]
    public static partial int ub_ctx_async(nint context, int threaded);

    [LibraryImport(Library)]
    public static partial int ub_fd(nint context);

    [LibraryImport(Library)]
    public static partial int ub_process(nint context);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ub_resolve_async(
        nint context, string name, int type, int @class, nint data, delegate* unmanaged<nint, int, Result*, void> done, out int id);

    [LibraryImport(Library)]
    public static partial void ub_resolve_free(Result* result);

    [LibraryImport(Library)]
    public static partial byte* ub_version();

    [LibraryImport("libc")]
    public static partial int poll(PollEntry* entries, nuint count, int milliseconds);
}
