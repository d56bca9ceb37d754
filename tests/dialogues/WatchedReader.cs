using System.IO.Pipelines;

namespace CompatBot.DialogueTests;

/// <summary>The server's end of what a client sends; knows when the server has taken everything and waits for more.</summary>
internal sealed class WatchedReader(PipeReader inner) : PipeReader
{
    private volatile TaskCompletionSource _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the server waits for bytes that have not been sent.</summary>
    public Task Waiting => _waiting.Task;

    /// <summary>Bytes are about to be sent: the server does not wait for them any more.</summary>
    public void Sending()
    {
        if (_waiting.Task.IsCompleted) _waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var read = inner.ReadAsync(cancellationToken);
        if (!read.IsCompleted) _waiting.TrySetResult();
        return await read;
    }

    public override bool TryRead(out ReadResult result) => inner.TryRead(out result);

    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);
}
