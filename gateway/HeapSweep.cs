using System.Runtime;
using System.Runtime.CompilerServices;

namespace CompatBot.Gateway;

/// <summary>
/// Collects all garbage, gives its memory back, and covers what is left of it. A compacting collection moves what lives together and
/// gives back whole pages; from the last object to the end of its page lie the old bytes until something is put there, which on a quiet
/// server is never. So objects of zeros take part in two collections, which puts them behind everything that lives long, and are let
/// go of in a third.
/// </summary>
public static class HeapSweep
{
    /// <summary>Bytes of one filling object, as small as it can be: what does not fit before the end of a region stays uncovered.</summary>
    private const int FillingBytes = 40;

    /// <summary>With their headers they cover more than a page (4 KiB) of each generation, many times over.</summary>
    private const int FillingObjects = 4096;

    /// <summary>Bytes above which an object lies on the heap of large objects, which has an end of its own.</summary>
    private const int LargeBytes = 85_000;

    /// <summary>Stops the process three times for as long as a full collection takes.</summary>
    public static void Run()
    {
        CollectTwice();
        Collect();
    }

    /// <summary>In a method of its own: its caller's frame must not keep the filling alive.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CollectTwice()
    {
        var filling = new byte[FillingObjects][];
        for (var i = 0; i < filling.Length; i++) filling[i] = new byte[FillingBytes];
        var large = new byte[LargeBytes];
        Collect();
        Collect();
        GC.KeepAlive(filling);
        GC.KeepAlive(large);
    }

    private static void Collect()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
