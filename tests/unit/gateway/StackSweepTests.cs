using System.Runtime.CompilerServices;
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
