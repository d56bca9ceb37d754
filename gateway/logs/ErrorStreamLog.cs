using System.Globalization;
using System.Text;

namespace CompatBot.Gateway.Logs;

/// <summary>
/// Logs to standard error, one line an event. Redacted: of an exception it prints types and places, never messages, since those
/// may quote what a user sent.
/// </summary>
public sealed class ErrorStreamLog(LogLevel least, TextWriter output, TimeProvider time) : ILoggerProvider
{
    private readonly Lock _gate = new();

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName[(categoryName.LastIndexOf('.') + 1)..]);

    public void Dispose() => output.Flush();

    private void Write(string category, LogLevel level, EventId id, string message, Exception? error)
    {
        var line = new StringBuilder()
            .Append(time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture))
            .Append(' ').Append(Name(level)).Append(' ').Append(category).Append('#').Append(id.Id).Append(' ');
        foreach (var c in message) line.Append(char.IsControl(c) ? ' ' : c);
        for (var one = error; one is not null; one = one.InnerException)
        {
            line.Append(one == error ? " | " : " <- ").Append(one.GetType().FullName);
            foreach (var place in (one.StackTrace ?? "").Split('\n')) line.Append("; ").Append(place.Trim());
        }

        lock (_gate)
        {
            output.WriteLine(line);
            output.Flush();
        }
    }

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info ",
        LogLevel.Warning => "warn ",
        LogLevel.Error => "error",
        _ => "fatal",
    };

    private sealed class Logger(ErrorStreamLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= log.Least && logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) log.Write(category, logLevel, eventId, formatter(state, null), exception);
        }
    }

    private LogLevel Least { get; } = least;
}
