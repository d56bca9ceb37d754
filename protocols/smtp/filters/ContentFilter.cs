using System.Net;

namespace CompatBot.Protocols.Smtp.Filters;

/// <summary>What a program outside says of a message, the mildest first.</summary>
public enum ContentAction
{
    Accept,

    /// <summary>It is taken, and goes where junk goes.</summary>
    Suspect,

    /// <summary>Its sender shall try again later.</summary>
    Defer,

    Reject,
}

/// <param name="Reason">One line of ASCII for the sender; empty: none.</param>
/// <param name="Fields">Header fields to put on top, each with its CRLF.</param>
public sealed record ContentVerdict(ContentAction Action, string Reason = "", string Fields = "")
{
    public static readonly ContentVerdict Accept = new(ContentAction.Accept);
}

/// <summary>What is known of a message before its first octet.</summary>
public sealed record ContentSubject(IPAddress Client, string Helo, string Sender, IReadOnlyList<string> Recipients)
{
    public override string ToString() => "(message)";
}

/// <summary>A program that looks at messages before they are sealed: the only moment when anybody but their owner can.</summary>
public interface IContentFilter
{
    /// <summary>Header fields that only this filter may put on a message, in lower case: a stranger's are taken out.</summary>
    IReadOnlyList<string> OwnFields { get; }

    /// <summary>Begins to look at a message. What goes wrong is said at its end.</summary>
    IContentScan Begin(ContentSubject subject);
}

/// <summary>One message on its way through a filter.</summary>
public interface IContentScan : IAsyncDisposable
{
    /// <summary>Takes the next octets.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellation);

    /// <summary>The message is at its end.</summary>
    /// <exception cref="ContentFilterException">The filter gives no answer.</exception>
    ValueTask<ContentVerdict> FinishAsync(CancellationToken cancellation);
}

/// <summary>A filter cannot be reached, or does not answer as its protocol has it.</summary>
public sealed class ContentFilterException(string filter, Exception? inner = null) : Exception($"{filter} gives no answer", inner);
