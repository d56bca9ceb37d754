using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using CompatBot.Gateway.Sockets;
using CompatBot.Protocols.Net;
using Microsoft.AspNetCore.Connections;
using Xunit;

namespace CompatBot.UnitTests.Gateway.Sockets;

/// <summary>What Kestrel and the handlers expect of a connection, with real sockets of this machine.</summary>
public sealed class SocketTransportTests : IAsyncDisposable
{
    private const int BufferBytesMax = 256 << 10;

    private readonly SocketTransport _transport = Make(BufferBytesMax, TimeSpan.FromMinutes(1));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync()
    {
        _transport.Dispose();
        return default;
    }

    [Fact]
    public async Task Many_clients_that_ask_one_after_the_other_get_their_own_answers()
    {
        await using var server = await StartAsync(EchoAsync);
        await Parallel.ForEachAsync(Enumerable.Range(0, 60), new ParallelOptions { MaxDegreeOfParallelism = 60 }, async (number, _) =>
        {
            var random = new Random(number);
            using var client = await ConnectAsync(server);
            var answer = new byte[1 << 17];
            for (var round = 0; round < 40; round++)
            {
                var question = new byte[random.Next(4) == 0 ? random.Next(1, answer.Length) : random.Next(1, 200)];
                random.NextBytes(question);
                if (random.Next(10) == 0) await Task.Delay(random.Next(5), Cancellation); // Who is slow is not waited for.
                await client.SendAsync(question, Cancellation);
                await ReadExactlyAsync(client, answer.AsMemory(0, question.Length));
                Assert.True(question.AsSpan().SequenceEqual(answer.AsSpan(0, question.Length)));
            }
        });
    }

    [Fact]
    public async Task What_was_written_before_the_end_arrives_whole_however_slowly_it_is_read()
    {
        var octets = RandomNumberGenerator.GetBytes(20 << 20);
        await using var server = await StartAsync(async connection => await connection.Transport.Output.WriteAsync(octets, Cancellation));
        using var client = await ConnectAsync(server);
        await Task.Delay(50, Cancellation);
        var received = new MemoryStream();
        var buffer = new byte[100_000];
        int count;
        while ((count = await client.ReceiveAsync(buffer, Cancellation)) > 0) received.Write(buffer, 0, count);
        Assert.True(octets.AsSpan().SequenceEqual(received.ToArray()));
    }

    [Fact]
    public async Task A_client_that_has_said_all_still_hears_the_answer()
    {
        await using var server = await StartAsync(async connection =>
        {
            var read = await connection.Transport.Input.ReadAsync(Cancellation);
            while (!read.IsCompleted)
            {
                connection.Transport.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                read = await connection.Transport.Input.ReadAsync(Cancellation);
            }

            await connection.Transport.Output.WriteAsync(read.Buffer.ToArray(), Cancellation);
        });
        using var client = await ConnectAsync(server);
        await client.SendAsync("all"u8.ToArray(), Cancellation);
        client.Shutdown(SocketShutdown.Send);
        var answer = new byte[3];
        await ReadExactlyAsync(client, answer);
        Assert.Equal("all"u8, answer);
        Assert.Equal(0, await client.ReceiveAsync(answer, Cancellation));
    }

    [Fact]
    public async Task A_client_that_writes_and_never_reads_is_held_up_and_so_is_one_that_nobody_reads()
    {
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var written = 0L;
        await using var server = await StartAsync(async connection =>
        {
            var block = new byte[64 << 10];
            while (!(await connection.Transport.Output.WriteAsync(block, Cancellation)).IsCompleted) written += block.Length;
            await goOn.Task;
        });
        using var client = await ConnectAsync(server);
        client.Blocking = false;
        var sent = 0L;
        for (var quiet = 0; quiet < 50;)
        {
            var count = client.Send(new byte[64 << 10], SocketFlags.None, out var error);
            if (error == SocketError.Success) (sent, quiet) = (sent + count, 0);
            else quiet++;
            await Task.Delay(2, Cancellation);
        }

        Assert.InRange(sent, BufferBytesMax, 64 << 20);
        Assert.InRange(Volatile.Read(ref written), BufferBytesMax, 64 << 20);
        goOn.SetResult();
        client.Dispose();
    }

    [Fact]
    public async Task A_client_that_takes_nothing_of_what_is_left_is_dropped()
    {
        using var transport = Make(BufferBytesMax, TimeSpan.FromMilliseconds(100));
        var server = await StartAsync(transport, async connection =>
        {
            var isTaken = true;
            while (isTaken)
            {
                var writing = connection.Transport.Output.WriteAsync(new byte[64 << 10], Cancellation).AsTask();
                isTaken = await Task.WhenAny(writing, Task.Delay(200, Cancellation)) == writing;
            }
        });
        using var client = await ConnectAsync(server);
        await server.DisposeAsync(); // Once its connections are over.
    }

    [Fact]
    public async Task One_that_takes_it_slowly_gets_it_all()
    {
        var octets = RandomNumberGenerator.GetBytes(16 << 20);
        using var transport = Make(2 * octets.Length, TimeSpan.FromMilliseconds(500));
        await using var server = await StartAsync(
            transport, async connection => await connection.Transport.Output.WriteAsync(octets, Cancellation));
        using var client = await ConnectAsync(server);
        var part = new byte[1 << 19];
        for (var taken = 0; taken < octets.Length; taken += part.Length)
        {
            await Task.Delay(50, Cancellation);
            await ReadExactlyAsync(client, part);
            Assert.True(octets.AsSpan(taken, part.Length).SequenceEqual(part));
        }
    }

    [Fact]
    public async Task The_end_of_a_client_is_told_to_who_waits_for_nothing()
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(async connection =>
        {
            await using var told = connection.ConnectionClosed.Register(over.SetResult);
            await over.Task;
        });
        (await ConnectAsync(server)).Dispose();
        await over.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
    }

    [Fact]
    public async Task An_abort_ends_both_directions_at_once_though_the_client_reads_nothing()
    {
        var ended = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(async connection =>
        {
            var writing = Task.Run(async () =>
            {
                while (!(await connection.Transport.Output.WriteAsync(new byte[1 << 20], Cancellation)).IsCompleted)
                {
                }
            });
            await Task.Delay(50, Cancellation);
            connection.Abort(new ConnectionAbortedException("enough"));
            await writing.WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
            var reading = await Record.ExceptionAsync(async () =>
            {
                while (!(await connection.Transport.Input.ReadAsync(Cancellation)).IsCompleted)
                {
                }
            });
            ended.SetResult(reading is ConnectionAbortedException);
        });
        using var client = await ConnectAsync(server);
        Assert.True(await ended.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancellation));
        var error = await Record.ExceptionAsync(async () =>
        {
            var buffer = new byte[1 << 20];
            while (await client.ReceiveAsync(buffer, Cancellation) > 0)
            {
            }
        });
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(error).SocketErrorCode);
    }

    [Fact]
    public async Task A_reset_is_an_error_of_who_reads()
    {
        var heard = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(async connection =>
            heard.SetResult(await Record.ExceptionAsync(async () => await connection.Transport.Input.ReadAsync(Cancellation))));
        using var client = await ConnectAsync(server);
        client.LingerState = new LingerOption(true, 0);
        client.Close();
        Assert.IsType<ConnectionResetException>(await heard.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancellation));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said_to_be_so_and_one_that_is_closed_is_free_again()
    {
        var first = await _transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancellation);
        await Assert.ThrowsAsync<AddressInUseException>(async () => await _transport.BindAsync(first.EndPoint, Cancellation));
        var accept = first.AcceptAsync(Cancellation);
        await first.UnbindAsync(Cancellation);
        Assert.Null(await accept);
        await first.DisposeAsync();
        await (await _transport.BindAsync(first.EndPoint, Cancellation)).DisposeAsync();
    }

    private static async Task EchoAsync(ConnectionContext connection)
    {
        while (true)
        {
            var read = await connection.Transport.Input.ReadAsync(Cancellation);
            foreach (var block in read.Buffer) await connection.Transport.Output.WriteAsync(block, Cancellation);
            connection.Transport.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return;
        }
    }

    private static SocketTransport Make(int bufferBytesMax, TimeSpan stallTimeout) =>
        new(new SocketLimits(ClearingMemoryPool.Sockets, bufferBytesMax, bufferBytesMax, stallTimeout), TimeProvider.System);

    private Task<Server> StartAsync(Func<ConnectionContext, Task> handle) => StartAsync(_transport, handle);

    private static async Task<Server> StartAsync(SocketTransport transport, Func<ConnectionContext, Task> handle) =>
        new(await transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancellation), handle);

    private static async Task<Socket> ConnectAsync(Server server)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(server.EndPoint, Cancellation);
        return client;
    }

    private static async Task ReadExactlyAsync(Socket client, Memory<byte> room)
    {
        while (!room.IsEmpty)
        {
            var count = await client.ReceiveAsync(room, Cancellation);
            Assert.NotEqual(0, count);
            room = room[count..];
        }
    }

    /// <summary>Takes connections as Kestrel does: each is handled, and ended when that is done.</summary>
    private sealed class Server : IAsyncDisposable
    {
        private readonly IConnectionListener _listener;
        private readonly List<Task> _connections = [];
        private readonly Task _accepting;

        public Server(IConnectionListener listener, Func<ConnectionContext, Task> handle)
        {
            _listener = listener;
            _accepting = AcceptAsync(handle);
        }

        public EndPoint EndPoint => _listener.EndPoint;

        public async ValueTask DisposeAsync()
        {
            await _listener.DisposeAsync();
            await _accepting;
            await Task.WhenAll(_connections).WaitAsync(TimeSpan.FromSeconds(30));
        }

        private async Task AcceptAsync(Func<ConnectionContext, Task> handle)
        {
            while (await _listener.AcceptAsync() is { } connection)
            {
                _connections.Add(Task.Run(async () =>
                {
                    await using (connection) await handle(connection);
                }));
            }
        }
    }
}
