namespace CompatBot.Gateway.Admin;

/// <summary>One line of progress on standard error, drawn over itself; nothing where that is no terminal.</summary>
internal static class TerminalProgress
{
    /// <summary>Back to the first column, and clear the rest of the line.</summary>
    private const string Again = "\r\e[K";

    private static bool _shown;

    public static async ValueTask TellAsync(string line, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (Console.IsErrorRedirected) return;
        _shown = true;
        await Console.Error.WriteAsync(Again + line);
    }

    /// <summary>Clears the line away before the answer.</summary>
    public static async ValueTask EndAsync()
    {
        if (_shown) await Console.Error.WriteAsync(Again);
        _shown = false;
    }
}
