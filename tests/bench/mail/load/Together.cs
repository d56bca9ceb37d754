using System.Diagnostics;

namespace CompatBot.MailLoad;

/// <summary>Runs one action on many threads that start together.</summary>
internal static class Together
{
    /// <returns>The time from the start until the last has ended, in seconds.</returns>
    public static double Run(int count, Action<int> prepare, Action<int> run)
    {
        using var ready = new Barrier(count + 1);
        var failures = new List<Exception>();
        var threads = new Thread[count];
        for (var index = 0; index < count; index++)
        {
            var number = index;
            threads[index] = new Thread(
                () =>
                {
                    var prepared = Guard(failures, () => prepare(number));
                    ready.SignalAndWait();
                    if (prepared) Guard(failures, () => run(number));
                },
                512 * 1024);
            threads[index].Start();
        }

        ready.SignalAndWait();
        var start = Stopwatch.GetTimestamp();
        foreach (var thread in threads) thread.Join();
        var elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return failures.Count == 0 ? elapsed : throw new AggregateException(failures);
    }

    private static bool Guard(List<Exception> failures, Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception error) when (error is LoadException or IOException or System.Net.Sockets.SocketException)
        {
            lock (failures) failures.Add(error);
            return false;
        }
    }
}
