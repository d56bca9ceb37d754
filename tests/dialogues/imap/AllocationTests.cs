using System.IO.Pipelines;
using System.Text;
using CompatBot.Protocols.Imap;
using Microsoft.AspNetCore.Connections;
using Xunit;

namespace CompatBot.DialogueTests.Imap;

/// <summary>What rows of a mailbox say, and what is kept beside them, is told without taking memory for each message.</summary>
public sealed class AllocationTests
{
    private const int Few = 1_000, Many = 10_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("FETCH 1:{0} (FLAGS)")]
    [InlineData("UID FETCH 1:{0} (FLAGS)")]
    [InlineData("FETCH 1:{0} (UID FLAGS RFC822.SIZE INTERNALDATE MODSEQ)")]
    [InlineData("UID FETCH 1:{0} (FLAGS) (CHANGEDSINCE 1)")]
    [InlineData("FETCH 1:{0} (ENVELOPE BODYSTRUCTURE)")]
    [InlineData("UID FETCH 1:{0} (FLAGS BODY.PEEK[HEADER.FIELDS (From Subject Date)])")]
    public async Task FETCH_of_what_is_kept_takes_no_memory_for_a_message(string command)
    {
        await using var bed = await ImapBed.MakeAsync(null, null, [.. Enumerable.Range(0, 10).Select(_ => "x")]);
        await using var mailbox = await bed.OpenAsync();
        var mail = mailbox.Mail!;
        for (var count = 10; count < Many; count *= 2)
        {
            var inbox = await mail.OpenAsync("INBOX", Cancellation);
            var uids = Enumerable.Range(0, count).Select(inbox.Value!.Messages.UidAt).ToList();
            Assert.False((await mail.CopyAsync(inbox.Value.Id, uids, "INBOX", Cancellation)).Declined);
        }

        // Away from the test's own context: what the server does for a command is done where the command comes from.
        var (few, many) = await Task.Run(async () =>
        {
            await using var client = new CountingClient(new ImapHandler(bed.Services, implicitTls: false));
            await client.AskAsync($"a LOGIN {ImapBed.Address} {ImapBed.Password}");
            await client.AskAsync("a SELECT INBOX");
            await client.AskAsync("a STORE 1:2000 +FLAGS.SILENT (\\Seen $Work)");
            var (least, most) = (long.MaxValue, long.MaxValue);
            for (var round = 0; round < 5; round++) // The first rounds compile, and fill pools.
            {
                least = Math.Min(least, client.BytesOf($"a {string.Format(null, CompositeFormat.Parse(command), Few)}"));
                most = Math.Min(most, client.BytesOf($"a {string.Format(null, CompositeFormat.Parse(command), Many)}"));
            }

            return (least, most);
        }, Cancellation);
        Assert.InRange((many - few) / (double)(Many - Few), -1, 1);
    }

    /// <summary>A client whose every command is answered on the thread that sends it, so that the memory it takes can be told.</summary>
    private sealed class CountingClient : IAsyncDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

        private static readonly PipeOptions Inline = new(
            null, PipeScheduler.Inline, PipeScheduler.Inline, pauseWriterThreshold: 0, useSynchronizationContext: false);

        private readonly Pipe _toServer = new(Inline), _toClient = new(Inline);
        private readonly DefaultConnectionContext _connection;
        private readonly Task _serving, _reading;
        private readonly byte[] _tail = new byte[4096];
        private TaskCompletionSource _answered = new();

        public CountingClient(ConnectionHandler server)
        {
            var (near, far) = (new Duplex(_toServer.Reader, _toClient.Writer), new Duplex(_toClient.Reader, _toServer.Writer));
            _connection = new DefaultConnectionContext("count", near, far)
            {
                RemoteEndPoint = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 50000),
            };
            _reading = ReadAsync();
            _serving = server.OnConnectedAsync(_connection);
        }

        public async Task AskAsync(string command)
        {
            _answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Send(command);
            await _answered.Task.WaitAsync(Patience);
        }

        /// <summary>Memory that is taken for a command, in bytes.</summary>
        public long BytesOf(string command)
        {
            _answered = new TaskCompletionSource();
            var before = GC.GetAllocatedBytesForCurrentThread();
            Send(command);
            var taken = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(_answered.Task.IsCompleted, "The answer came from another thread");
            return taken;
        }

        public async ValueTask DisposeAsync()
        {
            await _toServer.Writer.CompleteAsync();
            await _serving;
            await _toClient.Writer.CompleteAsync();
            await _reading;
            await _connection.DisposeAsync();
        }

        private void Send(string command)
        {
            Encoding.ASCII.GetBytes(command + "\r\n", _toServer.Writer);
            var sent = _toServer.Writer.FlushAsync(CancellationToken.None);
            Assert.True(sent.IsCompletedSuccessfully);
        }

        /// <summary>Throws away what comes, up to the tagged reply.</summary>
        private async Task ReadAsync()
        {
            while (await _toClient.Reader.ReadAsync(CancellationToken.None) is { IsCompleted: false } read)
            {
                var end = read.Buffer.Slice(Math.Max(0, read.Buffer.Length - _tail.Length));
                System.Buffers.BuffersExtensions.CopyTo(end, _tail);
                var tail = _tail.AsSpan(0, (int)end.Length);
                var isAnswer = tail[(tail[..^2].LastIndexOf((byte)'\n') + 1)..].StartsWith("a OK"u8);
                _toClient.Reader.AdvanceTo(read.Buffer.End);
                if (isAnswer) _answered.TrySetResult();
            }
        }

        private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
    }
}
