using CompatBot.Gateway.Logs;
using Microsoft.Extensions.Logging;
using Xunit;

namespace CompatBot.UnitTests.Gateway;

public sealed class ErrorStreamLogTests
{
    [Fact]
    public void An_exception_shows_where_but_never_what_it_quotes()
    {
        var output = new StringWriter();
        using var log = new ErrorStreamLog(LogLevel.Information, output, new ManualTime());
        var error = Caught(() => throw new InvalidOperationException("Love letter to anna@example.org"));
        log.CreateLogger("CompatBot.Protocols.Imap").Log(LogLevel.Error, new EventId(7), 0, error, (_, _) => "imap FETCH failed");
        Assert.StartsWith("1970-01-01T00:00:00.000Z error Imap#7 imap FETCH failed | System.InvalidOperationException", output.ToString());
        Assert.Contains(nameof(An_exception_shows_where_but_never_what_it_quotes), output.ToString());
        Assert.DoesNotContain("anna", output.ToString());
        Assert.Single(output.ToString().Trim().Split('\n'));
    }

    [Fact]
    public void Levels_below_the_given_one_are_off()
    {
        using var log = new ErrorStreamLog(LogLevel.Warning, TextWriter.Null, new ManualTime());
        var logger = log.CreateLogger("any");
        Assert.False(logger.IsEnabled(LogLevel.Information));
        Assert.True(logger.IsEnabled(LogLevel.Warning));
    }

    private static Exception Caught(Action action) => Assert.ThrowsAny<Exception>(action);
}
