using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CompatBot.Gateway;
using Xunit;

namespace CompatBot.UnitTests.Gateway;

public sealed class StackSweepTests
{
    [Fact]
    public async Task What_calls_left_on_a_stack_is_gone()
    {
        const int Threads = 4;
        Assert.True(await AnySeesAsync(Threads, sweep: false)); // Or this test could not fail.
        Assert.False(await AnySeesAsync(Threads, sweep: true));
    }

    [Fact]
    public unsafe void What_was_freed_in_small_blocks_is_gone()
    {
        const int Bytes = 200;
        var block = (byte*)NativeMemory.Alloc(Bytes);
        new Span<byte>(block, Bytes).Fill((byte)'M');
        NativeMemory.Free(block);
        var middle = new ReadOnlySpan<byte>(block + 64, 64); // The C library writes its own words at a free block's beginning.
        Assert.True(middle.IndexOfAnyExcept((byte)'M') < 0); // Or this test could not fail.
        StackSweep.Run();
        Assert.True(middle.IndexOf((byte)'M') < 0);
    }

    /// <summary>Leaves words on the stacks of some threads, and looks for them on the same.</summary>
    private static async Task<bool> AnySeesAsync(int threads, bool sweep)
    {
        var tasks = new Task<bool>[threads];
        for (var i = 0; i < threads; i++)
        {
            tasks[i] = Task.Run(() =>
            {
                Leave();
                if (sweep) StackSweep.Run();
                return Sees();
            });
        }

        return (await Task.WhenAll(tasks)).Contains(true);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Leave()
    {
        Span<byte> words = stackalloc byte[2048];
        for (var i = 0; i + 8 <= words.Length; i += 8) "Marille!"u8.CopyTo(words[i..]);
        GC.KeepAlive(words.ToArray());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    [SkipLocalsInit]
    private static bool Sees()
    {
        Span<byte> below = stackalloc byte[32 << 10];
        return below.IndexOf("Marille!Marille!"u8) >= 0;
    }
}
